// Scores made into probabilities that hold: one scale for all labels and an offset for each, fitted
// by maximum likelihood with a pull towards doing nothing. Of one scale alone it is temperature
// scaling (Guo et al. 2017); with offsets, bias-corrected temperature scaling (Alexandari et al.
// 2020, arXiv 1901.06852). Tested by: affine_test.cc
#pragma once

#include <span>
#include <vector>

#include "fit/label_scores.h"

namespace yixin {

// score' = scale * score + offsets[label].
struct AffineCorrection {
  double scale = 1;
  std::vector<double> offsets;  // [labels]
};

// In: scores [some of rows], classes [scores.rows()]. pull: how many rows' worth of belief there is
// that scale is 1 and the offsets are 0; with few rows it keeps the correction small.
// The problem is convex; Newton's method with a line search. The scale is never below 0.01: labels
// are not turned round.
AffineCorrection FitAffine(const LabelScores& scores, std::span<const int> classes, double pull);

// The scale alone, between 0.01 and 100: where scores tell the labels apart without an error,
// larger is better without end. By halving, for the loss is convex in it. Cost: some 40 looks at
// the rows.
double FitScale(const LabelScores& scores, std::span<const int> classes);

LabelScores Apply(const AffineCorrection& correction, const LabelScores& scores);

}  // namespace yixin
