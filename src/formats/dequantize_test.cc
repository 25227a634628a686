#include "formats/dequantize.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "base/byte_reader.h"
#include "base/mapped_file.h"

namespace yixin {
namespace {

struct Golden {
  MappedFile file;
  std::span<const std::byte> blocks;
  std::vector<float> expected;
};

// Written by tools/make_goldens.py dequantize.
Golden ReadGolden(const TensorTypeInfo& info) {
  const std::string path =
      std::string(YIXIN_SOURCE_DIR "/tests/golden/dequantize/") + std::string(info.name) + ".bin";
  auto opened = MappedFile::Open(path);
  if (!opened) {
    ADD_FAILURE() << opened.error().message;
    return {};
  }
  Golden golden{*std::move(opened), {}, {}};
  ByteReader reader(golden.file.bytes());
  EXPECT_EQ(reader.ReadText(4), "YXDQ");
  EXPECT_EQ(reader.Read<uint32_t>(), info.gguf_id);
  const uint32_t blocks = reader.Read<uint32_t>().value_or(0);
  EXPECT_EQ(reader.Read<uint32_t>(), info.block_bytes);
  const uint32_t elements = reader.Read<uint32_t>().value_or(0);
  EXPECT_EQ(elements, blocks * info.block_elements);
  golden.blocks =
      reader.ReadBytes(uint64_t{blocks} * info.block_bytes).value_or(std::span<const std::byte>());
  golden.expected.resize(elements);
  const auto expected = reader.ReadBytes(uint64_t{elements} * sizeof(float));
  if (!expected || reader.remaining() != 0 || elements == 0) {
    ADD_FAILURE() << path << " is damaged";
    return {};
  }
  std::memcpy(golden.expected.data(), expected->data(), expected->size());
  return golden;
}

class DequantizeTest : public testing::TestWithParam<TensorTypeInfo> {};

TEST_P(DequantizeTest, AgreesWithTheReferenceBitForBit) {
  const Golden golden = ReadGolden(GetParam());
  std::vector<float> out(golden.expected.size(), std::numeric_limits<float>::quiet_NaN());
  ASSERT_TRUE(DequantizeRow(GetParam().type, golden.blocks, out));
  for (size_t i = 0; i < out.size(); ++i) {
    ASSERT_EQ(std::bit_cast<uint32_t>(out[i]), std::bit_cast<uint32_t>(golden.expected[i]))
        << "element " << i << ": got " << out[i] << ", expected " << golden.expected[i];
  }
}

TEST_P(DequantizeTest, OneBlockAtAnyAlignmentGivesTheSame) {
  const TensorTypeInfo& info = GetParam();
  const Golden golden = ReadGolden(info);
  std::vector<float> out(info.block_elements);
  const size_t blocks = golden.blocks.size() / info.block_bytes;
  for (size_t block = 0; block < blocks; ++block) {
    std::vector<std::byte> shifted(info.block_bytes + block % 8);
    const auto row = std::span(shifted).subspan(block % 8);
    std::memcpy(row.data(), golden.blocks.data() + block * info.block_bytes, info.block_bytes);
    ASSERT_TRUE(DequantizeRow(info.type, row, out));
    ASSERT_EQ(std::memcmp(out.data(), golden.expected.data() + block * info.block_elements,
                          out.size() * sizeof(float)),
              0)
        << "block " << block;
  }
}

TEST_P(DequantizeTest, RefusesLengthsThatDoNotFit) {
  const TensorTypeInfo& info = GetParam();
  const std::vector<std::byte> bytes(3 * info.block_bytes);
  const auto dequantize = [&](size_t byte_count, size_t elements) {
    std::vector<float> out(elements, 7.0f);
    const Status status = DequantizeRow(info.type, std::span(bytes).first(byte_count), out);
    if (!status) {
      EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
      EXPECT_NE(status.error().message.find(info.name), std::string::npos);
      EXPECT_EQ(std::accumulate(out.begin(), out.end(), 0.0f), 7.0f * static_cast<float>(elements));
    }
    return status.has_value();
  };
  const size_t elements = info.block_elements;
  EXPECT_TRUE(dequantize(0, 0));
  EXPECT_TRUE(dequantize(2 * info.block_bytes, 2 * elements));
  EXPECT_FALSE(dequantize(2 * info.block_bytes, 3 * elements));
  EXPECT_FALSE(dequantize(3 * info.block_bytes, 2 * elements));
  EXPECT_FALSE(dequantize(2 * info.block_bytes + 1, 2 * elements));
  EXPECT_FALSE(dequantize(2 * info.block_bytes - 1, 2 * elements));
  if (elements > 1) {
    EXPECT_FALSE(dequantize(2 * info.block_bytes, 2 * elements + 1));
    EXPECT_FALSE(dequantize(2 * info.block_bytes, 2 * elements - 1));
  }
}

INSTANTIATE_TEST_SUITE_P(AllTypes, DequantizeTest, testing::ValuesIn(kTensorTypes),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace yixin
