// Any bytes as a stored prefix: read as they are, and with every checksum set right. It is refused
// and leaves no page behind, or gives a sequence of the length that was asked for. The seed in
// corpus/prefix is a prefix that fits the sizes below.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "engine/prefix_files.h"
#include "formats/packed_file.h"
#include "support/seal_packed_file.h"

namespace {

constexpr int32_t kLength = 40;  // a page and a part of one

yixin::KvLayout Layout() {
  yixin::ModelConfig config;
  config.layers = 1;
  config.kv_heads = 1;
  config.head_dim = 2;
  return {config, yixin::NumericForm::kRotatedInt8};
}

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

void Read(std::span<const std::byte> bytes) {
  const auto file = yixin::PackedFile::Parse(bytes);
  if (!file) return;
  yixin::KvPool pool(Layout(), 4);
  yixin::KvSequence sequence(pool);
  const std::byte key[] = {std::byte{'k'}};
  const auto read = yixin::ReadPrefix(*file, key, kLength, sequence);
  Require(read.has_value() == (sequence.length() == kLength));
  if (read) {
    Require(sequence.pages().size() == 2 && pool.used_pages() == 2);
  } else {
    Require(!read.error().message.empty() && sequence.length() == 0 && pool.used_pages() == 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto given = std::as_bytes(std::span(data, size));
  std::vector<std::byte> bytes(given.begin(), given.end());
  Read(bytes);
  SealPackedFile(bytes);
  Read(bytes);
  return 0;
}
