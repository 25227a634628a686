// Bytes that want to hurt: cut, flipped, lying. Every one gives an error that names the field and
// the offset, or a file that is sound in itself; under the sanitizers no report.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "formats/dequantize.h"
#include "formats/gguf.h"
#include "support/gguf_writer.h"
#include "support/tiny_model.h"

namespace yixin {
namespace {

constexpr uint64_t kHuge = uint64_t{1} << 63;

std::vector<std::byte> Floats(size_t count) { return std::vector<std::byte>(count * 4); }

// Every kind of field once, and small enough to break at every byte.
GgufWriter SmallFile() {
  GgufWriter writer;
  writer.WriteKey("general.alignment", uint32_t{32});
  writer.WriteKey("name", "tiny");
  writer.WriteKey("flag", true);
  writer.WriteKey("base", 1e4f);
  writer.WriteKey("tokens", std::vector<std::string>{"a", "bc", ""});
  writer.WriteKey("types", std::vector<int32_t>{1, 1, 3});
  writer.AddTensor("embedding", {3, 4}, kGgufF32, Floats(12));
  writer.AddTensor("weight", {1, 32}, kGgufQ8_0, std::vector<std::byte>(34));
  return writer;
}

// Touches everything that a sound file offers.
void UseEverything(const ModelFile& file, std::span<const std::byte> bytes) {
  for (const MetadataEntry& entry : file.metadata()) {
    (void)file.GetUint(entry.key);
    (void)file.GetFloat(entry.key);
    (void)file.GetBool(entry.key);
    (void)file.GetString(entry.key);
    (void)file.GetStringArray(entry.key);
    (void)file.GetIntArray(entry.key);
    (void)file.GetFloatArray(entry.key);
  }
  for (const TensorView& tensor : file.tensors()) {
    ASSERT_EQ(file.FindTensor(tensor.name), &tensor);
    ASSERT_GE(tensor.bytes.data(), bytes.data());
    ASSERT_LE(tensor.bytes.data() + tensor.bytes.size(), bytes.data() + bytes.size());
    std::vector<float> row(tensor.cols());
    for (uint64_t i = 0; i < tensor.rows(); ++i) {
      ASSERT_TRUE(DequantizeRow(tensor.type, tensor.Row(i), row));
    }
  }
}

// On the heap and without slack, so that AddressSanitizer sees the first byte too many.
bool ParsesOrExplains(const std::vector<std::byte>& bytes) {
  const auto file = ParseGguf(bytes);
  if (file) {
    UseEverything(*file, bytes);
    return true;
  }
  EXPECT_NE(file.error().message.find(" at byte "), std::string::npos) << file.error().message;
  EXPECT_FALSE(file.error().subject.empty());
  EXPECT_EQ(file.error().message.find('\n'), std::string::npos);
  return false;
}

TEST(GgufHostile, CutAtAnyByte) {
  const auto whole = SmallFile().Finish();
  ASSERT_TRUE(ParsesOrExplains(whole));
  // The last tensor ends 30 bytes before the file does: padding.
  const size_t needed = whole.size() - 30;
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_EQ(ParsesOrExplains(cut), size >= needed) << "cut to " << size << " bytes";
  }
}

TEST(GgufHostile, AnyByteChanged) {
  const auto whole = SmallFile().Finish();
  size_t refused = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    for (const int change : {0x01, 0x02, 0x08, 0x20, 0x80, 0x7f, 0xff}) {
      auto bytes = whole;
      bytes[i] ^= static_cast<std::byte>(change);
      refused += ParsesOrExplains(bytes) ? 0 : 1;
      if (HasFatalFailure()) FAIL() << "byte " << i << " changed by " << change;
    }
    for (const int value : {0x00, 0xff, 0x09, 0x7f}) {
      auto bytes = whole;
      bytes[i] = static_cast<std::byte>(value);
      ParsesOrExplains(bytes);
      if (HasFatalFailure()) FAIL() << "byte " << i << " set to " << value;
    }
  }
  EXPECT_GT(refused, 1000u) << "most of the header is checked";
}

TEST(GgufHostile, AWholeModelCutInItsHeader) {
  const auto whole = MakeTinyModel();
  const auto file = ParseGguf(whole);
  ASSERT_TRUE(file);
  const auto header = static_cast<size_t>(file->tensors().front().bytes.data() - whole.data());
  for (size_t size = 0; size < header; size += 7) {
    const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_FALSE(ParsesOrExplains(cut)) << size;
  }
}

struct BadFile {
  const char* name;
  std::function<void(GgufWriter&)> change;
  std::vector<std::string> message_has;
  ErrorCode code = ErrorCode::kInvalidFile;
};

void PrintTo(const BadFile& file, std::ostream* out) { *out << file.name; }

GgufTensorRecord Tensor(std::vector<uint64_t> dimensions, uint32_t type_id = kGgufF32) {
  GgufTensorRecord record;
  record.name = "bad";
  record.dimensions = std::move(dimensions);
  record.type_id = type_id;
  record.data = Floats(8);
  return record;
}

std::vector<std::byte> Numbers(std::initializer_list<uint64_t> values) {
  std::vector<std::byte> bytes(values.size() * 8);
  std::memcpy(bytes.data(), values.begin(), bytes.size());
  return bytes;
}

const BadFile kBadFiles[] = {
    {"OtherMagic", [](auto& w) { w.magic = "GGML"; }, {"magic", "byte 0", "47 47 4d 4c"}},
    {"Version0", [](auto& w) { w.version = 0; }, {"version 0"}, ErrorCode::kUnsupported},
    {"Version1", [](auto& w) { w.version = 1; }, {"version 1", "2 and 3"}, ErrorCode::kUnsupported},
    {"Version4", [](auto& w) { w.version = 4; }, {"version 4"}, ErrorCode::kUnsupported},
    {"BigEndian", [](auto& w) { w.version = 0x03000000; }, {"big-endian"}, ErrorCode::kUnsupported},
    {"TensorCountHuge", [](auto& w) { w.tensor_count = kHuge; }, {"tensor count", "byte 8"}},
    {"TensorCountOneMore", [](auto& w) { w.tensor_count = 3; }, {"tensor 2"}},
    {"TensorCountMaximum", [](auto& w) { w.tensor_count = ~uint64_t{0}; }, {"tensor count"}},
    {"KeyCountHuge", [](auto& w) { w.key_count = kHuge; }, {"key count", "byte 16"}},
    {"KeyCountOneMore", [](auto& w) { w.key_count = 7; }, {"tensor 0, name"}},
    {"KeyEmpty", [](auto& w) { w.WriteKey("", uint32_t{1}); }, {"name", "length is 0"}},
    {"KeyTooLong",
     [](auto& w) { w.WriteKey(std::string(65536, 'k'), uint32_t{1}); },
     {"name", "65536", "65535"}},
    {"KeyNotUtf8", [](auto& w) { w.WriteKey("k\xff", uint32_t{1}); }, {"UTF-8"}},
    {"KeyTwice", [](auto& w) { w.WriteKey("name", "again"); }, {"'name'", "same name"}},
    {"ValueTypeUnknown", [](auto& w) { w.WriteRawKey("k", 13, Floats(4)); }, {"'k', type", "13"}},
    {"ValueTypeHuge", [](auto& w) { w.WriteRawKey("k", 0xffffffff, Floats(4)); }, {"'k', type"}},
    {"StringTooLong",
     [](auto& w) { w.WriteRawKey("k", kGgufString, Numbers({kHuge})); },
     {"'k', value", "9223372036854775808"}},
    {"BoolOf7", [](auto& w) { w.template WriteScalar<uint8_t>("k", kGgufBool, 7); }, {"'k'", "07"}},
    {"ArrayCountHuge",
     [](auto& w) { w.WriteRawArray("k", kGgufUint32, kHuge, {}); },
     {"'k', element count"}},
    {"ArrayProductOverflows",
     [](auto& w) { w.WriteRawArray("k", kGgufUint64, (uint64_t{1} << 61) + 1, Floats(2)); },
     {"'k', element count"}},
    {"ArrayOfStringsHuge",
     [](auto& w) { w.WriteRawArray("k", kGgufString, kHuge, Numbers({1})); },
     {"'k', element count"}},
    {"ArrayStringTooLong",
     [](auto& w) {
       w.WriteRawArray("k", kGgufString, 2, Numbers({0, kHuge}));
     },
     {"'k', string 1"}},
    {"ArrayAboveTheLimit",
     [](auto& w) { w.WriteRawArray("k", kGgufUint8, 4194305, std::vector<std::byte>(4194305)); },
     {"'k', element count", "limit"}},
    {"ArrayOfUnknownType",
     [](auto& w) { w.WriteRawArray("k", 99, 1, Floats(2)); },
     {"element type"}},
    {"ArrayOfArrays",
     [](auto& w) { w.WriteRawArray("k", kGgufArray, 1, Floats(3)); },
     {"'k', element type", "flat"},
     ErrorCode::kUnsupported},
    {"AlignmentTwice",
     [](auto& w) { w.WriteKey("general.alignment", uint32_t{32}); },
     {"general.alignment"}},
    {"TensorNameEmpty",
     [](auto& w) {
       auto tensor = Tensor({8});
       tensor.name = "";
       w.AddTensor(tensor);
     },
     {"tensor 2, name"}},
    {"TensorNameTooLong",
     [](auto& w) {
       auto tensor = Tensor({8});
       tensor.name = std::string(257, 'n');
       w.AddTensor(tensor);
     },
     {"name", "257"}},
    {"TensorTwice",
     [](auto& w) {
       auto tensor = Tensor({8});
       tensor.name = "weight";
       w.AddTensor(tensor);
     },
     {"tensor 'weight'", "same name"}},
    {"NoDimensions", [](auto& w) { w.AddTensor(Tensor({})); }, {"'bad', dimension count", "0"}},
    {"FiveDimensions",
     [](auto& w) {
       w.AddTensor(Tensor({1, 1, 1, 1, 8}));
     },
     {"'bad', dimension count", "5"}},
    {"ManyDimensions",
     [](auto& w) {
       auto tensor = Tensor({8});
       tensor.dimension_count = 0xffffffff;
       w.AddTensor(tensor);
     },
     {"'bad', dimension count", "4294967295"}},
    {"SizeZero",
     [](auto& w) {
       w.AddTensor(Tensor({4, 0}));
     },
     {"'bad', dimension", "0"}},
    {"SizeHuge", [](auto& w) { w.AddTensor(Tensor({kHuge})); }, {"'bad', shape"}},
    {"ProductOverflowsToZero",
     [](auto& w) {
       w.AddTensor(Tensor({uint64_t{1} << 32, uint64_t{1} << 32}));
     },
     {"'bad', shape"}},
    {"ProductOverflowsToEight",
     [](auto& w) {
       w.AddTensor(Tensor({8, (uint64_t{1} << 61) + 1}));
     },
     {"'bad', shape"}},
    {"BytesOverflow", [](auto& w) { w.AddTensor(Tensor({uint64_t{1} << 62})); }, {"'bad', shape"}},
    {"HalfABlock",
     [](auto& w) { w.AddTensor(Tensor({16}, kGgufQ8_0)); },
     {"'bad', shape", "Q8_0", "16"}},
    {"TypeUnknown",
     [](auto& w) { w.AddTensor(Tensor({8}, 999)); },
     {"'bad', type", "999", "Q4_K", "IQ4_XS"},
     ErrorCode::kUnsupported},
    {"TypeOfOthers",
     [](auto& w) { w.AddTensor(Tensor({256}, 16)); },
     {"'bad', type", "IQ2_XXS", "supported are F32"},
     ErrorCode::kUnsupported},
    {"TypeRemoved",
     [](auto& w) { w.AddTensor(Tensor({32}, 4)); },
     {"'bad', type", "tensor type 4"},
     ErrorCode::kUnsupported},
    {"OffsetPastTheEnd",
     [](auto& w) {
       auto tensor = Tensor({8});
       tensor.offset = 1 << 20;
       w.AddTensor(tensor);
     },
     {"'bad', offset", "1048576"}},
    {"OffsetOverflows",
     [](auto& w) {
       auto tensor = Tensor({8});
       tensor.offset = ~uint64_t{31};
       w.AddTensor(tensor);
     },
     {"'bad', offset"}},
    {"OffsetNotAligned",
     [](auto& w) {
       auto tensor = Tensor({1});
       tensor.offset = 4;
       w.AddTensor(tensor);
     },
     {"'bad', offset", "alignment 32"}},
    {"Overlap",
     [](auto& w) {
       auto tensor = Tensor({8});
       tensor.offset = 32;
       w.AddTensor(tensor);
     },
     {"'bad', offset", "'embedding'"}},
    {"OverlapExactly",
     [](auto& w) {
       auto tensor = Tensor({12});
       tensor.offset = 0;
       w.AddTensor(tensor);
     },
     {"'bad', offset", "'embedding'"}},
    {"ControlCharactersInNames",
     [](auto& w) {
       auto tensor = Tensor({8});
       tensor.name = "a\x1b[2J\nb";
       tensor.offset = 4;
       w.AddTensor(tensor);
     },
     {"'a?[2J?b'"}},
};

class GgufBadFile : public testing::TestWithParam<BadFile> {};

TEST_P(GgufBadFile, IsRefusedByName) {
  GgufWriter writer = SmallFile();
  GetParam().change(writer);
  const auto bytes = writer.Finish();
  const auto file = ParseGguf(bytes);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, GetParam().code) << file.error().message;
  EXPECT_NE(file.error().message.find(" at byte "), std::string::npos) << file.error().message;
  for (const std::string& part : GetParam().message_has) {
    EXPECT_NE(file.error().message.find(part), std::string::npos)
        << "no '" << part << "' in: " << file.error().message;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, GgufBadFile, testing::ValuesIn(kBadFiles),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(GgufHostile, AlignmentMustBeASmallPowerOfTwo) {
  for (const uint32_t alignment : {0u, 3u, 33u, 1u << 21, 1u << 31, 0xffffffffu}) {
    GgufWriter writer;
    writer.WriteKey("general.alignment", alignment);
    writer.AddTensor("a", {1}, kGgufF32, Floats(1));
    const auto bytes = writer.Finish();
    const auto file = ParseGguf(bytes);
    ASSERT_FALSE(file) << alignment;
    EXPECT_NE(file.error().message.find("general.alignment"), std::string::npos);
    EXPECT_NE(file.error().message.find(std::to_string(alignment)), std::string::npos);
  }
  GgufWriter writer;
  writer.WriteKey("general.alignment", "32");
  const auto bytes = writer.Finish();
  const auto file = ParseGguf(bytes);
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find("uint32"), std::string::npos);
}

TEST(GgufHostile, NamesOfOthersFilesAreRecognised) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "empty"},
      {"G", "47"},
      {"GGU", "47 47 55"},
      {"<!DOCTYPE html><html>", "HTML"},
      {"\xef\xbb\xbf\r\n <HTML lang=zh>", "HTML"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:", "LFS"},
      {"PK\x03\x04", "50 4b 03 04"},
  };
  for (const auto& [content, expected] : cases) {
    const auto bytes = std::as_bytes(std::span(content));
    const auto file = ParseGguf(bytes);
    ASSERT_FALSE(file) << content;
    EXPECT_EQ(file.error().code, ErrorCode::kInvalidFile);
    EXPECT_NE(file.error().message.find(expected), std::string::npos) << file.error().message;
  }
}

TEST(GgufHostile, AFifoIsRefusedWithoutWaiting) {
  const auto path =
      std::filesystem::temp_directory_path() / ("yixin_gguf_fifo_" + std::to_string(getpid()));
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const auto file = OpenGguf(path);
  std::filesystem::remove(path);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kInvalidFile);
  EXPECT_NE(file.error().message.find("not a regular file"), std::string::npos);
}

}  // namespace
}  // namespace yixin
