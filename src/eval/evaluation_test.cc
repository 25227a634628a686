#include "eval/evaluation.h"

#include <gtest/gtest.h>

#include <limits>

namespace yixin {
namespace {

Classification Answer(std::string label, std::vector<std::pair<std::string, double>> probs) {
  Classification answer;
  answer.label = std::move(label);
  answer.probs = std::move(probs);
  return answer;
}

using Answers = std::vector<Result<Classification>>;

// A text that begins with "bad" fails; else it is 正面 with 0.75.
Result<Answers> Cheerful(std::span<const std::string> texts, size_t) {
  Answers answers;
  for (const std::string& text : texts) {
    if (text.starts_with("bad")) {
      answers.emplace_back(Error{ErrorCode::kInvalidText, "no", ""});
    } else {
      answers.emplace_back(Answer("正面", {{"正面", 0.75}, {"负面", 0.25}}));
    }
  }
  return answers;
}

const std::vector<LabelledText> kTexts = {
    {"a", "1", "", 2}, {"b", "0", "", 3}, {"bad", "1", "", 4}, {"c", "?", "", 5}};

EvaluationOptions Options() {
  EvaluationOptions options;
  options.setting_labels = {{"正面", "负面"}};
  options.label_names = {{"1", "正面"}, {"0", "负面"}};
  options.batch_rows = 2;
  return options;
}

TEST(Evaluation, JudgesRowsAndKeepsFailures) {
  const auto got = Evaluate(kTexts, Cheerful, Options());
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->rows, (std::vector<size_t>{0, 1, 2}));
  EXPECT_EQ(got->unknown_labels, (std::map<std::string, uint64_t>{{"?", 1}}));
  const std::vector<JudgedRow>& rows = got->judged[0];
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_TRUE(rows[0].is_right());
  EXPECT_DOUBLE_EQ(*rows[0].truth_probability, 0.75);
  EXPECT_DOUBLE_EQ(*rows[0].squared_error, 0.125);
  EXPECT_FALSE(rows[1].is_right());
  EXPECT_DOUBLE_EQ(*rows[1].confidence, 0.75);
  EXPECT_DOUBLE_EQ(*rows[1].truth_probability, 0.25);
  EXPECT_FALSE(rows[2].is_right());
  EXPECT_FALSE(rows[2].confidence);
  ASSERT_EQ(got->failures[0].size(), 1u);
  EXPECT_EQ(got->failures[0][0].line, 4u);
}

TEST(Evaluation, NamesBothSidesWhenNoLabelFits) {
  EvaluationOptions options = Options();
  options.label_names.clear();
  const auto got = Evaluate(kTexts, Cheerful, options);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kInvalidArgument);
  for (const char* label : {"0, 1, ?", "正面, 负面", "--map"}) {
    EXPECT_NE(got.error().message.find(label), std::string::npos) << got.error().message;
  }
}

TEST(Evaluation, RefusesANameThatIsNoLabel) {
  EvaluationOptions options = Options();
  options.label_names["1"] = "好";
  EXPECT_FALSE(Evaluate(kTexts, Cheerful, options));
}

TEST(Evaluation, SettingsAreJudgedOnTheSameRows) {
  EvaluationOptions options = Options();
  options.setting_labels.push_back({"中性", "正面"});
  const auto got = Evaluate(kTexts, Cheerful, options);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->labels, (std::vector<std::string>{"正面", "负面", "中性"}));
  EXPECT_EQ(got->judged[0].size(), got->judged[1].size());
}

TEST(Evaluation, WithoutProbabilitiesNoneAreMadeUp) {
  const auto generate = [](std::span<const std::string> texts, size_t) -> Result<Answers> {
    return Answers(texts.size(), Answer("正面", {}));
  };
  const auto got = Evaluate(kTexts, generate, Options());
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->judged[0][0].is_right());
  EXPECT_FALSE(got->judged[0][0].confidence);
  EXPECT_FALSE(got->judged[0][0].truth_probability);
}

TEST(Evaluation, RefusesNaNAndStrangeAnswers) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Classification& answer :
       {Answer("正面", {{"正面", nan}}), Answer("别的", {}), Answer("正面", {{"正面", 1.5}})}) {
    const auto strange = [&](std::span<const std::string> texts, size_t) -> Result<Answers> {
      return Answers(texts.size(), answer);
    };
    const auto got = Evaluate(kTexts, strange, Options());
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, ErrorCode::kInternal);
  }
  const auto short_of_one = [](std::span<const std::string>, size_t) -> Result<Answers> {
    return Answers();
  };
  EXPECT_FALSE(Evaluate(kTexts, short_of_one, Options()));
}

TEST(Evaluation, StopsBetweenBatchesAndTellsHowFar) {
  StopFlag stop;
  EvaluationOptions options = Options();
  std::vector<uint64_t> seen;
  options.progress = [&](uint64_t done, uint64_t all) {
    EXPECT_EQ(all, 3u);
    seen.push_back(done);
  };
  ASSERT_TRUE(Evaluate(kTexts, Cheerful, options, &stop));
  EXPECT_EQ(seen, (std::vector<uint64_t>{2, 3}));
  options.progress = [&](uint64_t, uint64_t) { stop.Request(); };
  const auto got = Evaluate(kTexts, Cheerful, options, &stop);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kCancelled);
}

TEST(Evaluation, OfNoRowsIsEmpty) {
  const auto got = Evaluate({}, Cheerful, Options());
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->judged[0].empty());
}

TEST(ParseLabelName, WantsTwoSides) {
  const auto got = ParseLabelName("1=正面");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->first, "1");
  EXPECT_EQ(got->second, "正面");
  for (const char* bad : {"", "=", "1", "1=", "=正面"}) EXPECT_FALSE(ParseLabelName(bad)) << bad;
}

}  // namespace
}  // namespace yixin
