// Rows dealt into folds for cross-validation (Stone 1974): every label spread evenly, rows of one
// text together, the same deal in every run. Tested by: folds_test.cc
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace yixin {

// In: classes, groups [rows]: rows of a group have one class and stand side by side; the order of
// the groups is the deal's, so it must be by lot (LotOf). folds >= 2.
// Out: [rows], a fold in [0, folds) each. A label with as many groups as folds is in every fold.
std::vector<int> StratifiedFolds(std::span<const int> classes, std::span<const size_t> groups,
                                 int folds);

// At most five, and no more than the rarest label has texts; two at least.
int FoldCount(std::span<const int> classes, std::span<const size_t> groups);

// The first `count` of `rows`, or a few more, with every label's share as in all of them: what a
// smaller file would have had. In: rows by lot. Out: ascending places in `rows`; whole groups.
std::vector<size_t> StratifiedSample(std::span<const size_t> rows, std::span<const int> classes,
                                     std::span<const size_t> groups, size_t count);

}  // namespace yixin
