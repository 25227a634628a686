// Which hidden states a head reads, and how strong its penalty is: by cross-validation, which says
// at the same time how good such a head is on texts that it has not seen.
//
// The honest number: the rows of a fold are judged by the choice that the other folds' losses make,
// by a model that was fitted without them, with a calibration fitted without them.
// Tested by: head_search_test.cc
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "fit/label_scores.h"
#include "fit/labelled_rows.h"
#include "fit/logistic.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

// Hidden states at the last position of the prompt.
struct StateTable {
  std::vector<int> layers;  // after which blocks
  size_t hidden = 0;
  std::vector<float> values;  // [rows, layers, hidden]
};

// Some layers between the middle of a model and its end, where what it makes of a text is; 1 to
// `layers`, ascending.
std::vector<int> CandidateLayers(int layers);

struct SearchOptions {
  // liblinear's C, ascending; tried until the losses rise. The best for reviews are 1e-3 to 1e-2,
  // labels that are easy to tell apart take more.
  std::vector<double> strengths = {1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1};
  std::vector<size_t> curve = {50, 100, 200, 500, 1000, 2000, 5000};  // rows to learn from
  std::function<void(double share)> progress;                         // may be empty
  const StopFlag* stop = nullptr;
};

struct CurvePoint {
  size_t rows = 0;  // that were learned from, on average over the folds
  size_t right = 0;
  size_t judged = 0;
  double accuracy() const {
    return judged == 0 ? 0 : static_cast<double>(right) / static_cast<double>(judged);
  }
};

struct HeadFit {
  std::vector<int> layers;
  double strength = 0;
  int folds = 0;
  double seconds = 0;
  LinearModel model;      // of all rows; for states as they are, calibrated
  std::vector<int> best;  // [rows]: the label that cross-validation chose
  Quality quality;        // cross-validated
  std::vector<CurvePoint> curve;
};

// In: states of set's rows. Errors: kCancelled, kInternal. Cost: about a hundred fits; 10 seconds
// for 1,000 rows of two labels at a width of 896.
Result<HeadFit> SearchHead(const StateTable& states, const LabelledSet& set,
                           const SearchOptions& options);

}  // namespace yixin
