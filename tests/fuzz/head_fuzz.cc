// Any bytes as a head: parsed, and where that succeeds the result keeps the promises of task_head.h
// and is written to the same bytes. The seeds in corpus/head are a sound head and broken ones.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/fnv_hash.h"
#include "tasks/task_head.h"

namespace {

void Check(std::span<const std::byte> bytes) {
  const auto head = yixin::ParseHead(bytes, "fuzz.head");
  if (!head) {
    if (head.error().message.rfind("fuzz.head: ", 0) != 0) __builtin_trap();
    return;
  }
  if (head->labels.size() < 2 || head->layers.empty()) __builtin_trap();
  if (head->weights.size() != head->labels.size() * head->width()) __builtin_trap();
  for (const float weight : head->weights) {
    if (!std::isfinite(weight)) __builtin_trap();
  }
  const auto again = yixin::SerialiseHead(*head);
  if (!again || again->size() != bytes.size() ||
      std::memcmp(again->data(), bytes.data(), bytes.size()) != 0) {
    __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<std::byte> bytes(reinterpret_cast<const std::byte*>(data),
                               reinterpret_cast<const std::byte*>(data) + size);
  Check(bytes);
  // And with a right checksum, which chance never finds.
  if (size < sizeof(uint64_t)) return 0;
  const uint64_t sum = yixin::FnvHash(std::span(bytes).first(size - sizeof(uint64_t)));
  std::memcpy(&bytes[size - sizeof(uint64_t)], &sum, sizeof(sum));
  Check(bytes);
  return 0;
}
