// Charts as HTML and SVG: plain shapes in the page's own colours, with their numbers as text.
// Tested by: charts_test.cc
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace yixin {

// A label's name, and the CSS colour that it has all over the page.
struct ChartLabel {
  std::string name;
  std::string colour;
};

// 正面 and 负面 have the colours that people expect, a neutral label is grey, others are told
// apart.
std::vector<ChartLabel> ColourLabels(std::span<const std::string> names,
                                     const std::string& neutral);

// A bar a label, its count and its share.
std::string ShareBars(std::span<const ChartLabel> labels, std::span<const uint64_t> counts);

// Counts over [0, 1], in as many columns as there are counts.
std::string Histogram(std::span<const uint64_t> counts);

struct ReliabilityPoint {
  double confidence = 0;  // mean of the bin
  double accuracy = 0;
  uint64_t rows = 0;
};
// How often answers of a confidence are right; the diagonal is where both are the same.
std::string ReliabilityDiagram(std::span<const ReliabilityPoint> points);

struct ChartInterval {
  std::string name;
  double value = 0;  // shares in [0, 1]
  double low = 0;
  double high = 0;
};
// A line for each from low to high with a dot at its value, one below the other on one scale, whose
// ends are whole tenths around all of them.
std::string IntervalChart(std::span<const ChartInterval> intervals);

struct TimeSpan {
  std::string name;
  std::vector<uint64_t> counts;  // of each label
};
// The labels' shares in each span, stacked; how many rows there are, below.
std::string ShareOverTime(std::span<const ChartLabel> labels, std::span<const TimeSpan> spans);

// A table of truth (rows) and answers (columns); the more, the darker.
std::string ConfusionTable(std::span<const ChartLabel> labels,
                           const std::vector<std::vector<uint64_t>>& counts);

std::string Legend(std::span<const ChartLabel> labels);

}  // namespace yixin
