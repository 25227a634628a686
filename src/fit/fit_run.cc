// Tested by: fit_run_test.cc
#include "fit/fit_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "fit/affine.h"
#include "fit/folds.h"

namespace yixin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kBatch = 64;  // texts at once: two of the engine's groups, progress twice a second
// Of few rows a correction is believed slowly.
constexpr double kCorrectionPull = 4;
constexpr double kLeastLog = -60;  // of a probability that has underflown

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <typename T>
void Keep(const std::vector<char>& kept, std::vector<T>& values) {
  size_t to = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (kept[i] == 0) continue;
    if (to != i) values[to] = std::move(values[i]);
    ++to;
  }
  values.resize(to);
}

class Fit {
 public:
  Fit(LabelledSet set, const FitModel& model, const FitOptions& options)
      : model_(model), options_(options) {
    result_.set = std::move(set);
  }

  Result<FitResult> Run() {
    auto start = Clock::now();
    const bool with_head = result_.set.size() >= options_.least_head_rows;
    states_.layers = with_head ? CandidateLayers(model_.layers) : std::vector{1};
    states_.hidden = static_cast<size_t>(model_.hidden);
    if (!with_head) YIXIN_CHECK_OK(CheckCorrectable());
    YIXIN_CHECK_OK(ReadAll());
    result_.read_seconds = SecondsSince(start);
    start = Clock::now();
    JudgeUntaught();
    YIXIN_CHECK_OK(with_head ? FitHead() : FitCorrection());
    result_.learn_seconds = SecondsSince(start);
    return std::move(result_);
  }

 private:
  // A label's place among the untaught task's scores.
  std::optional<size_t> ScoreOf(const std::string& label) const {
    const auto found = std::ranges::find(model_.scored, label);
    if (found == model_.scored.end()) return std::nullopt;
    return static_cast<size_t>(found - model_.scored.begin());
  }

  Status CheckCorrectable() const {
    const auto refuse = [&](const std::string& words) {
      return Error{ErrorCode::kInvalidFile,
                   "the data has " + std::to_string(result_.set.size()) + " usable rows; below " +
                       std::to_string(options_.least_head_rows) +
                       " only the labels' own scores are corrected, and " + words +
                       "; give more rows",
                   "DATA"};
    };
    for (const std::string& label : model_.scored) {
      if (std::ranges::find(result_.set.labels, label) == result_.set.labels.end()) {
        return refuse("there is none with the task's label " + label);
      }
    }
    for (const std::string& label : result_.set.labels) {
      if (!ScoreOf(label)) return refuse("the task gives no score to " + label);
    }
    return {};
  }

  Status ReadAll() {
    LabelledSet& set = result_.set;
    std::vector<char> kept(set.size(), 1);
    // Each text once.
    std::vector<std::string> texts;
    std::vector<size_t> firsts;
    for (size_t row = 0; row < set.size(); ++row) {
      if (row > 0 && set.groups[row] == set.groups[row - 1]) continue;
      texts.push_back(set.texts[row]);
      firsts.push_back(row);
    }
    for (size_t begin = 0; begin < texts.size(); begin += kBatch) {
      if (options_.progress) {
        options_.progress("reading",
                          static_cast<double>(begin) / static_cast<double>(texts.size()));
      }
      const auto some = std::span(texts).subspan(begin, std::min(kBatch, texts.size() - begin));
      YIXIN_TRY(auto read, model_.read(some, states_.layers));
      for (size_t i = 0; i < some.size(); ++i) {
        const size_t first = firsts[begin + i];
        const size_t end = begin + i + 1 < firsts.size() ? firsts[begin + i + 1] : set.size();
        for (size_t row = first; row < end; ++row) Take(read[i], row, kept);
      }
    }
    Drop(kept);
    return CheckWhatIsLeft();
  }

  void Take(const Result<HiddenStates>& read, size_t row, std::vector<char>& kept) {
    if (!read) {
      kept[row] = 0;
      if (++result_.failed == 1) {
        result_.first_failure =
            "line " + std::to_string(result_.set.lines[row]) + ": " + read.error().message;
      }
      return;
    }
    states_.values.insert(states_.values.end(), read->states.begin(), read->states.end());
    untaught_.push_back(read->untaught);
    scores_.push_back(read->scores);
  }

  void Drop(const std::vector<char>& kept) {
    LabelledSet& set = result_.set;
    for (size_t row = 0; row < kept.size(); ++row) {
      if (kept[row] == 0) --set.counts[static_cast<size_t>(set.classes[row])];
    }
    Keep(kept, set.texts);
    Keep(kept, set.classes);
    Keep(kept, set.groups);
    Keep(kept, set.lines);
  }

  Status CheckWhatIsLeft() const {
    const LabelledSet& set = result_.set;
    for (size_t label = 0; label < set.labels.size(); ++label) {
      if (set.counts[label] >= 2) continue;
      return Error{ErrorCode::kInvalidFile,
                   std::to_string(result_.failed) + " rows cannot be read (" +
                       result_.first_failure + "), and too few are left of the label " +
                       set.labels[label],
                   "DATA"};
    }
    return {};
  }

  void JudgeUntaught() {
    const LabelledSet& set = result_.set;
    if (untaught_.empty() || untaught_[0].label.empty()) return GuessTheCommonest();
    LabelScores scores;
    std::vector<int> classes;
    for (size_t row = 0; row < set.size(); ++row) {
      const Classification& said = untaught_[row];
      const std::string& truth = set.labels[static_cast<size_t>(set.classes[row])];
      const auto label = std::ranges::find(set.labels, said.label);
      untaught_best_.push_back(
          label == set.labels.end() ? -1 : static_cast<int>(label - set.labels.begin()));
      int place = -1;
      scores.labels = said.probs.size();
      for (size_t i = 0; i < said.probs.size(); ++i) {
        if (said.probs[i].first == truth) place = static_cast<int>(i);
        scores.values.push_back(said.probs[i].second > 0 ? std::log(said.probs[i].second)
                                                         : kLeastLog);
      }
      classes.push_back(place);
    }
    result_.untaught = Judge(scores, classes);
    // A margin rule chooses another label than the likeliest.
    size_t right = 0;
    for (size_t row = 0; row < set.size(); ++row) {
      right += untaught_best_[row] == set.classes[row] ? 1 : 0;
    }
    result_.untaught.right = right;
    result_.untaught.rows = set.size();
    result_.untaught.accuracy = static_cast<double>(right) / static_cast<double>(set.size());
    result_.untaught.interval = WilsonInterval(right, set.size());
  }

  void GuessTheCommonest() {
    const LabelledSet& set = result_.set;
    const auto most = std::ranges::max_element(set.counts);
    result_.untaught_is_commonest = true;
    untaught_best_.assign(set.size(), static_cast<int>(most - set.counts.begin()));
    result_.untaught.rows = set.size();
    result_.untaught.right = *most;
    result_.untaught.accuracy = static_cast<double>(*most) / static_cast<double>(set.size());
    result_.untaught.interval = WilsonInterval(*most, set.size());
  }

  Status FitHead() {
    SearchOptions search = options_.search;
    search.stop = options_.stop;
    if (options_.progress) {
      search.progress = [&](double share) { options_.progress("learning", share); };
    }
    YIXIN_TRY(HeadFit fit, SearchHead(states_, result_.set, search));
    result_.taught = fit.quality;
    result_.difference = CompareAccuracy(untaught_best_, fit.best, result_.set.classes);
    result_.folds = fit.folds;
    result_.curve = std::move(fit.curve);
    result_.strength = fit.strength;
    LinearHead& head = result_.head.emplace();
    head.labels = result_.set.labels;
    head.layers = fit.layers;
    for (const double weight : fit.model.weights)
      head.weights.push_back(static_cast<float>(weight));
    for (const double bias : fit.model.biases) head.biases.push_back(static_cast<float>(bias));
    return {};
  }

  Status FitCorrection() {
    const LabelledSet& set = result_.set;
    LabelScores scores{set.labels.size(), {}};
    for (size_t row = 0; row < set.size(); ++row) {
      for (const std::string& label : set.labels) {
        scores.values.push_back(std::max(kLeastLog, scores_[row][*ScoreOf(label)]));
      }
    }
    result_.folds = FoldCount(set.classes, set.groups);
    const std::vector<int> deal = StratifiedFolds(set.classes, set.groups, result_.folds);
    LabelScores judged = scores;
    for (int fold = 0; fold < result_.folds; ++fold) {
      LabelScores learned{scores.labels, {}};
      std::vector<int> classes;
      for (size_t row = 0; row < set.size(); ++row) {
        if (deal[row] == fold) continue;
        const auto values = scores.row(row);
        learned.values.insert(learned.values.end(), values.begin(), values.end());
        classes.push_back(set.classes[row]);
      }
      const LabelScores all = Apply(FitAffine(learned, classes, kCorrectionPull), scores);
      for (size_t row = 0; row < set.size(); ++row) {
        if (deal[row] == fold) std::ranges::copy(all.row(row), judged.row(row).begin());
      }
    }
    std::vector<int> best;
    for (size_t row = 0; row < set.size(); ++row) best.push_back(Best(judged.row(row)));
    result_.taught = Judge(judged, set.classes);
    result_.difference = CompareAccuracy(untaught_best_, best, set.classes);
    const AffineCorrection correction = FitAffine(scores, set.classes, kCorrectionPull);
    for (size_t i = 0; i < set.labels.size(); ++i) {
      result_.corrections.push_back({set.labels[i], correction.scale, correction.offsets[i]});
    }
    return {};
  }

  const FitModel& model_;
  const FitOptions& options_;
  FitResult result_;
  StateTable states_;
  std::vector<Classification> untaught_;
  std::vector<std::vector<double>> scores_;
  std::vector<int> untaught_best_;  // [rows]; -1: a label that the data does not have
};

}  // namespace

Result<FitResult> RunFit(LabelledSet set, const FitModel& model, const FitOptions& options) {
  return Fit(std::move(set), model, options).Run();
}

}  // namespace yixin
