// A taught task's file says what the untaught one did, and what it was taught.
#include "tasks/task_edit.h"

#include <gtest/gtest.h>

#include "tasks/task_spec.h"

namespace yixin {
namespace {

constexpr std::string_view kTask = R"(# Words of mine.
name = "t"
title = "T"
mode = "score"
system = """
第一行 "引号" \\ 反斜线
	second line"""
answer_prefix = "情绪类别："
[[wordings]]
system = "another"
[[examples]]
text = "好\n极了"
label = "正面"
[[labels]]
name = "正面"
strings = ["正面", "好"]
bias = 0.5
[[labels]]
name = "负面"
[[labels]]
name = "中性"
[neutral]
label = "中性"
[calibration]
kind = "content_free"
)";

const std::string kModel(64, 'b');

void ExpectTheSameWords(const TaskSpec& a, const TaskSpec& b) {
  EXPECT_EQ(a.system, b.system);
  EXPECT_EQ(a.answer_prefix, b.answer_prefix);
  ASSERT_EQ(a.wordings.size(), b.wordings.size());
  EXPECT_EQ(a.wordings[0].system, b.wordings[0].system);
  ASSERT_EQ(a.examples.size(), b.examples.size());
  EXPECT_EQ(a.examples[0].text, b.examples[0].text);
  ASSERT_EQ(a.labels.size(), b.labels.size());
  for (size_t i = 0; i < a.labels.size(); ++i) {
    EXPECT_EQ(a.labels[i].name, b.labels[i].name);
    EXPECT_EQ(a.labels[i].strings, b.labels[i].strings);
  }
  EXPECT_EQ(a.neutral->label, b.neutral->label);
}

TEST(TaskEdit, AHeadIsAdded) {
  TaskEdit edit{.name = "my", .title = "mine", .comments = {"made by yixin fit"}};
  edit.head_file = "my.head";
  edit.head_checksum = "0123";
  const auto text = EditTask(kTask, "t.toml", edit);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(text->rfind("# made by yixin fit\n", 0), 0u);
  const auto task = ParseTask(*text, "my.toml");
  ASSERT_TRUE(task) << task.error().message << "\n" << *text;
  ExpectTheSameWords(*ParseTask(kTask, "t.toml"), *task);
  EXPECT_EQ(task->name, "my");
  EXPECT_EQ(task->title, "mine");
  EXPECT_EQ(task->head->file, "my.head");
  EXPECT_EQ(task->calibration.kind, CalibrationKind::kNone) << "of the scores, which are not asked";
  // Taught again, otherwise.
  const auto again =
      EditTask(*text, "my.toml",
               {.name = "c",
                .title = "c",
                .corrections = {{"正面", 0.5, 1.25}, {"负面", 0.5, 0}, {"中性", 2, 3}},
                .model = kModel});
  ASSERT_TRUE(again) << again.error().message;
  const auto corrected = ParseTask(*again, "c.toml");
  ASSERT_TRUE(corrected) << corrected.error().message << "\n" << *again;
  EXPECT_FALSE(corrected->head);
  EXPECT_EQ(corrected->calibration.kind, CalibrationKind::kFitted);
  EXPECT_EQ(corrected->calibration.model, kModel);
  EXPECT_EQ(corrected->labels[0].scale, 0.5);
  EXPECT_EQ(corrected->labels[0].bias, 1.25);
  EXPECT_EQ(corrected->labels[2].bias, 3);
}

TEST(TaskEdit, NamesThatAreNoneAreRefused) {
  EXPECT_FALSE(EditTask(kTask, "t.toml", {.name = "a\nb", .title = "t"}));
  EXPECT_FALSE(EditTask("name = ", "t.toml", {.name = "a", .title = "t"}));
}

}  // namespace
}  // namespace yixin
