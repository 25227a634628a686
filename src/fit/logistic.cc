// Tested by: logistic_test.cc
#include "fit/logistic.h"

#include <linear.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace yixin {
namespace {

// liblinear penalises the bias like a weight. Of a feature that is always 10 the weight is a tenth
// of the bias, and its penalty a hundredth.
constexpr double kBiasFeature = 10;
constexpr double kNever = -30;  // a score, beside ones of a few units

struct ModelDeleter {
  void operator()(model* fitted) const { free_and_destroy_model(&fitted); }
};

void PrintNothing(const char*) {}

}  // namespace

struct LogisticRows::Nodes {
  std::vector<feature_node> values;  // [rows, width + 2]: the features, the bias, the end
};

LogisticRows::LogisticRows(size_t rows, size_t width,
                           const std::function<void(size_t, std::span<double>)>& read)
    : rows_(rows), width_(width), nodes_(std::make_unique<Nodes>()), means_(width), scales_(width) {
  const size_t stride = width + 2;
  nodes_->values.resize(rows * stride);
  std::vector<double> row(width);
  for (size_t i = 0; i < rows; ++i) {
    read(i, row);
    feature_node* nodes = &nodes_->values[i * stride];
    for (size_t j = 0; j < width; ++j) {
      nodes[j] = {static_cast<int>(j) + 1, row[j]};
      means_[j] += row[j] / static_cast<double>(rows);
    }
    nodes[width] = {static_cast<int>(width) + 1, kBiasFeature};
    nodes[width + 1] = {-1, 0};
  }
  for (size_t i = 0; i < rows; ++i) {
    const feature_node* nodes = &nodes_->values[i * stride];
    for (size_t j = 0; j < width; ++j) scales_[j] += std::pow(nodes[j].value - means_[j], 2);
  }
  for (double& scale : scales_) {
    const double deviation = std::sqrt(scale / static_cast<double>(rows));
    scale = deviation > 1e-9 ? 1 / deviation : 0;
  }
  for (size_t i = 0; i < rows; ++i) {
    feature_node* nodes = &nodes_->values[i * stride];
    for (size_t j = 0; j < width; ++j) nodes[j].value = (nodes[j].value - means_[j]) * scales_[j];
  }
}

LogisticRows::~LogisticRows() = default;
LogisticRows::LogisticRows(LogisticRows&&) noexcept = default;
LogisticRows& LogisticRows::operator=(LogisticRows&&) noexcept = default;

Result<LinearModel> LogisticRows::Fit(std::span<const size_t> some, std::span<const int> classes,
                                      size_t labels, double strength,
                                      const LinearModel* start) const {
  std::vector<double> targets;
  std::vector<feature_node*> pointers;
  for (const size_t row : some) {
    targets.push_back(classes[row]);
    pointers.push_back(&nodes_->values[row * (width_ + 2)]);
  }
  problem rows{};
  rows.l = static_cast<int>(some.size());
  rows.n = static_cast<int>(width_) + 1;
  rows.y = targets.data();
  rows.x = pointers.data();
  rows.bias = kBiasFeature;
  parameter how{};
  how.solver_type = L2R_LR;
  how.eps = 0.01;  // liblinear's own default for this solver
  how.C = strength;
  how.p = 0.1;  // not used by this solver, but checked
  std::vector<double> from;
  if (start != nullptr && labels == 2) {
    // liblinear's one vector is for the label that it meets first.
    const double sign = classes[some[0]] == 0 ? 1 : -1;
    for (size_t j = 0; j < width_; ++j) {
      from.push_back(sign * (start->weights[j] - start->weights[width_ + j]));
    }
    from.push_back(sign * (start->biases[0] - start->biases[1]) / kBiasFeature);
    how.init_sol = from.data();
  }
  set_print_string_function(&PrintNothing);
  if (const char* wrong = check_parameter(&rows, &how); wrong != nullptr) {
    return Error{ErrorCode::kInternal, std::string("liblinear refuses: ") + wrong, "fit"};
  }
  const std::unique_ptr<model, ModelDeleter> fitted(train(&rows, &how));
  LinearModel linear{labels, width_, std::vector<double>(labels * width_),
                     std::vector<double>(labels, kNever)};
  const auto place = [&](size_t label, size_t column, size_t columns, double sign) {
    for (size_t j = 0; j < width_; ++j) {
      linear.weights[label * width_ + j] = sign * fitted->w[j * columns + column];
    }
    linear.biases[label] = sign * fitted->w[width_ * columns + column] * kBiasFeature;
  };
  const auto classes_found = static_cast<size_t>(fitted->nr_class);
  if (classes_found == 2) {
    // Half of the one vector for each, so that their difference is the vector.
    place(static_cast<size_t>(fitted->label[0]), 0, 1, 0.5);
    place(static_cast<size_t>(fitted->label[1]), 0, 1, -0.5);
  } else {
    for (size_t i = 0; i < classes_found; ++i) {
      place(static_cast<size_t>(fitted->label[i]), i, classes_found, 1);
    }
  }
  return linear;
}

LabelScores LogisticRows::Score(const LinearModel& model, std::span<const size_t> some) const {
  LabelScores scores{model.labels, {}};
  for (const size_t row : some) {
    const feature_node* nodes = &nodes_->values[row * (width_ + 2)];
    for (size_t label = 0; label < model.labels; ++label) {
      const double* weights = &model.weights[label * width_];
      double score = model.biases[label];
      for (size_t j = 0; j < width_; ++j) score += weights[j] * nodes[j].value;
      scores.values.push_back(score);
    }
  }
  return scores;
}

LinearModel LogisticRows::Unscaled(const LinearModel& model) const {
  LinearModel unscaled = model;
  for (size_t label = 0; label < model.labels; ++label) {
    for (size_t j = 0; j < width_; ++j) {
      double& weight = unscaled.weights[label * width_ + j];
      weight *= scales_[j];
      unscaled.biases[label] -= weight * means_[j];
    }
  }
  return unscaled;
}

}  // namespace yixin
