// Tested by: label_summary_test.cc
#include "report/label_summary.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "report/calendar.h"

namespace yixin {
namespace {

// Of a row that is shown: enough to see what it is about.
constexpr size_t kShownBytes = 600;

std::string Beginning(const std::string& text) {
  if (text.size() <= kShownBytes) return text;
  size_t end = kShownBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

bool IsSurer(const UncertainRow& a, const UncertainRow& b) {
  return a.margin != b.margin ? a.margin < b.margin : a.line < b.line;
}

}  // namespace

LabelSummary::LabelSummary(std::vector<std::string> labels)
    : labels_(std::move(labels)),
      counts_(labels_.size()),
      confusion_(labels_.size(), std::vector<uint64_t>(labels_.size())),
      grams_(labels_.size()) {}

void LabelSummary::Add(const ReportedRow& row) {
  const auto index = [&](const std::string& label) {
    return static_cast<size_t>(std::ranges::find(labels_, label) - labels_.begin());
  };
  const size_t given = index(row.label);
  if (given == labels_.size()) return AddFailed();
  ++rows_;
  ++counts_[given];
  grams_.Add(given, row.text);
  if (row.confidence) {
    ++with_confidence_;
    const auto bin = static_cast<size_t>(*row.confidence * kHistogramBins);
    ++histogram_[std::min(bin, kHistogramBins - 1)];
  }
  if (row.margin && row.confidence) {
    uncertain_.push_back({row.line, Beginning(row.text), row.label, *row.confidence, *row.margin});
    std::ranges::push_heap(uncertain_, IsSurer);
    if (uncertain_.size() > kUncertainRows) {
      std::ranges::pop_heap(uncertain_, IsSurer);
      uncertain_.pop_back();
    }
  }
  if (row.day) {
    ++dated_;
    auto& counts = days_[*row.day];
    counts.resize(labels_.size());
    ++counts[given];
  }
  if (row.truth.empty()) return;
  const size_t truth = index(row.truth);
  if (truth == labels_.size()) {
    ++unknown_truths_;
    return;
  }
  ++judged_;
  ++confusion_[truth][given];
  if (truth == given) ++right_;
  if (!row.confidence) return;
  Bin& bin = bins_[std::min(
      static_cast<size_t>(*row.confidence * static_cast<double>(bins_.size())), bins_.size() - 1)];
  ++bin.rows;
  bin.right += truth == given ? 1 : 0;
  bin.confidence += *row.confidence;
}

std::vector<ReliabilityPoint> LabelSummary::Reliability() const {
  std::vector<ReliabilityPoint> points;
  for (const Bin& bin : bins_) {
    if (bin.rows == 0) continue;
    const auto rows = static_cast<double>(bin.rows);
    points.push_back({bin.confidence / rows, static_cast<double>(bin.right) / rows, bin.rows});
  }
  return points;
}

double LabelSummary::CalibrationError() const {
  double gap = 0;
  uint64_t rows = 0;
  for (const ReliabilityPoint& point : Reliability()) {
    gap += std::abs(point.confidence - point.accuracy) * static_cast<double>(point.rows);
    rows += point.rows;
  }
  return rows == 0 ? 0 : gap / static_cast<double>(rows);
}

std::vector<UncertainRow> LabelSummary::Uncertain() const {
  std::vector<UncertainRow> rows = uncertain_;
  std::ranges::sort(rows, IsSurer);
  return rows;
}

std::vector<TimeSpan> LabelSummary::OverTime() const {
  if (days_.empty()) return {};
  const Span span = ChooseSpan(days_.begin()->first, days_.rbegin()->first);
  const int32_t first = SpanStart(days_.begin()->first, span);
  const int32_t last = SpanStart(days_.rbegin()->first, span);
  std::vector<TimeSpan> spans;
  for (int32_t start = first; start <= last; start = NextSpan(start, span)) {
    TimeSpan& one = spans.emplace_back();
    one.name = FormatSpan(start, span);
    one.counts.resize(labels_.size());
    const auto end = days_.lower_bound(NextSpan(start, span));
    for (auto day = days_.lower_bound(start); day != end; ++day) {
      for (size_t i = 0; i < labels_.size(); ++i) one.counts[i] += day->second[i];
    }
  }
  return spans;
}

}  // namespace yixin
