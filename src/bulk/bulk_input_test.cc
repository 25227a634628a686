#include "bulk/bulk_input.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "support/temporary_folder.h"

namespace yixin {
namespace {

class BulkInputTest : public testing::Test {
 protected:
  std::string Write(const std::string& text) {
    std::ofstream(path(), std::ios::binary) << text;
    return path();
  }
  std::string path() const { return folder_.path() / "in.csv"; }

  TemporaryFolder folder_;
};

TEST_F(BulkInputTest, ReadsHashesAndSamplesOneFile) {
  std::string table = "text\n";
  for (int i = 0; i < 500; ++i) table += std::string("t").append(std::to_string(i)) + "\n";
  auto input = BulkInput::Open(Write(table), {}, nullptr);
  ASSERT_TRUE(input) << input.error().message;
  EXPECT_TRUE(input->is_file());
  EXPECT_EQ(input->bytes(), table.size());
  TableRow row;
  ASSERT_TRUE(*input->reader().Next(row));
  const auto hash = input->Hash();
  ASSERT_TRUE(hash);
  const auto sample = input->Sample(20, 1);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->size(), 20u);
  EXPECT_LT(sample->back(), 500u);
  // Neither has moved the reader.
  ASSERT_TRUE(*input->reader().Next(row));
  EXPECT_EQ(row.cells[0], "t1");
  EXPECT_EQ(*input->Hash(), *hash);
}

TEST_F(BulkInputTest, WhatCannotBeRead) {
  EXPECT_EQ(BulkInput::Open(path(), {}, nullptr).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(BulkInput::Open(folder_.path(), {}, nullptr).error().code, ErrorCode::kInvalidFile);
  EXPECT_EQ(BulkInput::Open(Write(""), {}, nullptr).error().code, ErrorCode::kInvalidFile);
}

TEST_F(BulkInputTest, AFileThatIsWrittenToMeanwhile) {
  auto input = BulkInput::Open(Write("text\na\n"), {}, nullptr);
  ASSERT_TRUE(input);
  EXPECT_TRUE(input->CheckUnchanged());
  std::ofstream(path(), std::ios::app) << "b\n";
  EXPECT_EQ(input->CheckUnchanged().error().code, ErrorCode::kVerification);
}

TEST_F(BulkInputTest, AReadFromAPipeCanBeStopped) {
  const std::string pipe = folder_.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int writer = open(pipe.c_str(), O_RDWR);  // so that neither side waits for the other
  StopFlag stop;
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stop.Request();
  });
  const auto input = BulkInput::Open(pipe, {}, &stop);
  stopper.join();
  ASSERT_FALSE(input);
  EXPECT_EQ(input.error().code, ErrorCode::kCancelled);
  close(writer);
}

TEST_F(BulkInputTest, KnowsItselfUnderAnotherDescriptor) {
  auto input = BulkInput::Open(Write("text\na\n"), {}, nullptr);
  ASSERT_TRUE(input);
  const int same = open(path().c_str(), O_WRONLY | O_APPEND);
  const int other = open("/dev/null", O_WRONLY);
  EXPECT_TRUE(input->IsSameFile(same));
  EXPECT_FALSE(input->IsSameFile(other));
  close(same);
  close(other);
}

}  // namespace
}  // namespace yixin
