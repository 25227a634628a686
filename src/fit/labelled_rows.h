// The rows that a task is taught with, checked: every text with one label, every label with enough
// rows. What cannot be used is left out by a rule that is said, or is an error; nothing is guessed.
// Tested by: labelled_rows_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "yixin/result.h"

namespace yixin {

struct LabelledRow {
  std::string text;
  std::string label;
  uint64_t line = 0;  // in its file
};

// Rows of one text with different labels, which are all left out: which one is right, nobody knows.
struct Contradiction {
  std::vector<uint64_t> lines;
  std::vector<std::string> labels;  // each once
};

struct LabelledSet {
  std::vector<std::string> labels;  // classes, those of `known` first, in its order
  std::vector<std::string> texts;   // [rows]
  std::vector<int> classes;         // [rows], index in labels
  std::vector<size_t> groups;       // [rows]; rows with the same text are of one group
  std::vector<uint64_t> lines;      // [rows]
  std::vector<size_t> counts;       // [labels]: rows
  std::vector<Contradiction> contradictions;
  size_t repeated = 0;    // rows whose text was there before, with the same label
  size_t unlabelled = 0;  // rows without a label or without a text, left out
  size_t beyond = 0;      // rows behind the most that are used, left out

  size_t size() const { return texts.size(); }
};

struct RowRules {
  size_t most_rows = 10'000;  // more are a matter for another tool, and for its memory
  size_t most_labels = 100;
};

// In: `known`, labels whose order is to be kept. White space around texts and labels does not
// count. Of more rows than most_rows those are used whose texts' hashes are lowest: the same ones
// in whatever order the file is. Errors: kInvalidFile for no rows, one label alone, a label with a
// single text, too many labels; they say which, and in which lines.
Result<LabelledSet> CheckRows(std::span<const LabelledRow> rows, std::span<const std::string> known,
                              const RowRules& rules);

// A number for a text that does not depend on its place; sorts texts as by lot.
uint64_t LotOf(std::string_view text);

}  // namespace yixin
