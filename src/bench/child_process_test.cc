#include "bench/child_process.h"

#include <gtest/gtest.h>

#include <thread>

namespace yixin {
namespace {

ChildCommand Shell(const std::string& script) {
  ChildCommand command;
  command.program = "/bin/sh";
  command.words = {"-c", script};
  return command;
}

TEST(ChildProcessTest, OutputAndFirstByte) {
  const auto output = RunChild(Shell("printf one; sleep 0.3; echo two; echo three >&2"), nullptr);
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ(output->text, "onetwo\n");
  EXPECT_GT(output->first_byte_ms, 0);
}

TEST(ChildProcessTest, VariablesReplaceTheirs) {
  ASSERT_EQ(setenv("YIXIN_CHILD_TEST", "old", 1), 0);
  ChildCommand command = Shell("echo $YIXIN_CHILD_TEST $PATH");
  command.variables = {{"YIXIN_CHILD_TEST", "new value"}, {"PATH", "/nowhere"}};
  const auto output = RunChild(command, nullptr);
  unsetenv("YIXIN_CHILD_TEST");
  ASSERT_TRUE(output);
  EXPECT_EQ(output->text, "new value /nowhere\n");
}

TEST(ChildProcessTest, WordsArriveAsTheyAre) {
  ChildCommand command = Shell("printf '%s|' \"$@\"");
  command.words.insert(command.words.end(), {"sh", "a b", "", "'\"$x"});
  const auto output = RunChild(command, nullptr);
  ASSERT_TRUE(output);
  EXPECT_EQ(output->text, "a b||'\"$x|");
}

TEST(ChildProcessTest, Failures) {
  EXPECT_EQ(RunChild({.program = "/nonexistent/program"}, nullptr).error().code, ErrorCode::kIo);
  const auto exit = RunChild(Shell("echo x; echo first >&2; echo why >&2; exit 3"), nullptr);
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().code, ErrorCode::kInternal);
  EXPECT_NE(exit.error().message.find("exit code 3; why"), std::string::npos)
      << exit.error().message;
  const auto signal = RunChild(Shell("echo x; kill -9 $$"), nullptr);
  ASSERT_FALSE(signal);
  EXPECT_NE(signal.error().message.find("signal 9"), std::string::npos) << signal.error().message;
  EXPECT_EQ(RunChild(Shell("exit 0"), nullptr).error().code, ErrorCode::kInternal) << "no output";
}

TEST(ChildProcessTest, EndsAChildThatDoesNot) {
  ChildCommand command = Shell("echo x; exec sleep 600");
  command.timeout_ms = 100;
  EXPECT_EQ(RunChild(command, nullptr).error().code, ErrorCode::kCancelled);

  command.timeout_ms = 600'000;
  StopFlag stop;
  std::thread request([&] { stop.Request(); });
  EXPECT_EQ(RunChild(command, &stop).error().code, ErrorCode::kCancelled);
  request.join();
}

TEST(ChildProcessTest, MuchOutputIsCutAndReadToItsEnd) {
  const auto output = RunChild(Shell("head -c 3000000 /dev/zero"), nullptr);
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_LE(output->text.size(), size_t{1} << 20);
}

}  // namespace
}  // namespace yixin
