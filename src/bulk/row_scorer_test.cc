#include "bulk/row_scorer.h"

#include <gtest/gtest.h>

#include "bulk/fake_classifier_test.h"
#include "bulk/table_in_memory_test.h"
#include "table/field_text.h"

namespace yixin {
namespace {

BulkBatch BatchOf(const std::string& text, TableFormat format = TableFormat::kJsonLines) {
  TableOptions options;
  options.format = format;
  options.json_columns = {"text"};
  RowReader reader = OpenTable(text, options);
  BulkBatch batch;
  batch.rows = AllRows(reader);
  batch.after = reader.position();
  return batch;
}

class RowScorerTest : public testing::Test {
 protected:
  RowScorer Scorer(RowScorerOptions options = {}) {
    if (options.tasks.empty()) options.tasks = {kParity};
    classifier_.tasks = options.tasks.size();
    return {[this](std::span<const std::string> texts) { return classifier_(texts); }, options};
  }
  // Label or error code of each row.
  static std::vector<std::string> Outcomes(const BulkBatch& batch) {
    std::vector<std::string> words;
    for (const auto& values : batch.values) {
      words.push_back(FieldText(values[0]) + FieldText(values[5]));
    }
    return words;
  }

  FakeClassifier classifier_;
};

using Strings = std::vector<std::string>;

TEST_F(RowScorerTest, EveryRowHasALabelOrACode) {
  RowScorer scorer = Scorer();
  BulkBatch batch = BatchOf(
      "{\"text\":\"a\"}\n"
      "{nonsense\n"
      "{\"text\":\"\"}\n"
      "{\"text\":null}\n"
      "{\"other\":1}\n"
      "{\"text\":[1]}\n"
      "{\"text\":666}\n"
      "{\"text\":\"b\",\"text\":\"c\"}\n");
  scorer.Score(batch);
  EXPECT_EQ(Outcomes(batch), (Strings{"odd", "not_json", "invalid_text", "invalid_text",
                                      "invalid_text", "invalid_text", "even", "duplicate_key"}));
  EXPECT_EQ(classifier_.asked, (Strings{"a", "", "666"}));
  EXPECT_EQ(batch.counts.rows, 8u);
  EXPECT_EQ(batch.counts.failed, 6u);
  EXPECT_EQ(batch.counts.failures.at("invalid_text"), 4u);
  EXPECT_EQ(batch.counts.labels[0].at("odd"), 1u);
  EXPECT_FALSE(batch.failure);
  // The line is said once.
  EXPECT_TRUE(FieldText(batch.values[1][6]).starts_with("line 2: "));
  EXPECT_EQ(FieldText(batch.values[1][6]).find("line 2", 3), std::string::npos);
}

TEST_F(RowScorerTest, TheSameTextIsComputedOnce) {
  RowScorer scorer = Scorer();
  BulkBatch first = BatchOf("a\nb\na\n", TableFormat::kPlainLines);
  scorer.Score(first);
  BulkBatch second = BatchOf("b\nc\nc\n", TableFormat::kPlainLines);
  scorer.Score(second);
  EXPECT_EQ(classifier_.asked, (Strings{"a", "b", "c"}));
  EXPECT_EQ(first.values[0], first.values[2]);
  EXPECT_EQ(first.values[1], second.values[0]);
  EXPECT_EQ(second.counts.rows, 6u);
  EXPECT_EQ(second.counts.reused, 3u);
  EXPECT_EQ(second.counts.labels[0].at("odd"), 4u);
}

TEST_F(RowScorerTest, ATextThatIsNotRememberedIsComputedAgain) {
  RowScorer scorer = Scorer({.remembered_texts = 2, .remembered_bytes = 3 * 64});
  for (const std::string text : {"1\n2\n3\n4\n5\n", "1\n", "long\n", "long\n"}) {
    BulkBatch batch = BatchOf(text, TableFormat::kPlainLines);
    scorer.Score(batch);
    EXPECT_FALSE(batch.failure);
  }
  EXPECT_EQ(classifier_.asked, (Strings{"1", "2", "3", "4", "5", "1", "long", "long"}));
}

TEST_F(RowScorerTest, SeveralTasks) {
  RowScorer scorer = Scorer({.tasks = {kParity, {"other", {"even", "odd"}}}});
  BulkBatch batch = BatchOf("a\n\nb\n", TableFormat::kPlainLines);
  scorer.Score(batch);
  EXPECT_EQ(scorer.fields().size(), 14u);
  EXPECT_EQ(scorer.fields()[7], (FieldPath{"other", "label"}));
  ASSERT_EQ(batch.values[0].size(), 14u);
  EXPECT_EQ(FieldText(batch.values[0][7]), "odd");
  EXPECT_EQ(batch.counts.labels[1].at("odd"), 1u);
}

TEST_F(RowScorerTest, RatingsThatDisagreeAreCountedAndTheSurestKept) {
  const std::vector<std::string> labels = {"even", "odd"};
  const std::vector<std::string> first = {"even"};
  RowScorerOptions options;
  options.tasks = {kParity, {"other", {"even", "odd"}}};
  options.rating = *RatingRule::Find("r", labels, first, std::nullopt);
  options.rating_column = 1;
  RowScorer scorer = Scorer(options);
  std::string rows;
  for (int i = 0; i < 12; ++i) rows += "{\"text\":\"a\",\"r\":\"even\"}\n";  // odd: 0.6
  rows += "{\"text\":\"b\",\"r\":\"odd\"}\n";                                // even: 0.8
  rows += "{\"text\":\"b\",\"r\":\"even\"}\n{\"text\":\"b\",\"r\":4}\n";
  rows += "{\"text\":\"\",\"r\":\"odd\"}\n{\"text\":\"b\"}\n";
  BulkBatch batch = BatchOf(rows);
  scorer.Score(batch);
  const ComparedCounts& counts = batch.counts.compared;
  EXPECT_EQ(counts.disagreeing, 13u);
  EXPECT_EQ(counts.agreeing, 1u);
  EXPECT_EQ(counts.silent, 2u) << "a rating that says nothing, or none";
  ASSERT_EQ(counts.surest.size(), 10u);
  EXPECT_EQ(counts.surest[0], (Disagreement{13, "odd", "even", 0.8, "b"}));
  EXPECT_EQ(counts.surest[1].line, 1u);
  EXPECT_EQ(counts.surest[9].line, 9u);
  EXPECT_EQ(scorer.fields()[5], (FieldPath{"parity", "agrees"}));
  EXPECT_EQ(scorer.fields().size(), 15u) << "the first task's alone";
  EXPECT_EQ(FieldText(batch.values[0][5]), "false");
  EXPECT_EQ(FieldText(batch.values[13][5]), "true");
  EXPECT_EQ(FieldText(batch.values[14][5]), "");
}

TEST_F(RowScorerTest, FewerResultsThanTasksAreAnError) {
  RowScorer scorer = Scorer({.tasks = {kParity, {"other", {"even", "odd"}}}});
  classifier_.tasks = 1;
  BulkBatch batch = BatchOf("a\n", TableFormat::kPlainLines);
  scorer.Score(batch);
  ASSERT_TRUE(batch.failure);
  EXPECT_EQ(batch.failure->code, ErrorCode::kInternal);
}

TEST_F(RowScorerTest, AnErrorEndsTheRunInFrontOfItsBatch) {
  RowScorer scorer = Scorer();
  classifier_.fail_at = 1;
  BulkBatch first = BatchOf("a\nb\n", TableFormat::kPlainLines);
  scorer.Score(first);
  BulkBatch second = BatchOf("c\nd\n", TableFormat::kPlainLines);
  scorer.Score(second);
  ASSERT_TRUE(second.failure);
  EXPECT_EQ(second.failure->code, ErrorCode::kInternal);
  EXPECT_TRUE(second.rows.empty());
  EXPECT_TRUE(second.values.empty());
  EXPECT_EQ(second.after.row, 0u);
  EXPECT_EQ(second.counts, first.counts);
}

TEST_F(RowScorerTest, FailFast) {
  RowScorer scorer = Scorer({.id_column = 1, .fail_fast = true});
  BulkBatch batch = BatchOf(
      "{\"text\":\"a\",\"id\":\"x1\"}\n{\"text\":\"\",\"id\":\"x2\"}\n{\"text\":\"b\",\"id\":"
      "\"x3\"}\n");
  scorer.Score(batch);
  ASSERT_TRUE(batch.failure);
  EXPECT_EQ(batch.failure->message, "line 2 (x2): empty input");
  EXPECT_EQ(batch.rows.size(), 1u);
  EXPECT_EQ(batch.values.size(), 1u);
  EXPECT_EQ(batch.after.row, 1u);
  EXPECT_EQ(batch.counts.rows, 1u);
  EXPECT_EQ(batch.counts.failed, 0u);
}

TEST_F(RowScorerTest, ARowThatHasTheResultsNameAlready) {
  RowScorer scorer = Scorer();
  TableRow row;
  row.cells = {"a"};
  row.kinds = {CellKind::kText};
  row.other_keys = {"x", "parity"};
  BulkBatch batch;
  batch.rows.push_back(row);
  scorer.Score(batch);
  EXPECT_EQ(Outcomes(batch), Strings{"duplicate_key"});
}

TEST_F(RowScorerTest, Samples) {
  RowScorer scorer = Scorer();
  std::string text = "\n" + std::string(1000, 'x') + "\n";
  for (int i = 0; i < 10; ++i) text += std::string("t").append(std::to_string(i)) + "\n";
  BulkBatch batch = BatchOf(text, TableFormat::kPlainLines);
  scorer.Score(batch);
  ASSERT_EQ(scorer.samples().size(), 5u);
  EXPECT_LT(scorer.samples()[0].text.size(), 300u);
  EXPECT_EQ(scorer.samples()[1].text, "t0");
  EXPECT_EQ(scorer.samples()[1].label, "even");
}

TEST_F(RowScorerTest, GoesOnCounting) {
  BulkCounts earlier;
  earlier.rows = 10;
  earlier.labels = {{{"odd", 4}}};
  RowScorer scorer = Scorer({.counts = earlier});
  BulkBatch batch = BatchOf("a\n", TableFormat::kPlainLines);
  scorer.Score(batch);
  EXPECT_EQ(batch.counts.rows, 11u);
  EXPECT_EQ(batch.counts.labels[0].at("odd"), 5u);
}

}  // namespace
}  // namespace yixin
