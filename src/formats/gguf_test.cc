#include "formats/gguf.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "support/gguf_writer.h"
#include "support/tiny_model.h"

namespace yixin {
namespace {

std::span<const std::byte> Bytes(const std::vector<float>& values) {
  return std::as_bytes(std::span(values));
}

// A file that is removed at the end of the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::span<const std::byte> content)
      : path_(std::filesystem::temp_directory_path() /
              ("yixin_gguf_test_" + std::to_string(getpid()) + ".gguf")) {
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(Gguf, ReadsTensorsRowMajor) {
  GgufWriter writer;
  const std::vector<float> matrix = {1, 2, 3, 4, 5, 6};
  const std::vector<float> vector = {7, 8};
  writer.AddTensor("matrix", {2, 3}, kGgufF32, Bytes(matrix));
  writer.AddTensor("vector", {2}, kGgufF32, Bytes(vector));
  const auto bytes = writer.Finish();
  const auto file = ParseGguf(bytes);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->tensors().size(), 2u);
  EXPECT_EQ(file->tensors()[0].name, "matrix") << "the file's order";
  const TensorView* tensor = file->FindTensor("matrix");
  ASSERT_NE(tensor, nullptr);
  EXPECT_EQ(tensor->shape, (std::vector<uint64_t>{2, 3}));
  EXPECT_EQ(tensor->rows(), 2u);
  EXPECT_EQ(tensor->cols(), 3u);
  EXPECT_EQ(tensor->elements(), 6u);
  const auto row = tensor->Row(1);
  ASSERT_EQ(row.size(), 12u);
  EXPECT_TRUE(std::ranges::equal(row, Bytes(matrix).last(12)));
  EXPECT_EQ(file->FindTensor("vector")->rows(), 1u);
  EXPECT_EQ(file->FindTensor("matri"), nullptr);
  EXPECT_EQ(file->file_size(), bytes.size());
  EXPECT_TRUE(file->GetTensor("vector"));
  const auto missing = file->GetTensor("output.weight");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().subject, "output.weight");
}

TEST(Gguf, ReadsEveryIntegerTypeAsOneKind) {
  GgufWriter writer;
  writer.WriteScalar<uint8_t>("u8", kGgufUint8, 255);
  writer.WriteScalar<int8_t>("i8", kGgufInt8, 127);
  writer.WriteScalar<uint16_t>("u16", kGgufUint16, 65535);
  writer.WriteScalar<int16_t>("i16", kGgufInt16, 32767);
  writer.WriteScalar<uint32_t>("u32", kGgufUint32, 4294967295u);
  writer.WriteScalar<int32_t>("i32", kGgufInt32, 2147483647);
  writer.WriteScalar<uint64_t>("u64", kGgufUint64, std::numeric_limits<uint64_t>::max());
  writer.WriteScalar<int64_t>("i64", kGgufInt64, std::numeric_limits<int64_t>::max());
  writer.WriteScalar<int64_t>("negative", kGgufInt64, std::numeric_limits<int64_t>::min());
  const auto bytes = writer.Finish();
  const auto file = ParseGguf(bytes);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(*file->GetUint("u8"), 255u);
  EXPECT_EQ(*file->GetUint("i8"), 127u);
  EXPECT_EQ(*file->GetUint("u16"), 65535u);
  EXPECT_EQ(*file->GetUint("i16"), 32767u);
  EXPECT_EQ(*file->GetUint("u32"), 4294967295u);
  EXPECT_EQ(*file->GetUint("i32"), 2147483647u);
  EXPECT_EQ(*file->GetUint("u64"), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(*file->GetUint("i64"), (uint64_t{1} << 63) - 1);
  const auto negative = file->GetUint("negative");
  ASSERT_FALSE(negative);
  EXPECT_NE(negative.error().message.find("-9223372036854775808"), std::string::npos)
      << negative.error().message;
}

TEST(Gguf, ReadsScalarsStringsAndArrays) {
  GgufWriter writer;
  writer.WriteKey("float", 1e6f);
  writer.WriteScalar<double>("double", kGgufFloat64, 0.1);
  writer.WriteKey("yes", true);
  writer.WriteKey("no", false);
  writer.WriteKey("text", std::string_view("a\0b", 3));
  writer.WriteKey("empty", "");
  writer.WriteKey("strings", std::vector<std::string>{"正面", "", "\xff", "end"});
  writer.WriteKey("none", std::vector<std::string>{});
  writer.WriteKey("ints", std::vector<int32_t>{-1, 0, 2147483647});
  writer.WriteArray<uint64_t>("wide", kGgufUint64, {1, 2147483647});
  writer.WriteArray<int64_t>("low", kGgufInt64, {-2147483648});
  writer.WriteKey("floats", std::vector<float>{0.5f, -1.0f});
  const auto bytes = writer.Finish();
  const auto file = ParseGguf(bytes);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(*file->GetFloat("float"), 1e6);
  EXPECT_EQ(*file->GetFloat("double"), 0.1);
  EXPECT_TRUE(*file->GetBool("yes"));
  EXPECT_FALSE(*file->GetBool("no"));
  EXPECT_EQ(*file->GetString("text"), std::string_view("a\0b", 3));
  EXPECT_EQ(*file->GetString("empty"), "");
  EXPECT_EQ(*file->GetStringArray("strings"),
            (std::vector<std::string_view>{"正面", "", "\xff", "end"}));
  EXPECT_TRUE(file->GetStringArray("none")->empty());
  EXPECT_EQ(*file->GetIntArray("ints"), (std::vector<int32_t>{-1, 0, 2147483647}));
  EXPECT_EQ(*file->GetIntArray("wide"), (std::vector<int32_t>{1, 2147483647}));
  EXPECT_EQ(*file->GetIntArray("low"), (std::vector<int32_t>{-2147483648}));
  EXPECT_EQ(*file->GetFloatArray("floats"), (std::vector<float>{0.5f, -1.0f}));
}

template <typename T>
void ExpectError(const Result<T>& result, const std::vector<std::string>& parts) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidFile);
  for (const std::string& part : parts) {
    EXPECT_NE(result.error().message.find(part), std::string::npos)
        << "no '" << part << "' in: " << result.error().message;
  }
}

TEST(Gguf, AMissingKeyAndAWrongTypeSayWhatWasExpected) {
  GgufWriter writer;
  writer.WriteKey("a.text", "12");
  writer.WriteKey("a.uint", uint32_t{1});
  writer.WriteKey("a.float", 1.0f);
  writer.WriteKey("a.infinite", std::numeric_limits<float>::infinity());
  writer.WriteKey("a.ints", std::vector<int32_t>{1});
  writer.WriteArray<int64_t>("a.too_wide", kGgufInt64, {0, 2147483648});
  writer.WriteKey("a.strings", std::vector<std::string>{"x"});
  const auto bytes = writer.Finish();
  const auto file = ParseGguf(bytes);
  ASSERT_TRUE(file);
  ExpectError(file->GetUint("a.missing"), {"a.missing", "missing", "integer"});
  ExpectError(file->GetUint("a.text"), {"a.text", "string", "integer"});
  ExpectError(file->GetUint("a.float"), {"a.float", "float32"});
  ExpectError(file->GetUint("a.ints"), {"a.ints", "array of 1 int32"});
  ExpectError(file->GetFloat("a.uint"), {"a.uint", "uint32", "floating"});
  ExpectError(file->GetFloat("a.infinite"), {"a.infinite", "finite", "inf"});
  ExpectError(file->GetBool("a.uint"), {"a.uint", "bool"});
  ExpectError(file->GetString("a.strings"), {"a.strings", "array of 1 string"});
  ExpectError(file->GetStringArray("a.ints"), {"a.ints", "array of strings"});
  ExpectError(file->GetStringArray("a.text"), {"a.text", "got string"});
  ExpectError(file->GetIntArray("a.strings"), {"a.strings"});
  ExpectError(file->GetIntArray("a.too_wide"), {"a.too_wide", "2147483648", "index 1"});
  ExpectError(file->GetFloatArray("a.ints"), {"a.ints"});
  ExpectError(file->GetIntArray("a.missing"), {"a.missing", "missing"});

  EXPECT_EQ(*file->GetUintOr("a.missing", 5), 5u);
  EXPECT_EQ(*file->GetFloatOr("a.missing", 0.5), 0.5);
  EXPECT_TRUE(*file->GetBoolOr("a.missing", true));
  EXPECT_EQ(*file->GetStringOr("a.missing", "x"), "x");
  EXPECT_EQ(*file->GetUintOr("a.uint", 5), 1u);
  EXPECT_FALSE(file->GetUintOr("a.text", 5)) << "a default does not hide a wrong type";
  EXPECT_TRUE(file->HasKey("a.text"));
  EXPECT_FALSE(file->HasKey("a.texts"));
}

TEST(Gguf, Version2AndOtherAlignmentsAreRead) {
  for (const uint32_t alignment : {1u, 8u, 64u, 1u << 20}) {
    GgufWriter writer;
    writer.version = 2;
    writer.alignment = alignment;
    writer.WriteKey("general.alignment", alignment);
    const std::vector<float> values = {1, 2, 3};
    writer.AddTensor("a", {3}, kGgufF32, Bytes(values));
    writer.AddTensor("b", {3}, kGgufF32, Bytes(values));
    const auto bytes = writer.Finish();
    const auto file = ParseGguf(bytes);
    ASSERT_TRUE(file) << alignment << ": " << file.error().message;
    EXPECT_TRUE(std::ranges::equal(file->FindTensor("b")->bytes, Bytes(values)));
  }
}

TEST(Gguf, AFileWithoutTensorsNeedsNoPadding) {
  GgufWriter writer;
  writer.alignment = 1;
  writer.WriteKey("general.architecture", "qwen2");
  const auto bytes = writer.Finish();
  ASSERT_NE(bytes.size() % 32, 0u);
  const auto file = ParseGguf(bytes);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(file->tensors().empty());
}

TEST(Gguf, AnOpenFileLivesInItsModelFile) {
  const TemporaryFile temporary(MakeTinyModel());
  auto opened = OpenGguf(temporary.path());
  ASSERT_TRUE(opened) << opened.error().message;
  const ModelFile file = *std::move(opened);
  const TensorView* tensor = file.FindTensor("blk.0.ffn_up.weight");
  ASSERT_NE(tensor, nullptr);
  const std::vector<std::byte> before(tensor->bytes.begin(), tensor->bytes.end());
  file.ReleaseTensor(*tensor);
  EXPECT_TRUE(std::ranges::equal(before, tensor->bytes)) << "released pages stay readable";
  EXPECT_EQ(file.ReadBytes(tensor->bytes), before);
  file.ReleaseAll();
  EXPECT_EQ(*file.GetString("tokenizer.ggml.pre"), "qwen2");
}

TEST(Gguf, ErrorsOfAnOpenFileBeginWithItsPath) {
  const std::string html = "<html><body>404</body></html>";
  const TemporaryFile temporary(std::as_bytes(std::span(html)));
  const auto opened = OpenGguf(temporary.path());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message.rfind(temporary.path().string(), 0), 0u);
  EXPECT_NE(opened.error().message.find("HTML"), std::string::npos);
  const auto folder = OpenGguf(std::filesystem::temp_directory_path());
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().message.find("folder"), std::string::npos);
}

}  // namespace
}  // namespace yixin
