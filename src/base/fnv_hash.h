// FNV-1a, 64 bits (draft-eastlake-fnv): names files and tells lists apart. No protection against
// whoever wants a collision: what it names says in itself what it is.
// Tested by: fnv_hash_test.cc
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>

namespace yixin {

inline constexpr uint64_t kFnvStart = 0xcbf29ce484222325;

// Goes on from `hash`: the hash of what came before.
inline uint64_t FnvHash(std::span<const std::byte> bytes, uint64_t hash = kFnvStart) {
  for (const std::byte byte : bytes) {
    hash = (hash ^ std::to_integer<uint64_t>(byte)) * 0x100000001b3;
  }
  return hash;
}

// Sixteen lower-case digits.
inline std::string HexOf(uint64_t hash) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
  return text.data();
}

}  // namespace yixin
