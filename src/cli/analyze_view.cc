// Tested by: analyze_view_test.cc
#include "cli/analyze_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <ctime>
#include <map>
#include <string_view>
#include <utility>

#include "cli/mood.h"
#include "cli/progress_bar.h"
#include "yixin/version.h"

namespace yixin {
namespace {

constexpr size_t kShownLabels = 8;  // a line; the others are in the JSON summary
constexpr size_t kSampleColumns = 60;
constexpr size_t kShownDisagreements = 5;

// "正面 800 · 负面 433", the most frequent first.
std::string FormatCounts(const std::map<std::string, uint64_t>& counts) {
  std::vector<std::pair<std::string, uint64_t>> ranked(counts.begin(), counts.end());
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string words;
  for (size_t i = 0; i < std::min(ranked.size(), kShownLabels); ++i) {
    words += fmt::format("{}{} {}", i == 0 ? "" : " · ", ranked[i].first, ranked[i].second);
  }
  if (ranked.size() > kShownLabels)
    words += fmt::format(" · {} more", ranked.size() - kShownLabels);
  return words;
}

std::string FormatRate(double rate) {
  return rate < 10 ? fmt::format("{:.1f}", rate) : fmt::format("{:.0f}", rate);
}

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return DisplayWidth(text) > kSampleColumns ? FitColumns(text, kSampleColumns) : text;
}

void AppendCompared(const AnalyzeFacts& facts, const ComparedCounts& counts,
                    std::vector<std::string>& lines) {
  lines.push_back(fmt::format(
      "\"{}\", {}: {} rows agree with their text, {} say the opposite, {} neither", facts.compared,
      facts.compared_scale, counts.agreeing, counts.disagreeing, counts.silent));
  for (size_t i = 0; i < std::min(counts.surest.size(), kShownDisagreements); ++i) {
    const Disagreement& row = counts.surest[i];
    lines.push_back(fmt::format("  line {}  {}  but {} by {:.2f}  {}", row.line,
                                OneLine(row.rating), row.label, row.margin, OneLine(row.text)));
  }
  if (counts.disagreeing > 0) {
    lines.push_back(fmt::format("  all of them: where {}.agrees is false", facts.tasks[0]));
  }
}

std::string FormatHour(int64_t seconds) {
  const std::time_t time = seconds;
  std::tm local{};
  char text[64];
  if (localtime_r(&time, &local) == nullptr) return "";
  return {text, std::strftime(text, sizeof(text), "%H:%M", &local)};
}

}  // namespace

std::optional<double> RunPace::seconds_left() const {
  if (!share || !first_share || *share <= *first_share) return std::nullopt;
  return (1 - std::min(*share, 1.0)) / (*share - *first_share) * seconds;
}

std::string FormatPace(const BulkCounts& counts, const RunPace& pace) {
  std::string words = fmt::format("{} rows  {} rows/s", counts.rows, FormatRate(pace.rows_per_s()));
  if (const auto left = pace.seconds_left()) words += "  " + FormatDuration(*left) + " left";
  if (!counts.labels.empty() && !counts.labels[0].empty()) {
    words += "  " + FormatCounts(counts.labels[0]);
  }
  if (counts.failed > 0) words += fmt::format(" · {} failed", counts.failed);
  return words;
}

std::vector<std::string> FormatFirstRows(const std::vector<ScoredSample>& samples,
                                         const RunPace& pace, int64_t now) {
  std::string head = fmt::format("{} rows/s", FormatRate(pace.rows_per_s()));
  if (const auto left = pace.seconds_left()) {
    head += fmt::format("; done at {}, in {}", FormatHour(now + std::llround(*left)),
                        FormatDuration(*left));
  }
  std::vector<std::string> lines = {head};
  for (const ScoredSample& sample : samples) {
    lines.push_back(fmt::format("  line {}  {} {}  {}", sample.line, MoodFace(sample.label),
                                sample.label, OneLine(sample.text)));
  }
  return lines;
}

std::vector<std::string> FormatSummary(const AnalyzeFacts& facts, const BulkCounts& counts,
                                       const RunPace& pace) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("input   {}: {}", facts.input, facts.input_shape));
  lines.push_back(fmt::format("texts   column \"{}\" ({})", facts.column, facts.column_why));
  for (size_t i = 0; i < facts.tasks.size() && i < counts.labels.size(); ++i) {
    lines.push_back(fmt::format("{}  {}", facts.tasks[i], FormatCounts(counts.labels[i])));
  }
  lines.push_back(
      fmt::format("rows    {}, {} failed{}", counts.rows, counts.failed,
                  counts.failed == 0 ? "" : " (" + FormatCounts(counts.failures) + ")"));
  if (!facts.compared.empty()) AppendCompared(facts, counts.compared, lines);
  if (counts.reused > 0) {
    lines.push_back(
        fmt::format("reused  {} rows had a text that was computed before", counts.reused));
  }
  lines.push_back(fmt::format("speed   {} rows/s, {} of them computed, {}; {}, {}",
                              FormatRate(pace.rows_per_s()), FormatRate(pace.computed_per_s()),
                              FormatDuration(pace.seconds), facts.model, facts.kernels));
  if (!facts.output.empty())
    lines.push_back(
        fmt::format("output  {0}; {0}.yixin.json says what it was made of", facts.output));
  if (!facts.exported.empty()) {
    lines.push_back(fmt::format("export  {}: {} tasks; their project's labeling interface:",
                                facts.exported, facts.exported_tasks));
    lines.push_back("        " + facts.exported_interface);
  }
  if (!facts.report.empty()) {
    lines.push_back(fmt::format("report  {}: open it in a browser", facts.report));
  }
  return lines;
}

Json SummaryJson(const AnalyzeFacts& facts, const BulkCounts& counts, const RunPace& pace) {
  Json labels = Json::object();
  for (size_t i = 0; i < facts.tasks.size() && i < counts.labels.size(); ++i) {
    labels[facts.tasks[i]] = counts.labels[i];
  }
  Json run = Json::object();
  for (const auto& [name, value] : facts.run) run[name] = value;
  Json compared;
  if (!facts.compared.empty()) {
    Json surest = Json::array();
    for (const Disagreement& row : counts.compared.surest) {
      surest.push_back({{"line", row.line},
                        {"rating", row.rating},
                        {"label", row.label},
                        {"margin", row.margin},
                        {"text", row.text}});
    }
    compared = {{"column", facts.compared},
                {"scale", facts.compared_scale},
                {"agreeing", counts.compared.agreeing},
                {"disagreeing", counts.compared.disagreeing},
                {"silent", counts.compared.silent},
                {"surest", surest}};
  }
  return Json{{"input", facts.input},
              {"shape", facts.input_shape},
              {"column", facts.column},
              {"column_why", facts.column_why},
              {"output", facts.output},
              {"exported", facts.exported},
              {"report", facts.report},
              {"rows", counts.rows},
              {"failed", counts.failed},
              {"failures", counts.failures},
              {"reused", counts.reused},
              {"labels", labels},
              {"compared", compared},
              {"seconds", pace.seconds},
              {"rows_per_s", pace.rows_per_s()},
              {"computed_per_s", pace.computed_per_s()},
              {"model", facts.model},
              {"kernels", facts.kernels},
              {"version", kVersion},
              {"numerics", kNumericsVersion},
              {"run", run}};
}

std::string ShellCommand(const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) {
    if (!command.empty()) command += ' ';
    const bool is_plain =
        !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
          return c >= 0x80 || std::isalnum(c) != 0 ||
                 std::string_view("-_./=:,+").find(static_cast<char>(c)) != std::string_view::npos;
        });
    if (is_plain) {
      command += word;
      continue;
    }
    command += '\'';
    for (const char c : word) command += c == '\'' ? std::string("'\\''") : std::string(1, c);
    command += '\'';
  }
  return command;
}

}  // namespace yixin
