// Sound files, and headers that lie: each is refused with the tensor's name; cut and flipped bytes
// give an error or a file that is sound in itself.
#include "formats/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "formats/dequantize.h"
#include "support/safetensors_writer.h"
#include "support/temporary_folder.h"

namespace yixin {
namespace {

std::vector<std::byte> Floats(const std::vector<float>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::vector<float> Dequantized(const TensorView& tensor) {
  std::vector<float> values;
  std::vector<float> row(tensor.cols());
  for (uint64_t i = 0; i < tensor.rows(); ++i) {
    EXPECT_TRUE(DequantizeRow(tensor.type, tensor.Row(i), row));
    values.insert(values.end(), row.begin(), row.end());
  }
  return values;
}

std::vector<std::byte> SmallFile() {
  SafetensorsWriter writer;
  writer.Add("b", "F32", {2, 3}, Floats({1, 2, 3, 4, 5, 6}));
  writer.Add("a", "BF16", {2}, ToBf16({-1.5f, 0x1p-130f}));
  writer.Add("c", "F16", {1, 1, 1, 2}, {std::byte{0}, std::byte{0x3c}, std::byte{1}, std::byte{0}});
  return writer.Finish();
}

TEST(Safetensors, ReadsTensorsInTheOrderOfTheirData) {
  const auto bytes = SmallFile();
  const auto file = ParseSafetensors(bytes);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->tensors().size(), 3u);
  EXPECT_EQ(file->tensors()[0].name, "b");
  EXPECT_EQ(file->FindTensor("b")->shape, (std::vector<uint64_t>{2, 3}));
  EXPECT_EQ(Dequantized(*file->FindTensor("b")), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(Dequantized(*file->FindTensor("a")), (std::vector<float>{-1.5f, 0x1p-130f}));
  EXPECT_EQ(Dequantized(*file->FindTensor("c")), (std::vector<float>{1, 0x1p-24f}));
  EXPECT_EQ(file->file_size(), bytes.size());
  EXPECT_EQ(file->origin(), ModelOrigin::kHuggingFace);
  EXPECT_EQ(file->identity().inode, 0u);
}

TEST(Safetensors, MetadataPaddingAndEscapedNames) {
  const auto bytes = SafetensorsFile(
      R"({"__metadata__":{"format":"pt"},"\u0061\"":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}     )",
      4);
  ModelFile file = *ParseSafetensors(bytes);
  const ModelFile moved = std::move(file);
  EXPECT_EQ(*moved.GetString("format"), "pt");
  EXPECT_NE(moved.FindTensor("a\""), nullptr);
  EXPECT_TRUE(ParseSafetensors(SafetensorsFile("{}", 0))) << "no tensors at all is a sound file";
}

TEST(Safetensors, OpensAFileAndNamesItInErrors) {
  const TemporaryFolder folder;
  const auto write = [&](const std::vector<std::byte>& bytes) {
    std::ofstream(folder.path() / "x.safetensors", std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<ptrdiff_t>(bytes.size()));
    return folder.path() / "x.safetensors";
  };
  const auto path = write(SmallFile());
  const auto file = OpenSafetensors(path);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->identity(), *ReadFileIdentity(path));
  for (const TensorView& tensor : file->tensors()) file->ReleaseTensor(tensor);
  EXPECT_EQ(Dequantized(*file->FindTensor("b"))[5], 6);
  EXPECT_EQ(OpenSafetensors(folder.path() / "y").error().code, ErrorCode::kNotFound);
  const auto broken = OpenSafetensors(write({}));
  EXPECT_TRUE(broken.error().message.starts_with(path.string())) << broken.error().message;
}

// The words of a tensor "bad" after a sound one of four bytes; 12 bytes of data in all.
struct Lie {
  const char* name;
  const char* bad;
  const char* message;
  ErrorCode code = ErrorCode::kInvalidFile;
};

void PrintTo(const Lie& lie, std::ostream* out) { *out << lie.name; }

constexpr Lie kLies[] = {
    {"SizeTooSmall", R"({"dtype":"F32","shape":[1],"data_offsets":[4,12]})", "needs 4 bytes"},
    {"SizeTooLarge", R"({"dtype":"F32","shape":[3],"data_offsets":[4,12]})", "needs 12 bytes"},
    {"PastTheEnd", R"({"dtype":"F32","shape":[3],"data_offsets":[4,16]})", "[4, 16]"},
    {"FarPastTheEnd",
     R"({"dtype":"F32","shape":[2],"data_offsets":[18446744073709551608,18446744073709551615]})",
     "no range"},
    {"Backwards", R"({"dtype":"F32","shape":[2],"data_offsets":[12,4]})", "[12, 4]"},
    {"Overlap", R"({"dtype":"F32","shape":[3],"data_offsets":[0,12]})", "overlaps"},
    {"OverlapInside", R"({"dtype":"F32","shape":[2],"data_offsets":[2,10]})", "overlaps"},
    {"GapBefore", R"({"dtype":"F32","shape":[1],"data_offsets":[8,12]})", "4 bytes before"},
    {"GapAfter", R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})",
     "4 bytes of data after tensor 'bad'"},
    {"ProductOverflows",
     R"({"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[4,12]})", "64 bits"},
    {"ProductOverflowsToTheTruth",
     R"({"dtype":"F32","shape":[9223372036854775809,2],"data_offsets":[4,12]})", "64 bits"},
    {"NegativeSize", R"({"dtype":"F32","shape":[-2],"data_offsets":[4,12]})", "-2"},
    {"SizeNoInteger", R"({"dtype":"F32","shape":[2.0],"data_offsets":[4,12]})", "2.0"},
    {"SizeText", R"({"dtype":"F32","shape":["2"],"data_offsets":[4,12]})", "shape"},
    {"SizeBeyond64Bits", R"({"dtype":"F32","shape":[18446744073709551616],"data_offsets":[4,12]})",
     "shape"},
    {"SizeZero", R"({"dtype":"F32","shape":[2,0],"data_offsets":[4,4]})", "size of 0",
     ErrorCode::kUnsupported},
    {"NoSizes", R"({"dtype":"F32","shape":[],"data_offsets":[4,8]})", "1 to 4 sizes",
     ErrorCode::kUnsupported},
    {"FiveSizes", R"({"dtype":"F32","shape":[1,1,1,1,2],"data_offsets":[4,12]})", "1 to 4 sizes",
     ErrorCode::kUnsupported},
    {"ShapeNoArray", R"({"dtype":"F32","shape":2,"data_offsets":[4,12]})", "shape"},
    {"NoShape", R"({"dtype":"F32","data_offsets":[4,12]})", "shape"},
    {"OtherDtype", R"({"dtype":"F64","shape":[1],"data_offsets":[4,12]})", "'F64'",
     ErrorCode::kUnsupported},
    {"Float8", R"({"dtype":"F8_E4M3","shape":[8],"data_offsets":[4,12]})", "'F8_E4M3'",
     ErrorCode::kUnsupported},
    {"DtypeLowerCase", R"({"dtype":"f32","shape":[2],"data_offsets":[4,12]})", "'f32'",
     ErrorCode::kUnsupported},
    {"DtypeNoText", R"({"dtype":1,"shape":[2],"data_offsets":[4,12]})", "dtype"},
    {"NoDtype", R"({"shape":[2],"data_offsets":[4,12]})", "dtype"},
    {"NoOffsets", R"({"dtype":"F32","shape":[2]})", "data_offsets"},
    {"OneOffset", R"({"dtype":"F32","shape":[2],"data_offsets":[4]})", "data_offsets"},
    {"ThreeOffsets", R"({"dtype":"F32","shape":[2],"data_offsets":[4,12,12]})", "data_offsets"},
    {"NegativeOffset", R"({"dtype":"F32","shape":[2],"data_offsets":[-4,4]})", "data_offsets"},
    {"NoObject", "[4, 12]", "an object"},
    {"DtypeTwice", R"({"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[4,12]})",
     "'dtype' is there twice"},
};

class SafetensorsLies : public testing::TestWithParam<Lie> {};

TEST_P(SafetensorsLies, AreRefusedByName) {
  const std::string header = R"({"good":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"bad":)" +
                             std::string(GetParam().bad) + "}";
  const auto bytes = SafetensorsFile(header, 12);
  const auto file = ParseSafetensors(bytes);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, GetParam().code);
  const std::string& message = file.error().message;
  EXPECT_NE(message.find(GetParam().message), std::string::npos) << message;
  if (std::string(GetParam().name) == "DtypeTwice") return;  // its place is not known any more
  EXPECT_NE(message.find("'bad'"), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(All, SafetensorsLies, testing::ValuesIn(kLies),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(SafetensorsHostile, HeadersThatAreNone) {
  const auto refused = [](const std::vector<std::byte>& bytes, const char* why) {
    const auto file = ParseSafetensors(bytes);
    ASSERT_FALSE(file) << why;
    EXPECT_NE(file.error().message.find(why), std::string::npos) << file.error().message;
  };
  refused({}, "8 bytes");
  refused(std::vector<std::byte>(7), "8 bytes");
  refused(std::vector<std::byte>(8), "'{'");
  refused(SafetensorsFile(" {}", 0), "'{'");
  refused(SafetensorsFile("{}x", 0), "not JSON");
  refused(SafetensorsFile("{", 0), "not JSON");
  refused(SafetensorsFile("{}", 3), "3 bytes of data belong to no tensor");
  refused(SafetensorsFile(R"({"__metadata__":{"a":1}})", 0), "'a'");
  refused(SafetensorsFile(R"({"__metadata__":[]})", 0), "__metadata__");
  refused(SafetensorsFile(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                          R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                          4),
          "'a' is there twice");
  refused(SafetensorsFile(R"({"":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4), "name");
  refused(SafetensorsFile(R"({"a":)" + std::string(100000, '['), 0), "deep");
  auto huge = SafetensorsFile("{}", 0);
  huge[7] = std::byte{0x80};
  refused(huge, "9223372036854775810 bytes");
  huge[7] = std::byte{0};
  huge[1] = std::byte{1};
  refused(huge, "cut short");
}

bool ParsesOrExplains(const std::vector<std::byte>& bytes) {
  const auto file = ParseSafetensors(bytes);
  if (!file) {
    EXPECT_FALSE(file.error().message.empty());
    EXPECT_EQ(file.error().message.find('\n'), std::string::npos);
    return false;
  }
  for (const TensorView& tensor : file->tensors()) Dequantized(tensor);
  return true;
}

TEST(SafetensorsHostile, CutAtAnyByte) {
  const auto whole = SmallFile();
  ASSERT_TRUE(ParsesOrExplains(whole));
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(ParsesOrExplains({whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)}));
  }
}

TEST(SafetensorsHostile, AnyByteChanged) {
  const auto whole = SmallFile();
  for (size_t i = 0; i < whole.size(); ++i) {
    for (const int change : {0x01, 0x04, 0x10, 0x20, 0x80, 0xff}) {
      auto bytes = whole;
      bytes[i] ^= static_cast<std::byte>(change);
      ParsesOrExplains(bytes);
    }
  }
}

}  // namespace
}  // namespace yixin
