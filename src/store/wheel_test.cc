#include "store/wheel.h"

#include <gtest/gtest.h>
#include <zip.h>

#include "store/test_hub.h"

namespace yixin {
namespace {

class WheelTest : public testing::Test {
 protected:
  // A wheel with one member; level 0 stores it.
  void Make(const std::string& member, const std::string& bytes, zip_int32_t method) {
    int code = 0;
    zip_t* archive = zip_open(wheel_.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    ASSERT_NE(archive, nullptr);
    zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    const zip_int64_t index = zip_file_add(archive, member.c_str(), source, 0);
    ASSERT_GE(index, 0);
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), method, 0);
    ASSERT_EQ(zip_close(archive), 0);
  }

  Status Read(const std::string& member, uint64_t bytes, uint64_t skip = 0) {
    got_.clear();
    return ReadWheelMember(
        wheel_, member, bytes, skip,
        [this](std::span<const std::byte> part) -> Status {
          got_.append(reinterpret_cast<const char*>(part.data()), part.size());
          return {};
        },
        nullptr);
  }

  TestFolder folder_;
  std::filesystem::path wheel_ = folder_.path() / "a-1-py3-none-any.whl";
  std::string got_;
};

TEST_F(WheelTest, StoredAndDeflatedFromAnyByteOn) {
  std::string bytes;
  for (int i = 0; i < 300000; ++i) bytes += static_cast<char>(i * 7 + i / 256);
  for (const zip_int32_t method : {ZIP_CM_STORE, ZIP_CM_DEFLATE}) {
    Make("p/data.bin", bytes, method);
    for (const size_t skip : {size_t{0}, size_t{1}, size_t{262143}, size_t{262144}, size_t{262145},
                              bytes.size() - 1, bytes.size()}) {
      const auto status = Read("p/data.bin", bytes.size(), skip);
      ASSERT_TRUE(status) << status.error().message;
      EXPECT_EQ(got_, bytes.substr(skip)) << skip;
    }
  }
}

TEST_F(WheelTest, ABombIsRefusedBeforeItIsUnpacked) {
  Make("p/data.bin", std::string(50 << 20, '\0'), ZIP_CM_DEFLATE);
  ASSERT_LT(std::filesystem::file_size(wheel_), 1U << 20);
  const auto status = Read("p/data.bin", 1000);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kVerification);
  EXPECT_NE(status.error().message.find("expected 1000 bytes"), std::string::npos);
  EXPECT_TRUE(got_.empty());
}

TEST_F(WheelTest, ABombThatLiesAboutItsSizeIsCutOff) {
  Make("p/data.bin", std::string(1 << 20, '\0'), ZIP_CM_DEFLATE);
  std::string file = ReadAll(wheel_);
  // The unpacked size stands in the central directory, 24 bytes after its signature, and in the
  // local header, 22 bytes after its own.
  for (const auto& [signature, offset] : {std::pair("PK\x01\x02", 24), {"PK\x03\x04", 22}}) {
    const size_t at = file.rfind(signature);
    ASSERT_NE(at, std::string::npos);
    const uint32_t lie = 1000;
    file.replace(at + static_cast<size_t>(offset), 4, reinterpret_cast<const char*>(&lie), 4);
  }
  WriteFile(wheel_, file);
  const auto status = Read("p/data.bin", 1000);
  EXPECT_FALSE(status);
  EXPECT_LE(got_.size(), 1000U);
}

TEST_F(WheelTest, WrongMemberAndWrongBytes) {
  Make("p/data.bin", "hello hello hello", ZIP_CM_STORE);
  EXPECT_NE(Read("p/other.bin", 17).error().message.find("no member p/other.bin"),
            std::string::npos);
  EXPECT_FALSE(Read("P/DATA.BIN", 17)) << "names are exact";
  std::string file = ReadAll(wheel_);
  file[file.find("hello")] = 'j';
  WriteFile(wheel_, file);
  EXPECT_EQ(Read("p/data.bin", 17).error().code, ErrorCode::kVerification) << "the checksum";
}

TEST_F(WheelTest, WhatIsNoWheel) {
  for (const std::string& bytes : {std::string(), std::string("<html>"), std::string(10000, 'P')}) {
    WriteFile(wheel_, bytes);
    const auto status = Read("p/data.bin", 10);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kVerification);
  }
  std::filesystem::remove(wheel_);
  EXPECT_FALSE(Read("p/data.bin", 10));
}

TEST_F(WheelTest, AWheelCutAnywhereIsAnError) {
  Make("p/data.bin", std::string(3000, 'a') + "end", ZIP_CM_STORE);
  const std::string whole = ReadAll(wheel_);
  for (size_t size = 0; size < whole.size(); size += 97) {
    WriteFile(wheel_, whole.substr(0, size));
    EXPECT_FALSE(Read("p/data.bin", 3003)) << size;
  }
}

TEST_F(WheelTest, StopsAndPassesTheSinksError) {
  Make("p/data.bin", "hello", ZIP_CM_STORE);
  StopFlag stop;
  stop.Request();
  EXPECT_EQ(ReadWheelMember(wheel_, "p/data.bin", 5, 0, {}, &stop).error().code,
            ErrorCode::kCancelled);
  const auto full = [](std::span<const std::byte>) -> Status {
    return Error{ErrorCode::kIo, "full", ""};
  };
  EXPECT_EQ(ReadWheelMember(wheel_, "p/data.bin", 5, 0, full, nullptr).error().code,
            ErrorCode::kIo);
}

}  // namespace
}  // namespace yixin
