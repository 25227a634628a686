// A packed file is whole or refused: cut, changed, hostile, or never finished.
#include "formats/packed_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "formats/packed_layout.h"
#include "support/temporary_folder.h"

namespace yixin {
namespace {

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteAll(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary)
      .write(text.data(), static_cast<std::streamsize>(text.size()));
}

const std::string kLarge(10'000, 'L');

void WriteSample(const std::filesystem::path& path) {
  auto writer = PackedFileWriter::Create(path);
  ASSERT_TRUE(writer) << writer.error().message;
  ASSERT_TRUE(writer->AddSection("small", Bytes("abc")));
  ASSERT_TRUE(writer->AddSection("empty", {}));
  ASSERT_TRUE(writer->BeginSection("large"));
  ASSERT_TRUE(writer->Append(Bytes(kLarge).first(5000)));
  ASSERT_TRUE(writer->Append(Bytes(kLarge).subspan(5000)));
  const auto committed = writer->Commit();
  ASSERT_TRUE(committed) << committed.error().message;
}

class PackedFileTest : public testing::Test {
 protected:
  void SetUp() override { WriteSample(path_); }
  TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "file.yxp";
};

TEST_F(PackedFileTest, GivesBackWhatWasWritten) {
  auto opened = PackedFile::Open(path_);
  ASSERT_TRUE(opened) << opened.error().message;
  const PackedFile file = *std::move(opened);
  EXPECT_EQ(file.sections().size(), 3u);
  EXPECT_EQ(Text(*file.GetVerified("small")), "abc");
  EXPECT_EQ(Text(*file.GetVerified("empty")), "");
  EXPECT_EQ(Text(*file.Get("large")), kLarge);
  EXPECT_TRUE(file.VerifyAll());
  EXPECT_FALSE(file.touched());
  for (const PackedSection& section : file.sections()) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(section.bytes.data()) % kSectionAlignment, 0u);
  }
  EXPECT_EQ(reinterpret_cast<uintptr_t>(file.Get("large")->data()) % 4096, 0u);
  const auto missing = file.Get("smal");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("smal"), std::string::npos);
  EXPECT_EQ(folder_.count(), 1u);
}

TEST_F(PackedFileTest, AFileOfNoSectionsIsOne) {
  auto writer = PackedFileWriter::Create(folder_.path() / "none");
  ASSERT_TRUE(writer->Commit());
  const auto file = PackedFile::Open(folder_.path() / "none");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(file->sections().empty());
}

TEST_F(PackedFileTest, CutAnywhereItIsRefused) {
  const std::string whole = ReadAll(path_);
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_FALSE(PackedFile::Parse(Bytes(whole).first(size))) << size;
  }
  ASSERT_FALSE(PackedFile::Parse(Bytes(whole + "x")));
  ASSERT_TRUE(PackedFile::Parse(Bytes(whole)));
}

TEST_F(PackedFileTest, AChangedByteIsFoundWhereverItIsUsed) {
  std::string bytes = ReadAll(path_);
  PackedFileHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  int refused = 0, found = 0, between = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= static_cast<char>(1 << i % 8);
    const auto file = PackedFile::Parse(Bytes(bytes));
    const bool in_header_or_index = i < sizeof(header) || i >= header.index_offset;
    ASSERT_EQ(file.has_value(), !in_header_or_index) << i;
    if (!file) {
      EXPECT_FALSE(file.error().message.empty());
      ++refused;
    } else {
      bool in_section = false;
      for (const PackedSection& section : file->sections()) {
        const auto* at = reinterpret_cast<const std::byte*>(bytes.data()) + i;
        const bool here =
            at >= section.bytes.data() && at < section.bytes.data() + section.bytes.size();
        ASSERT_EQ(file->GetVerified(section.name).has_value(), !here) << section.name << " " << i;
        in_section = in_section || here;
      }
      ASSERT_EQ(file->VerifyAll().has_value(), !in_section) << i;
      ++(in_section ? found : between);
    }
    bytes[i] ^= static_cast<char>(1 << i % 8);
  }
  EXPECT_GT(refused, 64 + 3 * 26);
  EXPECT_EQ(found, 3 + 10'000);
  EXPECT_LT(between, 4096 + 2 * 64);
}

TEST_F(PackedFileTest, AnotherVersionIsNamed) {
  std::string bytes = ReadAll(path_);
  const uint32_t version = kPackedFileVersion + 6;
  std::memcpy(bytes.data() + offsetof(PackedFileHeader, version), &version, sizeof(version));
  const auto file = PackedFile::Parse(Bytes(bytes));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(file.error().message.find("version 7"), std::string::npos) << file.error().message;
}

// Bytes that lie with the right checksums.
class HostileIndexTest : public PackedFileTest {
 protected:
  void SetUp() override {
    PackedFileTest::SetUp();
    bytes_ = ReadAll(path_);
    std::memcpy(&header_, bytes_.data(), sizeof(header_));
  }
  // A field of the index's first entry ("small"): 0 its offset, 1 its size.
  void SetField(int field, uint64_t value) {
    std::memcpy(bytes_.data() + header_.index_offset + field * sizeof(value), &value,
                sizeof(value));
  }
  Result<PackedFile> ParseSealed() {
    header_.file_size = bytes_.size();
    const std::string_view index =
        std::string_view(bytes_).substr(std::min(header_.index_offset, bytes_.size()));
    header_.index_checksum = XXH3_64bits(index.data(), index.size());
    header_.header_checksum = HeaderChecksum(header_);
    std::memcpy(bytes_.data(), &header_, sizeof(header_));
    return PackedFile::Parse(Bytes(bytes_));
  }
  std::string bytes_;
  PackedFileHeader header_;
};

TEST_F(HostileIndexTest, TheSealItselfIsRight) { EXPECT_TRUE(ParseSealed()); }

TEST_F(HostileIndexTest, SectionsOutsideTheirPlaceAreRefused) {
  for (const uint64_t offset : {uint64_t{0}, uint64_t{65}, uint64_t{128}, header_.index_offset,
                                uint64_t{1} << 40, ~uint64_t{0}, ~uint64_t{63}}) {
    SetField(0, offset);
    EXPECT_FALSE(ParseSealed()) << offset;
  }
  SetField(0, 64);
  for (const uint64_t size :
       {uint64_t{100}, header_.index_offset - 63, ~uint64_t{0}, ~uint64_t{63}, uint64_t{1} << 63}) {
    SetField(1, size);
    EXPECT_FALSE(ParseSealed()) << size;
  }
  SetField(1, 64);
  EXPECT_TRUE(ParseSealed());
}

TEST_F(HostileIndexTest, CountsAreComparedWithTheBytesThatAreLeft) {
  for (const uint32_t count : {0u, 2u, 4u, 1000u, 0x7fffffffu, 0xffffffffu}) {
    header_.section_count = count;
    EXPECT_FALSE(ParseSealed()) << count;
  }
}

TEST_F(HostileIndexTest, AnIndexOutsideTheFileIsRefused) {
  for (const uint64_t offset : {uint64_t{0}, uint64_t{63}, bytes_.size() + uint64_t{0},
                                bytes_.size() + uint64_t{1}, ~uint64_t{0}}) {
    header_.index_offset = offset;
    EXPECT_FALSE(ParseSealed()) << offset;
  }
}

TEST_F(HostileIndexTest, NamesAreUniqueAndNotEmpty) {
  const size_t empty = bytes_.rfind("empty");
  bytes_.replace(empty, 5, "small");
  EXPECT_FALSE(ParseSealed());
  bytes_.replace(empty, 5, "other");
  EXPECT_TRUE(ParseSealed());
  bytes_[bytes_.rfind("small") - 1] = 0;
  EXPECT_FALSE(ParseSealed());
}

TEST_F(PackedFileTest, AFileThatSomebodyWroteToOrCopiedIsTouched) {
  const std::filesystem::path copy = folder_.path() / "copy";
  std::filesystem::copy_file(path_, copy);
  EXPECT_TRUE(PackedFile::Open(copy)->touched());
  MarkVerified(copy);
  EXPECT_FALSE(PackedFile::Open(copy)->touched());
  std::fstream(copy).put('\x93');  // what is there already; the time tells
  EXPECT_TRUE(PackedFile::Open(copy)->touched());
  EXPECT_FALSE(PackedFile::Parse(Bytes(ReadAll(copy)))->touched());
}

TEST_F(PackedFileTest, UnlessItIsCommittedNothingChanges) {
  {
    auto writer = PackedFileWriter::Create(path_);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->AddSection("other", Bytes("x")));
    EXPECT_EQ(folder_.count(), 2u);
  }
  EXPECT_EQ(folder_.count(), 1u);
  EXPECT_TRUE(PackedFile::Open(path_)->Get("small"));
}

TEST_F(PackedFileTest, TwoWritersOfOneNameDoNotMix) {
  auto first = PackedFileWriter::Create(path_);
  auto second = PackedFileWriter::Create(path_);
  ASSERT_TRUE(first->AddSection("first", Bytes(kLarge)));
  ASSERT_TRUE(second->AddSection("second", Bytes("2")));
  ASSERT_TRUE(first->Commit());
  EXPECT_TRUE(PackedFile::Open(path_)->GetVerified("first"));
  ASSERT_TRUE(second->Commit());
  EXPECT_TRUE(PackedFile::Open(path_)->GetVerified("second"));
  EXPECT_EQ(folder_.count(), 1u);
}

TEST_F(PackedFileTest, NamesAreCheckedBeforeTheyAreWritten) {
  auto writer = PackedFileWriter::Create(path_);
  EXPECT_FALSE(writer->Append(Bytes("x")));
  EXPECT_FALSE(writer->BeginSection(""));
  EXPECT_FALSE(writer->BeginSection(std::string(256, 'n')));
  EXPECT_TRUE(writer->BeginSection(std::string(255, 'n')));
  EXPECT_FALSE(writer->BeginSection(std::string(255, 'n')));
  ASSERT_TRUE(writer->Commit());
  EXPECT_TRUE(PackedFile::Open(path_)->Get(std::string(255, 'n')));
}

TEST_F(PackedFileTest, AFolderThatCannotBeWrittenToIsAnError) {
  WriteAll(folder_.path() / "no_folder", "x");
  for (const char* path : {"no_folder/file", "missing/file"}) {
    const auto writer = PackedFileWriter::Create(folder_.path() / path);
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().code, ErrorCode::kIo);
    EXPECT_NE(writer.error().message.find(path), std::string::npos) << writer.error().message;
  }
}

// A full disk and a limit of a file's size come the same way: a write fails in the middle.
TEST_F(PackedFileTest, AWriteThatFailsLeavesTheOldFile) {
  const std::string before = ReadAll(path_);
  rlimit old_limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  for (const rlim_t size : {rlim_t{0}, rlim_t{10}, rlim_t{5000}, rlim_t{14'150}}) {
    const rlimit limit{size, old_limit.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    // Where the signal is not ignored: it would end this test.
    const Status status = [&]() -> Status {
      YIXIN_TRY(PackedFileWriter writer, PackedFileWriter::Create(path_));
      YIXIN_CHECK_OK(writer.AddSection("small", Bytes("abc")));
      YIXIN_CHECK_OK(writer.AddSection("large", Bytes(kLarge)));
      return writer.Commit();
    }();
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old_limit), 0);
    ASSERT_FALSE(status) << size;
    EXPECT_EQ(status.error().code, ErrorCode::kIo);
    EXPECT_NE(status.error().message.find("too large"), std::string::npos)
        << status.error().message;
    EXPECT_EQ(ReadAll(path_), before);
    EXPECT_EQ(folder_.count(), 1u);
  }
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGXFSZ), 0);
}

TEST_F(PackedFileTest, AKilledWriterLeavesTheOldFileAndItsRestIsRemoved) {
  const pid_t child = fork();
  if (child == 0) {
    auto writer = PackedFileWriter::Create(path_);
    (void)writer->AddSection("large", Bytes(kLarge));
    raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(folder_.count(), 2u);
  EXPECT_TRUE(PackedFile::Open(path_)->GetVerified("small"));
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    if (entry.path() == path_) continue;
    EXPECT_FALSE(PackedFile::Open(entry.path())) << entry.path();
  }
  WriteAll(folder_.path() / "file.yxp2", "not its");
  RemoveUnfinishedWrites(path_);
  EXPECT_EQ(folder_.count(), 2u);
  EXPECT_TRUE(PackedFile::Open(path_)->GetVerified("small"));
}

}  // namespace
}  // namespace yixin
