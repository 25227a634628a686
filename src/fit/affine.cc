// Tested by: affine_test.cc
#include "fit/affine.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace yixin {
namespace {

constexpr int kMostSteps = 50;
constexpr double kLeastScale = 0.01;
constexpr double kEnough = 1e-10;  // of the objective's fall a row

// The objective over theta = (scale, offsets), its gradient and its Hessian [n, n].
class Objective {
 public:
  Objective(const LabelScores& scores, std::span<const int> classes, double pull)
      : scores_(scores), classes_(classes), pull_(pull) {}

  size_t size() const { return scores_.labels + 1; }

  double Value(std::span<const double> theta) const {
    double value = Penalty(theta);
    std::vector<double> row(scores_.labels);
    for (size_t i = 0; i < scores_.rows(); ++i) {
      Fill(theta, i, row);
      const double best = *std::max_element(row.begin(), row.end());
      double sum = 0;
      for (const double score : row) sum += std::exp(score - best);
      value += best + std::log(sum) - row[static_cast<size_t>(classes_[i])];
    }
    return value;
  }

  void Derivatives(std::span<const double> theta, std::vector<double>& gradient,
                   std::vector<double>& hessian) const {
    const size_t n = size();
    gradient.assign(n, 0);
    hessian.assign(n * n, 0);
    std::vector<double> p(scores_.labels);
    for (size_t i = 0; i < scores_.rows(); ++i) {
      Fill(theta, i, p);
      ToProbabilities(p);
      const auto s = scores_.row(i);
      double mean = 0;
      double squares = 0;
      for (size_t k = 0; k < p.size(); ++k) {
        mean += p[k] * s[k];
        squares += p[k] * s[k] * s[k];
      }
      gradient[0] += mean - s[static_cast<size_t>(classes_[i])];
      hessian[0] += squares - mean * mean;
      for (size_t k = 0; k < p.size(); ++k) {
        gradient[k + 1] += p[k] - (static_cast<size_t>(classes_[i]) == k ? 1 : 0);
        hessian[k + 1] += p[k] * (s[k] - mean);
        for (size_t j = 0; j <= k; ++j) {
          hessian[(j + 1) * n + k + 1] += (j == k ? p[k] : 0) - p[k] * p[j];
        }
      }
    }
    gradient[0] += pull_ * (theta[0] - 1);
    hessian[0] += pull_;
    for (size_t k = 1; k < n; ++k) {
      gradient[k] += OffsetPull() * theta[k];
      hessian[k * n + k] += OffsetPull();
    }
    for (size_t j = 0; j < n; ++j) {
      for (size_t k = 0; k < j; ++k) hessian[j * n + k] = hessian[k * n + j];
    }
  }

 private:
  // Offsets that are all alike change nothing: a little pull at least, or there is no one minimum.
  double OffsetPull() const { return pull_ + 1e-6; }

  void Fill(std::span<const double> theta, size_t i, std::span<double> row) const {
    const auto s = scores_.row(i);
    for (size_t k = 0; k < row.size(); ++k) row[k] = theta[0] * s[k] + theta[k + 1];
  }

  double Penalty(std::span<const double> theta) const {
    double value = pull_ * std::pow(theta[0] - 1, 2);
    for (size_t k = 1; k < theta.size(); ++k) value += OffsetPull() * theta[k] * theta[k];
    return value / 2;
  }

  const LabelScores& scores_;
  std::span<const int> classes_;
  double pull_;
};

// Solves a x = b in place of b, a symmetric and positive definite [n, n]. False: it is not.
bool SolveCholesky(std::vector<double>& a, std::vector<double>& b) {
  const size_t n = b.size();
  for (size_t j = 0; j < n; ++j) {
    for (size_t k = 0; k < j; ++k) a[j * n + j] -= a[j * n + k] * a[j * n + k];
    if (!(a[j * n + j] > 0)) return false;
    a[j * n + j] = std::sqrt(a[j * n + j]);
    for (size_t i = j + 1; i < n; ++i) {
      for (size_t k = 0; k < j; ++k) a[i * n + j] -= a[i * n + k] * a[j * n + k];
      a[i * n + j] /= a[j * n + j];
    }
  }
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
  return true;
}

}  // namespace

AffineCorrection FitAffine(const LabelScores& scores, std::span<const int> classes, double pull) {
  const Objective objective(scores, classes, pull);
  std::vector<double> theta(objective.size());
  theta[0] = 1;
  double value = objective.Value(theta);
  const double enough = kEnough * static_cast<double>(scores.rows() + 1);
  std::vector<double> step;
  std::vector<double> hessian;
  for (int i = 0; i < kMostSteps; ++i) {
    objective.Derivatives(theta, step, hessian);
    if (!SolveCholesky(hessian, step)) break;
    // Half of the step until it falls.
    bool fell = false;
    const double before = value;
    for (double length = 1; length > 1e-6 && !fell; length /= 2) {
      std::vector<double> next = theta;
      for (size_t k = 0; k < next.size(); ++k) next[k] -= length * step[k];
      next[0] = std::max(next[0], kLeastScale);
      const double at_next = objective.Value(next);
      fell = at_next < value;
      if (fell) {
        theta = std::move(next);
        value = at_next;
      }
    }
    if (!fell || before - value < enough) break;
  }
  return {theta[0], {theta.begin() + 1, theta.end()}};
}

double FitScale(const LabelScores& scores, std::span<const int> classes) {
  std::vector<double> p(scores.labels);
  const auto slope = [&](double scale) {
    double sum = 0;
    for (size_t i = 0; i < scores.rows(); ++i) {
      const auto s = scores.row(i);
      for (size_t k = 0; k < p.size(); ++k) p[k] = scale * s[k];
      ToProbabilities(p);
      for (size_t k = 0; k < p.size(); ++k) sum += p[k] * s[k];
      sum -= s[static_cast<size_t>(classes[i])];
    }
    return sum;
  };
  double low = std::log(kLeastScale);
  double high = std::log(1 / kLeastScale);
  while (high - low > 1e-3) {
    const double middle = (low + high) / 2;
    (slope(std::exp(middle)) < 0 ? low : high) = middle;
  }
  return std::exp((low + high) / 2);
}

LabelScores Apply(const AffineCorrection& correction, const LabelScores& scores) {
  LabelScores corrected = scores;
  for (size_t i = 0; i < scores.rows(); ++i) {
    auto row = corrected.row(i);
    for (size_t k = 0; k < row.size(); ++k) {
      row[k] = correction.scale * row[k] + correction.offsets[k];
    }
  }
  return corrected;
}

}  // namespace yixin
