// The middle of a run: labels for a batch of rows. Bad rows get an error code, and a text that came
// up before is not computed again.
// Tested by: row_scorer_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "bulk/bulk_batch.h"
#include "bulk/rating.h"
#include "bulk/result_fields.h"
#include "bulk/text_memory.h"
#include "yixin/result.h"
#include "yixin/task.h"

namespace yixin {

// The engine as a run sees it: [tasks][texts], a result of each task for each text. An error ends
// the run.
using ClassifyTexts = std::function<Result<std::vector<std::vector<Result<Classification>>>>(
    std::span<const std::string>)>;

struct RowScorerOptions {
  std::vector<BulkTask> tasks;
  size_t text_column = 0;
  std::optional<size_t> id_column;   // named in messages
  bool fail_fast = false;            // the first bad row ends the run
  std::optional<RatingRule> rating;  // of the first task's labels
  size_t rating_column = 0;
  BulkCounts counts;  // of earlier runs
  // Two generations of so many texts, of so many bytes together: 40 MB with their results.
  size_t remembered_texts = 16384;
  size_t remembered_bytes = size_t{8} << 20;
};

// A row with its label, to be shown to a person.
struct ScoredSample {
  uint64_t line = 0;
  std::string text;   // its beginning
  std::string label;  // of the first task
};

// Threads: one.
class RowScorer {
 public:
  RowScorer(ClassifyTexts classify, RowScorerOptions options);

  std::vector<FieldPath> fields() const;
  const BulkCounts& counts() const { return options_.counts; }
  const std::vector<ScoredSample>& samples() const { return samples_; }  // the first five

  // Fills values and counts. What ends the run becomes the batch's failure, and the rows that it
  // concerns leave the batch: `after` is then the first of them.
  void Score(BulkBatch& batch);

 private:
  using Outcome = std::vector<TaskOutcome>;  // [tasks]
  // What stands for a row's text: one text, or why there is none.
  struct Entry {
    std::shared_ptr<const Outcome> outcome;
    size_t computed = 0;  // index of its text, where `outcome` is not known yet
    bool is_reused = false;
  };

  Entry Look(const TableRow& row, std::vector<std::string>& texts);
  Status Compute(const std::vector<std::string>& texts,
                 std::vector<std::shared_ptr<const Outcome>>& outcomes);
  void Count(const Entry& entry);
  // With the first task's label. Nothing where there is no rating, or no label.
  std::optional<bool> Compare(const TableRow& row, const TaskOutcome& outcome);
  void TakeSample(const TableRow& row, const Outcome& outcome);
  std::string PlaceOf(const TableRow& row) const;

  ClassifyTexts classify_;
  RowScorerOptions options_;
  TextMemory<std::shared_ptr<const Outcome>> memory_;
  std::unordered_map<std::string, size_t> batch_texts_;  // text -> index, of the present batch
  std::vector<ScoredSample> samples_;
};

}  // namespace yixin
