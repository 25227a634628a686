// Tested by: token_strings_test.cc
#include "tokenizer/token_strings.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace yixin {
namespace {

// Eight bytes at a time, mixed by multiplication (the constant is 2^64 / golden ratio).
uint32_t Hash(std::string_view bytes) {
  constexpr uint64_t kGolden = 0x9e3779b97f4a7c15u;
  uint64_t hash = bytes.size() * kGolden;
  for (size_t i = 0; i < bytes.size(); i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, std::min<size_t>(8, bytes.size() - i));
    hash = (hash ^ word) * kGolden;
    hash ^= hash >> 32;
  }
  return static_cast<uint32_t>(hash);
}

}  // namespace

TokenStrings::TokenStrings(std::span<const std::string_view> tokens)
    : tokens_(tokens), slots_(std::bit_ceil(tokens.size() + tokens.size() / 2 + 1)) {}

size_t TokenStrings::SlotOf(std::string_view token, uint32_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = hash & mask;
  while (slots_[slot].id >= 0 && (slots_[slot].hash != hash || tokens_[slots_[slot].id] != token)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

int32_t TokenStrings::Insert(int32_t id) {
  const std::string_view token = tokens_[id];
  const uint32_t hash = Hash(token);
  Slot& slot = slots_[SlotOf(token, hash)];
  if (slot.id >= 0) return slot.id;
  slot = {hash, id};
  return -1;
}

int32_t TokenStrings::Find(std::string_view token) const {
  return slots_[SlotOf(token, Hash(token))].id;
}

}  // namespace yixin
