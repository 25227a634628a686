// The table [head] of task files, and the file that it names.
#include "tasks/head_rule.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>

#include "support/temporary_folder.h"
#include "tasks/task_head.h"
#include "tasks/task_spec.h"
#include "yixin/version.h"

namespace yixin {
namespace {

constexpr std::string_view kTask =
    "name = \"t\"\nmode = \"score\"\n[[labels]]\nname = \"a\"\n[[labels]]\nname = \"b\"\n";

Result<TaskSpec> Parse(const std::string& lines) {
  return ParseTask(std::string(kTask) + "[head]\n" + lines, "my.toml");
}

void Write(const std::filesystem::path& path, std::string_view contents) {
  std::ofstream(path, std::ios::binary) << contents;
}

std::string HeadBytes() {
  TaskHead head;
  head.ties.numerics = kNumericsVersion;
  head.labels = {"a", "b"};
  head.layers = {1};
  head.hidden = 1;
  head.weights = {1, -1};
  head.biases = {0, 0};
  const auto bytes = SerialiseHead(head);
  EXPECT_TRUE(bytes);
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

TEST(HeadRule, Keys) {
  EXPECT_FALSE(ParseTask(kTask, "my.toml")->head);
  const auto task = Parse("file = \"my.head\"\nchecksum = \"0123\"\nother_models = \"untaught\"");
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(task->head->file, "my.head");
  EXPECT_EQ(task->head->checksum, "0123");
  EXPECT_TRUE(task->head->untaught_elsewhere);
  EXPECT_FALSE(Parse("file = \"my.head\"\nchecksum = \"0\"")->head->untaught_elsewhere);
}

TEST(HeadRule, WhatIsWrongHasLineAndKey) {
  EXPECT_EQ(Parse("file = \"../my.head\"\nchecksum = \"0\"").error().message,
            "my.toml:8: head.file: expected the name of a file beside this one, without a folder");
  EXPECT_FALSE(Parse("file = \"/etc/passwd\"\nchecksum = \"0\""));
  EXPECT_FALSE(Parse("file = \"..\"\nchecksum = \"0\""));
  EXPECT_FALSE(Parse("file = \"my.head\""));
  EXPECT_FALSE(Parse("checksum = \"0\""));
  EXPECT_FALSE(Parse("file = \"my.head\"\nchecksum = \"0\"\nother_models = \"guess\""));
  EXPECT_FALSE(Parse("file = \"my.head\"\nchecksum = \"0\"\nweights = 3"));
}

TEST(HeadRule, TheHeadComesWithItsTask) {
  const TemporaryFolder folder;
  const std::string bytes = HeadBytes();
  Write(folder.path() / "my.head", bytes);
  const std::string checksum = HeadChecksum(std::as_bytes(std::span(bytes)));
  const auto table = [](const std::string& sum) {
    return std::string(kTask) + "[head]\nfile = \"my.head\"\nchecksum = \"" + sum + "\"\n";
  };
  const auto path = folder.path() / "my.task.toml";
  Write(path, table(checksum));
  const auto task = LoadTask(path);
  ASSERT_TRUE(task) << task.error().message;
  ASSERT_NE(task->head->head, nullptr);
  EXPECT_EQ(task->head->head->labels, (std::vector<std::string>{"a", "b"}));

  Write(path, table(std::string(16, '0')));
  const auto other = LoadTask(path);
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("not the head that the task was written with"),
            std::string::npos);
  Write(path, table(checksum));
  std::filesystem::remove(folder.path() / "my.head");
  EXPECT_EQ(LoadTask(path).error().code, ErrorCode::kNotFound);
  std::filesystem::create_directory(folder.path() / "my.head");
  EXPECT_FALSE(LoadTask(path));
}

}  // namespace
}  // namespace yixin
