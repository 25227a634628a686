// The published vectors of FNV-1a, and that pieces give what the whole gives.
#include "base/fnv_hash.h"

#include <gtest/gtest.h>

#include <string_view>

namespace yixin {
namespace {

uint64_t HashOf(std::string_view text, uint64_t hash = kFnvStart) {
  return FnvHash(std::as_bytes(std::span(text)), hash);
}

TEST(FnvHash, PublishedVectors) {
  EXPECT_EQ(HashOf(""), 0xcbf29ce484222325u);
  EXPECT_EQ(HashOf("a"), 0xaf63dc4c8601ec8cu);
  EXPECT_EQ(HashOf("foobar"), 0x85944171f73967e8u);
  EXPECT_EQ(HashOf("bar", HashOf("foo")), HashOf("foobar"));
}

TEST(FnvHash, HexHasSixteenDigits) {
  EXPECT_EQ(HexOf(0), "0000000000000000");
  EXPECT_EQ(HexOf(0x85944171f73967e8u), "85944171f73967e8");
}

}  // namespace
}  // namespace yixin
