// The calibration table of task files, right and wrong.
#include "tasks/calibration_spec.h"

#include <gtest/gtest.h>

#include <string>

#include "tasks/task_spec.h"

namespace yixin {
namespace {

const std::string kFingerprint(64, 'a');

// More of the top level, then of the second label, which stands in line 7.
Result<TaskSpec> Parse(const std::string& table, const std::string& label = "") {
  return ParseTask("name = \"t\"\nmode = \"score\"\n" + table + "\n[[labels]]\nname = \"a\"\n" +
                       "[[labels]]\nname = \"b\"\n" + label,
                   "my.toml");
}

std::string ErrorOf(const std::string& table, const std::string& label = "") {
  const auto task = Parse(table, label);
  EXPECT_FALSE(task) << table;
  return task ? "" : task.error().message;
}

std::string Table(const std::string& lines) { return "[calibration]\n" + lines; }

TEST(CalibrationSpec, Kinds) {
  const auto none = Parse("");
  ASSERT_TRUE(none);
  EXPECT_EQ(none->calibration.kind, CalibrationKind::kNone);
  EXPECT_EQ(none->labels[0].scale, 1);
  for (const auto kind :
       {CalibrationKind::kNone, CalibrationKind::kContentFree, CalibrationKind::kBatch}) {
    const auto task = Parse(Table("kind = \"" + std::string(NameOf(kind)) + "\""));
    ASSERT_TRUE(task) << task.error().message;
    EXPECT_EQ(task->calibration.kind, kind);
  }
  const auto fitted = Parse(Table("kind = \"fitted\"\nmodel = \"" + kFingerprint + "\""),
                            "scale = 0.5\nbias = -1\n");
  ASSERT_TRUE(fitted) << fitted.error().message;
  EXPECT_EQ(fitted->calibration.model, kFingerprint);
  EXPECT_EQ(fitted->labels[1].scale, 0.5);
  EXPECT_EQ(fitted->labels[1].bias, -1);
}

TEST(CalibrationSpec, ContentFreeTexts) {
  EXPECT_EQ(Parse(Table("kind = \"content_free\""))->calibration.texts.size(), 3u);
  const auto task = Parse(Table("kind = \"content_free\"\ntexts = [\"无\"]"));
  ASSERT_TRUE(task);
  EXPECT_EQ(task->calibration.texts, std::vector<std::string>{"无"});
  EXPECT_EQ(ErrorOf(Table("kind = \"content_free\"\ntexts = []")),
            "my.toml:5: calibration.texts: expected 1 to 16 texts, got 0");
  EXPECT_EQ(ErrorOf(Table("kind = \"content_free\"\ntexts = [\"x\", \" \"]")),
            "my.toml:5: calibration.texts: a text must not be empty");
}

TEST(CalibrationSpec, WhatIsWrongHasLineAndKey) {
  EXPECT_EQ(ErrorOf(Table("kind = \"contextual\"")),
            "my.toml:4: calibration.kind: expected none, content_free, batch or fitted, got "
            "contextual");
  EXPECT_NE(ErrorOf(Table("texts = [\"x\"]")).find("calibration.kind: is missing"),
            std::string::npos);
  EXPECT_EQ(ErrorOf(Table("kind = \"batch\"\ntexts = [\"x\"]")),
            "my.toml:5: calibration.texts: calibration of the kind batch has none");
  EXPECT_EQ(ErrorOf(Table("kind = \"none\"\nmodel = \"x\"")),
            "my.toml:5: calibration.model: calibration of the kind none has none");
  EXPECT_NE(ErrorOf(Table("kind = \"fitted\"")).find("calibration.model: is missing"),
            std::string::npos);
  EXPECT_NE(ErrorOf(Table("kind = \"fitted\"\nmodel = \"qwen\"")).find("64 digits"),
            std::string::npos);
  EXPECT_EQ(ErrorOf(Table("kind = \"batch\"\nrows = 3")),
            "my.toml:5: calibration.rows: unknown key; expected one of kind, model, texts");
  EXPECT_EQ(ErrorOf("calibration = 1"),
            "my.toml:3: calibration: expected a table, [calibration], got an integer");
}

TEST(CalibrationSpec, ScalesAreOfFittedOnes) {
  EXPECT_EQ(ErrorOf("", "scale = 2\n"),
            "my.toml:8: labels[1].scale: only a task with [calibration] kind = \"fitted\" has one");
  const std::string fitted = Table("kind = \"fitted\"\nmodel = \"" + kFingerprint + "\"");
  for (const char* scale : {"0", "-1", "nan", "inf"}) {
    EXPECT_NE(ErrorOf(fitted, std::string("scale = ") + scale + "\n").find("labels[1].scale: "),
              std::string::npos)
        << scale;
  }
}

TEST(CalibrationSpec, OtherModesHaveNone) {
  const auto generate = ParseTask(
      "name = \"t\"\nmode = \"generate\"\n[[labels]]\nname = \"a\"\n[neutral]\nlabel = \"n\"\n"
      "[calibration]\nkind = \"none\"\n",
      "my.toml");
  ASSERT_FALSE(generate);
  EXPECT_EQ(generate.error().message, "my.toml:7: calibration: a task of mode generate has none");
  const auto chat =
      ParseTask("name = \"t\"\nmode = \"chat\"\n[calibration]\nkind = \"none\"\n", "");
  EXPECT_FALSE(chat);
}

}  // namespace
}  // namespace yixin
