// The KV of tasks' prefixes on disk, beside the packed weights: what took a prefill is one copy at
// the next start, with the same bits. A file is used only if model, kernel table, versions and
// every token id are its own; any other, damaged or hostile one is computed again and replaced.
// Tested by: prefix_files_test.cc; fuzzed by tests/fuzz/prefix_fuzz.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/kv_cache.h"
#include "formats/packed_file.h"

namespace yixin {

// Where a model's prefixes are kept.
struct PrefixPlace {
  std::filesystem::path packed_weights;  // of the model; empty: prefixes are kept nowhere
  std::filesystem::path lock;            // held while files are written or removed
  std::string identity;                  // of the packed weights: other ones, other prefixes
};

class PrefixFiles {
 public:
  // Bounds on one model's files: 16 are more tasks than people have, and 64 MB hold 16 prefixes of
  // 340 tokens of a model of half a billion. The oldest go first.
  static constexpr size_t kMostFiles = 16;
  static constexpr uint64_t kMostBytes = uint64_t{64} << 20;

  PrefixFiles() = default;  // keeps nothing
  // kernels: the table's name. In: a table of the form kRotatedInt8, or an empty place.
  PrefixFiles(PrefixPlace place, std::string kernels)
      : place_(std::move(place)), kernels_(std::move(kernels)) {}

  // Fills an empty sequence with the KV of `ids`. False: there is none that can be used; the
  // sequence is empty then. Cost: reading 12 KiB a token for a model of half a billion.
  bool Load(std::span<const int32_t> ids, KvSequence& sequence) const;

  // Keeps the KV of `ids`. In: a sequence of just these ids, all its pages new. Does nothing where
  // that is not possible or another process is at it. Cost: a write, without waiting for the disk.
  void Store(std::span<const int32_t> ids, const KvSequence& sequence) const;

  // The file for `ids`.
  std::filesystem::path PathOf(std::span<const int32_t> ids) const;

 private:
  std::vector<std::byte> KeyOf(std::span<const int32_t> ids, const KvLayout& layout) const;
  void RemoveOldest() const;

  PrefixPlace place_;
  std::string kernels_;
};

// The pages of a prefix file whose key section is `key`, copied into the empty sequence.
// Errors: as PackedFile::GetVerified has them, kUnsupported for another key, kInvalidFile for pages
// of another size; the sequence is empty then.
Status ReadPrefix(const PackedFile& file, std::span<const std::byte> key, int32_t length,
                  KvSequence& sequence);

// Removes all prefixes of a model. Does nothing where that is not allowed.
void RemovePrefixFiles(const std::filesystem::path& packed_weights);

}  // namespace yixin
