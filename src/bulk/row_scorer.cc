// Tested by: row_scorer_test.cc
#include "bulk/row_scorer.h"

#include <algorithm>
#include <utility>

namespace yixin {
namespace {

constexpr size_t kSamples = 5;
constexpr size_t kSampleBytes = 240;  // a line on any terminal
constexpr size_t kIdBytes = 80;       // of an id in a message
constexpr size_t kSurest = 10;        // what a person reads first

bool IsFailed(const std::vector<TaskOutcome>& outcome) {
  return std::any_of(outcome.begin(), outcome.end(),
                     [](const TaskOutcome& task) { return task.label.empty(); });
}

const TaskOutcome& FirstFailure(const std::vector<TaskOutcome>& outcome) {
  return *std::find_if(outcome.begin(), outcome.end(),
                       [](const TaskOutcome& task) { return task.label.empty(); });
}

// "line 7: words" -> "words": where the row stands is said once.
std::string_view WithoutLine(const TableRow& row) {
  const std::string begin = "line " + std::to_string(row.position.line) + ": ";
  std::string_view message(row.message);
  if (message.starts_with(begin)) message.remove_prefix(begin.size());
  return message;
}

std::string Beginning(const std::string& text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes) + "…";
}

}  // namespace

RowScorer::RowScorer(ClassifyTexts classify, RowScorerOptions options)
    : classify_(std::move(classify)),
      options_(std::move(options)),
      memory_(options_.remembered_texts, options_.remembered_bytes) {
  options_.counts.labels.resize(options_.tasks.size());
  options_.tasks.front().is_compared = options_.rating.has_value();
}

std::vector<FieldPath> RowScorer::fields() const {
  std::vector<FieldPath> paths;
  for (const BulkTask& task : options_.tasks) AppendFieldPaths(task, paths);
  return paths;
}

std::string RowScorer::PlaceOf(const TableRow& row) const {
  std::string place = "line " + std::to_string(row.position.line);
  if (options_.id_column && *options_.id_column < row.cells.size()) {
    place += " (" + Beginning(row.cells[*options_.id_column], kIdBytes) + ")";
  }
  return place + ": ";
}

RowScorer::Entry RowScorer::Look(const TableRow& row, std::vector<std::string>& texts) {
  const auto failed = [&](std::string_view code, std::string_view message) {
    const Outcome outcome(options_.tasks.size(), FailedOutcome(code, message));
    return Entry{std::make_shared<const Outcome>(outcome), 0, false};
  };
  if (row.fault != RowFault::kNone) return failed(RowFaultName(row.fault), WithoutLine(row));
  for (const std::string& key : row.other_keys) {
    const auto is_key = [&](const BulkTask& task) { return task.name == key; };
    if (std::any_of(options_.tasks.begin(), options_.tasks.end(), is_key)) {
      return failed("duplicate_key",
                    "the row has a field " + key + " already, where the results stand; rename it");
    }
  }
  switch (row.kinds[options_.text_column]) {
    case CellKind::kAbsent:
      return failed("invalid_text", "the row does not have the text's field");
    case CellKind::kNull:
      return failed("invalid_text", "the text is null");
    case CellKind::kNested:
      return failed("invalid_text", "a list or an object stands where a text is expected");
    case CellKind::kText:
    case CellKind::kScalar:
      break;
  }
  const std::string& text = row.cells[options_.text_column];
  if (const auto* known = memory_.Find(text)) return {*known, 0, true};
  const auto [found, is_new] = batch_texts_.try_emplace(text, texts.size());
  if (is_new) texts.push_back(text);
  return {nullptr, found->second, !is_new};
}

Status RowScorer::Compute(const std::vector<std::string>& texts,
                          std::vector<std::shared_ptr<const Outcome>>& outcomes) {
  if (texts.empty()) return {};
  YIXIN_TRY(const auto results, classify_(texts));
  std::vector<Outcome> computed(texts.size());
  for (size_t task = 0; task < options_.tasks.size(); ++task) {
    const size_t got = task < results.size() ? results[task].size() : 0;
    if (got != texts.size()) {
      return Error{ErrorCode::kInternal,
                   std::to_string(got) + " results for " + std::to_string(texts.size()) + " texts",
                   options_.tasks[task].name};
    }
    for (size_t i = 0; i < texts.size(); ++i) {
      computed[i].push_back(OutcomeOf(options_.tasks[task], results[task][i]));
    }
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    outcomes.push_back(std::make_shared<const Outcome>(std::move(computed[i])));
    memory_.Remember(texts[i], outcomes.back());
  }
  return {};
}

void RowScorer::Count(const Entry& entry) {
  BulkCounts& counts = options_.counts;
  ++counts.rows;
  counts.reused += entry.is_reused ? 1 : 0;
  for (size_t task = 0; task < entry.outcome->size(); ++task) {
    const std::string& label = (*entry.outcome)[task].label;
    if (!label.empty()) ++counts.labels[task][label];
  }
  if (!IsFailed(*entry.outcome)) return;
  ++counts.failed;
  ++counts.failures[FirstFailure(*entry.outcome).error];
}

std::optional<bool> RowScorer::Compare(const TableRow& row, const TaskOutcome& outcome) {
  if (!options_.rating || outcome.label.empty()) return std::nullopt;
  ComparedCounts& counts = options_.counts.compared;
  const std::string& rating = row.cells[options_.rating_column];
  const std::optional<bool> agrees = options_.rating->Agrees(rating, outcome.label);
  ++(!agrees ? counts.silent : *agrees ? counts.agreeing : counts.disagreeing);
  if (agrees != false) return agrees;
  // Among equal margins the first rows stay.
  const auto place =
      std::find_if(counts.surest.begin(), counts.surest.end(),
                   [&](const Disagreement& other) { return other.margin < outcome.margin; });
  if (place == counts.surest.end() && counts.surest.size() >= kSurest) return agrees;
  counts.surest.insert(
      place, {row.position.line, Beginning(rating, kIdBytes), outcome.label, outcome.margin,
              Beginning(row.cells[options_.text_column], kSampleBytes)});
  if (counts.surest.size() > kSurest) counts.surest.pop_back();
  return agrees;
}

void RowScorer::TakeSample(const TableRow& row, const Outcome& outcome) {
  if (samples_.size() == kSamples || outcome[0].label.empty()) return;
  samples_.push_back({row.position.line, Beginning(row.cells[options_.text_column], kSampleBytes),
                      outcome[0].label});
}

void RowScorer::Score(BulkBatch& batch) {
  const auto end_at = [&](size_t row, Error failure) {
    batch.after = batch.rows[row].position;
    batch.rows.resize(row);
    batch.failure = std::move(failure);
    batch.is_last = true;
  };
  std::vector<std::string> texts;
  std::vector<Entry> entries;
  batch_texts_.clear();
  for (const TableRow& row : batch.rows) entries.push_back(Look(row, texts));
  std::vector<std::shared_ptr<const Outcome>> outcomes;
  if (Status computed = Compute(texts, outcomes); !computed) {
    end_at(0, std::move(computed).error());
  }
  for (size_t i = 0; i < batch.rows.size(); ++i) {
    Entry& entry = entries[i];
    if (!entry.outcome) entry.outcome = outcomes[entry.computed];
    const std::string place = PlaceOf(batch.rows[i]);
    if (options_.fail_fast && IsFailed(*entry.outcome)) {
      const TaskOutcome& failure = FirstFailure(*entry.outcome);
      end_at(i, {ErrorCode::kInvalidFile, place + failure.message, failure.error});
      break;
    }
    std::vector<FieldValue>& values = batch.values.emplace_back();
    const std::optional<bool> agrees = Compare(batch.rows[i], entry.outcome->front());
    for (size_t task = 0; task < options_.tasks.size(); ++task) {
      AppendFieldValues(options_.tasks[task], (*entry.outcome)[task], place,
                        task == 0 ? agrees : std::nullopt, values);
    }
    Count(entry);
    TakeSample(batch.rows[i], *entry.outcome);
  }
  batch.counts = options_.counts;
}

}  // namespace yixin
