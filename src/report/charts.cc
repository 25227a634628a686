// Tested by: charts_test.cc
#include "report/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "report/html.h"
#include "report/page_parts.h"

namespace yixin {
namespace {

// The plot inside an SVG about as wide as a card, with room for the numbers at its left and below.
constexpr double kWidth = 400;
constexpr double kHeight = 210;
constexpr double kLeft = 40;
constexpr double kTop = 8;
constexpr double kBottom = 186;

double X(double share) { return kLeft + share * (kWidth - kLeft - 4); }
double Y(double share) { return kBottom - share * (kBottom - kTop); }

std::string Begin(const std::string& what) {
  return fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", kWidth,
                     kHeight, EscapeHtml(what));
}

std::string HorizontalLines(double top_value, bool is_percent) {
  std::string out;
  for (const double share : {0.0, 0.5, 1.0}) {
    out += fmt::format("<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>",
                       kLeft, kWidth - 4, Y(share));
    const std::string value = is_percent ? fmt::format("{:.0f} %", 100 * share * top_value)
                                         : fmt::format("{:.0f}", share * top_value);
    out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kLeft - 5,
                       Y(share) + 4, value);
  }
  return out;
}

std::string Below(double x, const std::string& text, const char* anchor = "middle") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", x, kBottom + 18,
                     anchor, EscapeHtml(text));
}

std::string Rectangle(double x, double y, double width, double height, const std::string& colour,
                      const std::string& tip) {
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
      "fill=\"{}\"><title>{}</title></rect>\n",
      x, y, width, height, colour, EscapeHtml(tip));
}

uint64_t Sum(std::span<const uint64_t> counts) {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

}  // namespace

std::vector<ChartLabel> ColourLabels(std::span<const std::string> names,
                                     const std::string& neutral) {
  constexpr std::array kOthers = {"--other1", "--other2",   "--other3",
                                  "--accent", "--positive", "--negative"};
  std::vector<ChartLabel> out;
  size_t next = 0;
  for (const std::string& name : names) {
    std::string colour;
    if (name == "正面" || name == "positive") {
      colour = "--positive";
    } else if (name == "负面" || name == "negative") {
      colour = "--negative";
    } else if (name == neutral) {
      colour = "--neutral";
    } else {
      colour = kOthers[next++ % kOthers.size()];
    }
    out.push_back({name, "var(" + colour + ")"});
  }
  return out;
}

std::string ShareBars(std::span<const ChartLabel> labels, std::span<const uint64_t> counts) {
  const uint64_t all = Sum(counts);
  const uint64_t most = counts.empty() ? 0 : *std::ranges::max_element(counts);
  std::string out = "<div class=\"shares\">\n";
  for (size_t i = 0; i < labels.size(); ++i) {
    out += fmt::format(
        "<span>{}</span><i style=\"width:{:.2f}%;background:{}\"></i><span class=\"number\">{:.1f} "
        "% "
        "<small>{}</small></span>\n",
        EscapeHtml(labels[i].name), 100 * Share(counts[i], most), labels[i].colour,
        100 * Share(counts[i], all), counts[i]);
  }
  return out + "</div>\n";
}

std::string Histogram(std::span<const uint64_t> counts) {
  const uint64_t most = std::max<uint64_t>(1, *std::ranges::max_element(counts));
  std::string out = Begin("histogram") + HorizontalLines(static_cast<double>(most), false);
  const double width = (X(1) - X(0)) / static_cast<double>(counts.size());
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const double height = kBottom - Y(Share(counts[i], most));
    const auto edge = [&](size_t k) {
      return static_cast<double>(k) / static_cast<double>(counts.size());
    };
    out += Rectangle(kLeft + width * static_cast<double>(i) + 1, kBottom - height, width - 2,
                     height, "var(--other1)",
                     fmt::format("{:.2f} – {:.2f}: {}", edge(i), edge(i + 1), counts[i]));
  }
  for (const double at : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    out += Below(X(at), fmt::format("{:g}", at), at == 1 ? "end" : "middle");
  }
  return out + "</svg>\n";
}

std::string ReliabilityDiagram(std::span<const ReliabilityPoint> points) {
  uint64_t most = 1;
  for (const ReliabilityPoint& point : points) most = std::max(most, point.rows);
  std::string out = Begin("reliability") + HorizontalLines(1, true);
  out += fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"var(--soft)\" "
      "stroke-dasharray=\"4 4\"/>\n",
      X(0), Y(0), X(1), Y(1));
  for (const ReliabilityPoint& point : points) {
    out += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"var(--accent)\" "
        "fill-opacity=\"0.8\"><title>{:.2f} → "
        "{:.1f} % ({})</title></circle>\n",
        X(point.confidence), Y(point.accuracy), 3 + 8 * std::max(0.0, Share(point.rows, most)),
        point.confidence, 100 * point.accuracy, point.rows);
  }
  for (const double at : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    out += Below(X(at), fmt::format("{:g}", at), at == 1 ? "end" : "middle");
  }
  return out + "</svg>\n";
}

std::string IntervalChart(std::span<const ChartInterval> intervals) {
  constexpr double kRow = 38;
  constexpr double kFirst = 34;
  double low = 1;
  double high = 0;
  for (const ChartInterval& one : intervals) {
    low = std::min(low, std::floor(one.low * 10) / 10);
    high = std::max(high, std::ceil(one.high * 10) / 10);
  }
  const double width = std::max(high - low, 0.1);
  const auto place = [&](double share) { return 4 + (share - low) / width * (kWidth - 8); };
  const double bottom = kFirst + kRow * static_cast<double>(intervals.size()) - 12;
  std::string out = fmt::format(
      "<svg viewBox=\"0 0 {} {}\" style=\"max-width:34rem\" role=\"img\" "
      "aria-label=\"intervals\">\n",
      kWidth, bottom + 22);
  for (const double share : {0.0, 0.5, 1.0}) {
    const double at = low + share * width;
    out += fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"4\" y2=\"{1}\"/>",
                       place(at), bottom);
    out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"{}\">{:.0f} %</text>\n",
                       place(at), bottom + 16,
                       share == 0   ? "start"
                       : share == 1 ? "end"
                                    : "middle",
                       100 * at);
  }
  double y = kFirst;
  for (const ChartInterval& one : intervals) {
    out += fmt::format(
        "<text x=\"4\" y=\"{:.1f}\">{}</text>\n<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" "
        "y2=\"{:.1f}\" stroke=\"var(--accent)\" stroke-width=\"3\" stroke-linecap=\"round\"/>"
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"var(--accent)\"><title>{:.1f} % "
        "({:.1f} "
        "to {:.1f})</title></circle>\n",
        y - 12, EscapeHtml(one.name), place(one.low), place(one.high), y, y, place(one.value), y,
        100 * one.value, 100 * one.low, 100 * one.high);
    y += kRow;
  }
  return out + "</svg>\n";
}

std::string ShareOverTime(std::span<const ChartLabel> labels, std::span<const TimeSpan> spans) {
  // Stretched to the card, so its words stand outside of it and keep their size.
  std::string out = fmt::format(
      "<div class=\"course\"><span>100 %</span><span>50 %</span><span>0 %</span>\n<svg viewBox=\"0 "
      "0 {} "
      "100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"labels over time\">\n",
      std::max<size_t>(spans.size(), 1) * 10);
  for (size_t i = 0; i < spans.size(); ++i) {
    const uint64_t all = Sum(spans[i].counts);
    double share = 0;
    for (size_t label = 0; label < labels.size(); ++label) {
      const double part = Share(spans[i].counts[label], all);
      if (part == 0) continue;
      share += part;
      out += Rectangle(10 * static_cast<double>(i) + 0.6, 100 * (1 - share), 8.8, 100 * part,
                       labels[label].colour,
                       fmt::format("{}: {} {:.0f} % ({} / {})", spans[i].name, labels[label].name,
                                   100 * part, spans[i].counts[label], all));
    }
  }
  out += "</svg>\n";
  if (!spans.empty()) {
    out +=
        fmt::format("<p><small>{}</small><small>{}</small></p>\n", EscapeHtml(spans.front().name),
                    spans.size() > 1 ? EscapeHtml(spans.back().name) : "");
  }
  return out + "</div>\n";
}

std::string ConfusionTable(std::span<const ChartLabel> labels,
                           const std::vector<std::vector<uint64_t>>& counts) {
  uint64_t most = 1;
  for (const auto& row : counts) {
    for (const uint64_t count : row) most = std::max(most, count);
  }
  std::string out =
      "<table class=\"counts\"><tr><th>" + Bilingual("实际 \\ 判断", "truth \\ given") + "</th>";
  for (const ChartLabel& label : labels) {
    out += "<th class=\"number\">" + EscapeHtml(label.name) + "</th>";
  }
  out += "</tr>\n";
  for (size_t i = 0; i < labels.size(); ++i) {
    out += "<tr><td>" + EscapeHtml(labels[i].name) + "</td>";
    for (size_t j = 0; j < labels.size(); ++j) {
      out += fmt::format(
          "<td class=\"number\" style=\"background:color-mix(in srgb, {} {:.0f}%, "
          "transparent)\">{}</td>",
          i == j ? "var(--positive)" : "var(--negative)", 45 * Share(counts[i][j], most),
          counts[i][j]);
    }
    out += "</tr>\n";
  }
  return out + "</table>\n";
}

std::string Legend(std::span<const ChartLabel> labels) {
  std::string out = "<div class=\"legend\">";
  for (const ChartLabel& label : labels) {
    out += fmt::format("<span><b style=\"background:{}\"></b>{}</span>", label.colour,
                       EscapeHtml(label.name));
  }
  return out + "</div>\n";
}

}  // namespace yixin
