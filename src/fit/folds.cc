// Tested by: folds_test.cc
#include "fit/folds.h"

#include <algorithm>
#include <map>

namespace yixin {
namespace {

constexpr int kMostFolds = 5;  // four fifths of the rows to learn from, at five times the cost

}  // namespace

std::vector<int> StratifiedFolds(std::span<const int> classes, std::span<const size_t> groups,
                                 int folds) {
  std::vector<int> deal(classes.size());
  std::map<int, int> next;  // of a class
  int start = 0;            // classes begin in different folds, so that all have about as many rows
  for (size_t row = 0; row < classes.size(); ++row) {
    if (row > 0 && groups[row] == groups[row - 1]) {
      deal[row] = deal[row - 1];
      continue;
    }
    const auto [entry, is_new] = next.emplace(classes[row], start);
    if (is_new) start = (start + 1) % folds;
    deal[row] = entry->second;
    entry->second = (entry->second + 1) % folds;
  }
  return deal;
}

int FoldCount(std::span<const int> classes, std::span<const size_t> groups) {
  std::map<int, int> texts;
  for (size_t row = 0; row < classes.size(); ++row) {
    if (row == 0 || groups[row] != groups[row - 1]) ++texts[classes[row]];
  }
  int rarest = kMostFolds;
  for (const auto& [label, count] : texts) rarest = std::min(rarest, count);
  return std::max(rarest, 2);
}

std::vector<size_t> StratifiedSample(std::span<const size_t> rows, std::span<const int> classes,
                                     std::span<const size_t> groups, size_t count) {
  std::map<int, size_t> totals;
  for (const size_t row : rows) ++totals[classes[row]];
  std::map<int, size_t> taken;
  std::vector<size_t> sample;
  for (size_t i = 0; i < rows.size(); ++i) {
    const int label = classes[rows[i]];
    const bool is_of_last = i > 0 && !sample.empty() && sample.back() == rows[i - 1] &&
                            groups[rows[i]] == groups[rows[i - 1]];
    // Rounded up: every label has a row at least.
    const size_t share = (totals[label] * count + rows.size() - 1) / rows.size();
    if (taken[label] >= share && !is_of_last) continue;
    ++taken[label];
    sample.push_back(rows[i]);
  }
  return sample;
}

}  // namespace yixin
