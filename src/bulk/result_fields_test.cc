#include "bulk/result_fields.h"

#include <gtest/gtest.h>

#include "table/field_text.h"

namespace yixin {
namespace {

const BulkTask kMood = {"sentiment.zh", {"正面", "负面"}};
const BulkTask kWritten = {"article", {}};

std::vector<std::string> Names(const BulkTask& task) {
  std::vector<FieldPath> paths;
  AppendFieldPaths(task, paths);
  std::vector<std::string> names;
  for (const FieldPath& path : paths) names.push_back(JoinPath(path));
  return names;
}

std::vector<std::string> Texts(const BulkTask& task, const TaskOutcome& outcome,
                               std::optional<bool> agrees = std::nullopt) {
  std::vector<FieldValue> values;
  AppendFieldValues(task, outcome, "line 7: ", agrees, values);
  std::vector<std::string> texts;
  for (const FieldValue& value : values) texts.push_back(FieldText(value));
  return texts;
}

using Strings = std::vector<std::string>;

TEST(ResultFields, Names) {
  EXPECT_EQ(Names(kMood),
            (Strings{"sentiment.zh.label", "sentiment.zh.probs.正面", "sentiment.zh.probs.负面",
                     "sentiment.zh.margin", "sentiment.zh.label_mass", "sentiment.zh.error",
                     "sentiment.zh.message"}));
  EXPECT_EQ(Names(kWritten), (Strings{"article.label", "article.error", "article.message"}));
}

TEST(ResultFields, ALabelOrAnError) {
  Classification mood;
  mood.label = "正面";
  mood.probs = {{"负面", 0.25}, {"正面", 0.75}};  // by name, not by place
  mood.margin = 0.5;
  mood.label_mass = 0.123456789;
  mood.elapsed_ms = 17;
  EXPECT_EQ(Texts(kMood, OutcomeOf(kMood, mood)),
            (Strings{"正面", "0.750000", "0.250000", "0.500000", "0.123457", "", ""}));
  const Result<Classification> bad = Error{ErrorCode::kInvalidText, "empty input", "text"};
  EXPECT_EQ(Texts(kMood, OutcomeOf(kMood, bad)),
            (Strings{"", "", "", "", "", "invalid_text", "line 7: empty input"}));
  EXPECT_EQ(Texts(kWritten, FailedOutcome("open_quote", "x")),
            (Strings{"", "open_quote", "line 7: x"}));
}

TEST(ResultFields, ALabelWithoutAProbability) {
  Classification mood;
  mood.label = "中性";
  mood.probs = {{"正面", 1}};
  EXPECT_EQ(Texts(kMood, OutcomeOf(kMood, mood))[2], "");
}

TEST(ResultFields, WhetherARatingAgrees) {
  const BulkTask task = {"article", {}, true};
  EXPECT_EQ(Names(task),
            (Strings{"article.label", "article.agrees", "article.error", "article.message"}));
  Classification mood;
  mood.label = "正面";
  EXPECT_EQ(Texts(task, OutcomeOf(task, mood), false)[1], "false");
  EXPECT_EQ(Texts(task, OutcomeOf(task, mood), true)[1], "true");
  EXPECT_EQ(Texts(task, OutcomeOf(task, mood))[1], "");
  EXPECT_EQ(Texts(task, FailedOutcome("a", "b"), true)[1], "");
}

TEST(ResultFields, AsManyValuesAsPaths) {
  for (const BulkTask& task : {kMood, kWritten, BulkTask{"mood", {"a"}, true}}) {
    EXPECT_EQ(Texts(task, OutcomeOf(task, Classification{})).size(), Names(task).size());
    EXPECT_EQ(Texts(task, FailedOutcome("a", "b")).size(), Names(task).size());
  }
}

}  // namespace
}  // namespace yixin
