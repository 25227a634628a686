#include "cli/console.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

namespace yixin {
namespace {

TEST(Output, AFullDiskIsRememberedOnce) {
  std::FILE* full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  Output output(full);
  EXPECT_TRUE(output.Write("x"));  // still in the buffer
  EXPECT_FALSE(output.Flush());
  EXPECT_EQ(output.error_number(), ENOSPC);
  EXPECT_FALSE(output.ok());
  EXPECT_FALSE(output.Line("y"));
  EXPECT_EQ(output.error_number(), ENOSPC);
  std::fclose(full);
}

TEST(Output, AClosedPipeIsAnErrorAndNoSignal) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  std::FILE* file = fdopen(ends[1], "w");
  Output output(file);
  EXPECT_FALSE(output.Line("x"));
  EXPECT_EQ(output.error_number(), EPIPE);
  std::fclose(file);
  std::signal(SIGPIPE, SIG_DFL);
}

TEST(Output, WritesBytesAsTheyAre) {
  char* buffer = nullptr;
  size_t size = 0;
  std::FILE* file = open_memstream(&buffer, &size);
  Output output(file);
  EXPECT_TRUE(output.Write(std::string_view("a\0\xff", 3)));
  EXPECT_TRUE(output.Line("b"));
  EXPECT_EQ(std::string(buffer, size), std::string("a\0\xff"
                                                   "b\n",
                                                   5));
  std::fclose(file);
  std::free(buffer);
}

}  // namespace
}  // namespace yixin
