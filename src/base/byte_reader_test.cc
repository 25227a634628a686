#include "base/byte_reader.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace yixin {
namespace {

TEST(ByteReader, ReadsInOrderAndStopsAtTheEnd) {
  const std::array<std::byte, 6> bytes{std::byte{1}, std::byte{0},   std::byte{0},
                                       std::byte{0}, std::byte{'h'}, std::byte{'i'}};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.Read<uint32_t>(), 1u);
  EXPECT_EQ(reader.Read<uint32_t>(), std::nullopt);
  EXPECT_EQ(reader.offset(), 4u) << "a failed read does not move";
  EXPECT_FALSE(reader.ReadBytes(std::numeric_limits<uint64_t>::max()).has_value());
  EXPECT_EQ(reader.ReadText(2), "hi");
  EXPECT_EQ(reader.remaining(), 0u);
}

}  // namespace
}  // namespace yixin
