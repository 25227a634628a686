// Tested by: head_search_test.cc
#include "fit/head_search.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include "fit/affine.h"
#include "fit/folds.h"

namespace yixin {
namespace {

// Rows' worth of belief that the scores of a head are probabilities already.
constexpr double kCalibrationPull = 1;
// Losses may rise by so much along the strengths before the rest is left out: they have one
// minimum.
constexpr double kPastMinimum = 1.01;

// Mean log losses this close are alike: a probability of 0.70 instead of 0.707 for the right label.
constexpr double kAsGood = 0.01;

// A choice of layers, by their places in StateTable::layers.
using Taps = std::vector<size_t>;

std::vector<Taps> CandidateTaps(size_t layers) {
  std::vector<Taps> candidates;
  for (size_t i = 0; i < layers; ++i) candidates.push_back({i});
  // Two neighbours together, at the place that is best in the models that were measured.
  if (layers >= 3) candidates.push_back({1, 2});
  return candidates;
}

LogisticRows RowsOf(const StateTable& states, size_t rows, const Taps& taps) {
  const size_t hidden = states.hidden;
  return LogisticRows(rows, taps.size() * hidden, [&](size_t row, std::span<double> out) {
    for (size_t i = 0; i < taps.size(); ++i) {
      const float* from = &states.values[(row * states.layers.size() + taps[i]) * hidden];
      std::copy_n(from, hidden, out.begin() + static_cast<std::ptrdiff_t>(i * hidden));
    }
  });
}

class Search {
 public:
  Search(const StateTable& states, const LabelledSet& set, const SearchOptions& options)
      : states_(states), set_(set), options_(options), labels_(set.labels.size()) {
    folds_ = FoldCount(set.classes, set.groups);
    deal_ = StratifiedFolds(set.classes, set.groups, folds_);
    learn_.resize(static_cast<size_t>(folds_));
    judge_.resize(static_cast<size_t>(folds_));
    for (size_t row = 0; row < set.size(); ++row) {
      for (int fold = 0; fold < folds_; ++fold) {
        (deal_[row] == fold ? judge_ : learn_)[static_cast<size_t>(fold)].push_back(row);
      }
    }
  }

  Result<HeadFit> Run() {
    const auto start = std::chrono::steady_clock::now();
    candidates_ = CandidateTaps(states_.layers.size());
    for (size_t i = 0; i < candidates_.size(); ++i) YIXIN_CHECK_OK(Try(i));
    HeadFit fit;
    fit.folds = folds_;
    Judge(fit);
    const Trial& chosen = trials_[Choose(std::nullopt)];
    for (const size_t tap : candidates_[chosen.candidate]) {
      fit.layers.push_back(states_.layers[tap]);
    }
    fit.strength = chosen.strength;
    const LogisticRows rows = RowsOf(states_, set_.size(), candidates_[chosen.candidate]);
    YIXIN_CHECK_OK(FitAll(rows, chosen, fit));
    YIXIN_CHECK_OK(DrawCurve(rows, fit));
    fit.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return fit;
  }

 private:
  // A choice of layers and strength, and what its models made of the rows that they had not seen.
  struct Trial {
    size_t candidate;
    double strength;
    LabelScores scores;          // [rows, labels]
    std::vector<double> losses;  // [rows]
  };

  Status Step() {
    if (options_.stop != nullptr && options_.stop->requested()) {
      return Error{ErrorCode::kCancelled, "stopped on request", ""};
    }
    ++steps_;
    const double all = static_cast<double>(candidates_.size() * options_.strengths.size() *
                                           static_cast<size_t>(folds_)) *
                       1.15;  // the last fits and the curve
    if (options_.progress) options_.progress(std::min(1.0, static_cast<double>(steps_) / all));
    return {};
  }

  // All strengths of one choice of layers, from the strongest penalty on.
  Status Try(size_t candidate) {
    const LogisticRows rows = RowsOf(states_, set_.size(), candidates_[candidate]);
    std::vector<LinearModel> models(static_cast<size_t>(folds_));
    double least = 0;
    for (size_t i = 0; i < options_.strengths.size(); ++i) {
      Trial trial{candidate, options_.strengths[i], {labels_, {}}, {}};
      trial.scores.values.resize(set_.size() * labels_);
      for (size_t fold = 0; fold < models.size(); ++fold) {
        YIXIN_CHECK_OK(Step());
        YIXIN_TRY(models[fold], rows.Fit(learn_[fold], set_.classes, labels_, trial.strength,
                                         i == 0 ? nullptr : &models[fold]));
        const LabelScores scores = rows.Score(models[fold], judge_[fold]);
        for (size_t j = 0; j < judge_[fold].size(); ++j) {
          std::ranges::copy(scores.row(j), trial.scores.row(judge_[fold][j]).begin());
        }
      }
      // As they are when calibrated: a strong penalty makes all scores small, which is no fault.
      LabelScores scaled = trial.scores;
      const double scale = FitScale(scaled, set_.classes);
      for (double& value : scaled.values) value *= scale;
      trial.losses = LogLosses(scaled, set_.classes);
      const double loss = std::reduce(trial.losses.begin(), trial.losses.end());
      trials_.push_back(std::move(trial));
      least = i == 0 ? loss : std::min(least, loss);
      if (loss > kPastMinimum * least) break;
    }
    return {};
  }

  // Of the trials that are as good as the best, those that need the fewest blocks, for they are the
  // fastest; of these the ones with the fewest weights; of these the best. Without a fold's rows.
  size_t Choose(std::optional<int> without) const {
    std::vector<double> means(trials_.size());
    for (size_t t = 0; t < trials_.size(); ++t) {
      size_t rows = 0;
      for (size_t row = 0; row < set_.size(); ++row) {
        if (deal_[row] == without) continue;
        means[t] += trials_[t].losses[row];
        ++rows;
      }
      means[t] /= static_cast<double>(rows);
    }
    const auto rank = [&](size_t t) {
      const Trial& trial = trials_[t];
      const Taps& taps = candidates_[trial.candidate];
      return std::tuple(states_.layers[taps.back()], taps.size(), means[t]);
    };
    const auto best =
        static_cast<size_t>(std::min_element(means.begin(), means.end()) - means.begin());
    size_t chosen = best;
    for (size_t t = 0; t < trials_.size(); ++t) {
      if (means[t] <= means[best] + kAsGood && rank(t) < rank(chosen)) chosen = t;
    }
    return chosen;
  }

  static LabelScores Pick(const LabelScores& scores, std::span<const size_t> rows) {
    LabelScores picked{scores.labels, {}};
    for (const size_t row : rows) {
      const auto values = scores.row(row);
      picked.values.insert(picked.values.end(), values.begin(), values.end());
    }
    return picked;
  }
  std::vector<int> ClassesOf(std::span<const size_t> rows) const {
    std::vector<int> classes;
    for (const size_t row : rows) classes.push_back(set_.classes[row]);
    return classes;
  }

  void Judge(HeadFit& fit) const {
    LabelScores judged{labels_, std::vector<double>(set_.size() * labels_)};
    for (int fold = 0; fold < folds_; ++fold) {
      const auto& learned = learn_[static_cast<size_t>(fold)];
      const auto& rows = judge_[static_cast<size_t>(fold)];
      const LabelScores& scores = trials_[Choose(fold)].scores;
      const AffineCorrection calibration =
          FitAffine(Pick(scores, learned), ClassesOf(learned), kCalibrationPull);
      const LabelScores calibrated = Apply(calibration, Pick(scores, rows));
      for (size_t i = 0; i < rows.size(); ++i) {
        std::ranges::copy(calibrated.row(i), judged.row(rows[i]).begin());
      }
    }
    for (size_t row = 0; row < set_.size(); ++row) fit.best.push_back(Best(judged.row(row)));
    fit.quality = yixin::Judge(judged, set_.classes);
  }

  Status FitAll(const LogisticRows& rows, const Trial& chosen, HeadFit& fit) {
    std::vector<size_t> all(set_.size());
    std::iota(all.begin(), all.end(), size_t{0});
    YIXIN_CHECK_OK(Step());
    YIXIN_TRY(const LinearModel scaled,
              rows.Fit(all, set_.classes, labels_, chosen.strength, nullptr));
    fit.model = rows.Unscaled(scaled);
    const AffineCorrection calibration = FitAffine(chosen.scores, set_.classes, kCalibrationPull);
    for (double& weight : fit.model.weights) weight *= calibration.scale;
    for (size_t label = 0; label < labels_; ++label) {
      double& bias = fit.model.biases[label];
      bias = calibration.scale * bias + calibration.offsets[label];
    }
    return {};
  }

  Status DrawCurve(const LogisticRows& rows, HeadFit& fit) {
    for (const size_t count : options_.curve) {
      CurvePoint point;
      for (size_t fold = 0; fold < learn_.size(); ++fold) {
        if (count >= learn_[fold].size()) return {};
        const auto sample = StratifiedSample(learn_[fold], set_.classes, set_.groups, count);
        YIXIN_CHECK_OK(Step());
        YIXIN_TRY(const LinearModel model,
                  rows.Fit(sample, set_.classes, labels_, fit.strength, nullptr));
        const LabelScores scores = rows.Score(model, judge_[fold]);
        for (size_t i = 0; i < judge_[fold].size(); ++i) {
          point.right += Best(scores.row(i)) == set_.classes[judge_[fold][i]] ? 1 : 0;
        }
        point.judged += judge_[fold].size();
        point.rows += sample.size();
      }
      point.rows /= learn_.size();
      fit.curve.push_back(point);
    }
    return {};
  }

  const StateTable& states_;
  const LabelledSet& set_;
  const SearchOptions& options_;
  size_t labels_;
  int folds_ = 0;
  std::vector<int> deal_;                   // [rows]
  std::vector<std::vector<size_t>> learn_;  // of each fold: the rows of the others
  std::vector<std::vector<size_t>> judge_;  // its own
  std::vector<Taps> candidates_;
  std::vector<Trial> trials_;
  size_t steps_ = 0;
};

}  // namespace

std::vector<int> CandidateLayers(int layers) {
  std::vector<int> chosen;
  for (const int twelfths : {6, 7, 8, 9, 10, 12}) {
    const int layer = std::max(1, (layers * twelfths + 6) / 12);
    if (chosen.empty() || layer > chosen.back()) chosen.push_back(layer);
  }
  return chosen;
}

Result<HeadFit> SearchHead(const StateTable& states, const LabelledSet& set,
                           const SearchOptions& options) {
  return Search(states, set, options).Run();
}

}  // namespace yixin
