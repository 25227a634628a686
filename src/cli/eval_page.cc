// Tested by: eval_page_test.cc, tests/e2e/eval_test.py
#include "cli/eval_page.h"

#include <fmt/format.h>

#include <optional>

#include "report/charts.h"
#include "report/page_parts.h"

namespace yixin {
namespace {

std::string Percent(const std::optional<double>& share) {
  return share ? fmt::format("{:.1f} %", 100 * *share) : "–";
}

std::string Between(const std::optional<Interval>& interval) {
  return interval ? fmt::format("{:.1f} – {:.1f}", 100 * interval->low, 100 * interval->high) : "";
}

// The first cell is a name, the others are numbers. In: HTML.
std::string TableRow(const std::vector<std::string>& cells, const char* element) {
  std::string out = "<tr>";
  for (size_t i = 0; i < cells.size(); ++i) {
    out += fmt::format("<{0}{1}>{2}</{0}>", element, i == 0 ? "" : " class=\"number\"", cells[i]);
  }
  return out + "</tr>\n";
}

std::string Table(const std::vector<std::string>& head,
                  const std::vector<std::vector<std::string>>& rows) {
  std::string out = "<div style=\"overflow-x:auto\"><table>" + TableRow(head, "th");
  for (const auto& row : rows) out += TableRow(row, "td");
  return out + "</table></div>\n";
}

std::string SideBySide(const std::vector<SettingFigures>& settings) {
  std::vector<std::vector<std::string>> rows;
  for (const SettingFigures& one : settings) {
    rows.push_back({EscapeHtml(one.name), Percent(one.labels.accuracy),
                    Between(one.accuracy_interval), Percent(one.labels.macro_f1),
                    one.calibration ? Percent(one.calibration->expected_error) : "–",
                    one.versus_first ? fmt::format("{:+.1f}", 100 * *one.versus_first) : "",
                    Between(one.versus_first_interval), Grouped(one.labels.failed)});
  }
  return Table({Bilingual("任务", "task"), Bilingual("准确率", "accuracy"), "95 %", "macro-F1",
                Bilingual("校准误差", "calibration error"), Bilingual("与第一个相比", "vs first"),
                "95 %", Bilingual("失败", "failed")},
               rows);
}

std::string Accuracies(const std::vector<SettingFigures>& settings) {
  std::vector<ChartInterval> intervals;
  for (const SettingFigures& one : settings) {
    if (!one.labels.accuracy || !one.accuracy_interval) continue;
    intervals.push_back(
        {one.name, *one.labels.accuracy, one.accuracy_interval->low, one.accuracy_interval->high});
  }
  return intervals.empty() ? "" : IntervalChart(intervals);
}

std::string Classes(const Evaluation& evaluation, const SettingFigures& setting) {
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < evaluation.labels.size(); ++i) {
    const ClassMetrics& one = setting.labels.classes[i];
    rows.push_back({EscapeHtml(evaluation.labels[i]), Grouped(one.support), Grouped(one.predicted),
                    Percent(one.precision), Percent(one.recall), Percent(one.f1)});
  }
  return Table({Bilingual("标签", "label"), Bilingual("行", "rows"), Bilingual("给出", "given"),
                Bilingual("精确率", "precision"), Bilingual("召回率", "recall"), "F1"},
               rows);
}

// The last column of the figures, rows that failed, is in the table above.
std::vector<std::vector<uint64_t>> Answers(const SettingFigures& setting) {
  std::vector<std::vector<uint64_t>> out = setting.labels.confusion;
  for (auto& row : out) row.pop_back();
  return out;
}

std::string CalibrationCards(const SettingFigures& setting) {
  if (!setting.calibration) return "";
  std::vector<ReliabilityPoint> points;
  for (const ReliabilityBin& bin : setting.calibration->bins) {
    if (bin.rows > 0) points.push_back({bin.mean_confidence, bin.accuracy, bin.rows});
  }
  std::vector<std::vector<std::string>> coverage;
  for (const Coverage& one : setting.coverage) {
    coverage.push_back(
        {fmt::format("≥ {:g}", one.at_least), Percent(one.share), Percent(one.accuracy)});
  }
  return Card(Bilingual("概率可信吗", "Can the probabilities be trusted?"),
              Bilingual("点在虚线上：说多少就对多少；平均差 ",
                        "on the line, as many are right as "
                        "was said; mean gap ") +
                  Percent(setting.calibration->expected_error),
              ReliabilityDiagram(points)) +
         Card(Bilingual("不必再看的", "What need not be read again"),
              Bilingual("把握在此之上的行有多少，其中对了多少",
                        "how many rows are above a confidence, and how many of those are right"),
              Table({Bilingual("把握", "confidence"), Bilingual("行", "rows"),
                     Bilingual("其中正确", "right")},
                    coverage));
}

std::string Groups(const SettingFigures& setting) {
  if (setting.groups.empty()) return "";
  std::vector<std::vector<std::string>> rows;
  for (const GroupFigures& group : setting.groups) {
    rows.push_back(
        {EscapeHtml(group.name), Grouped(group.labels.rows), Percent(group.labels.accuracy)});
  }
  return Card(
      Bilingual("分组", "Groups"), "",
      Table({Bilingual("组", "group"), Bilingual("行", "rows"), Bilingual("准确率", "accuracy")},
            rows));
}

std::string Section(const Evaluation& evaluation, const SettingFigures& setting) {
  const auto labels = ColourLabels(evaluation.labels, setting.neutral);
  return "<h2>" + EscapeHtml(setting.name) + "</h2>\n<div class=\"cards\">\n" +
         Card(
             Bilingual("各标签", "Labels"),
             Bilingual("给出的有多少对，该给的给了多少",
                       "how many of those given are right, how many of those there are were given"),
             Classes(evaluation, setting)) +
         Card(Bilingual("错在哪里", "Mistakes"),
              Bilingual("每一行是真值，每一列是回答", "a row is the truth, a column the answer"),
              ConfusionTable(labels, Answers(setting))) +
         CalibrationCards(setting) + Groups(setting) + "</div>\n";
}

}  // namespace

std::string RenderEvalPage(const EvalPageFacts& facts, const Evaluation& evaluation,
                           const std::vector<SettingFigures>& settings) {
  Page page;
  page.language = facts.language;
  page.title_chinese = facts.input + " 上有多准";
  page.title_english = "How good the labels of " + facts.input + " are";
  page.body = "<dl class=\"facts\">\n" +
              Fact(Bilingual("行数", "Rows"), Grouped(evaluation.rows.size())) +
              Fact(Bilingual("模型", "Model"), EscapeHtml(facts.models)) +
              Fact(Bilingual("时间", "Made"), EscapeHtml(facts.made)) + "</dl>\n<h2>" +
              Bilingual("并排比较", "Side by side") + "</h2>\n<div class=\"cards\">\n" +
              Card(Bilingual("准确率", "Accuracy"),
                   Bilingual("换一批同样的数据，95 % 的可能落在线段里",
                             "if other rows of the kind had been drawn, 95 in 100 would lie on the "
                             "line"),
                   Accuracies(settings), true) +
              Card(Bilingual("数字", "Figures"),
                   Bilingual("失败的行算错；区间含 0 的差别可能是偶然",
                             "a row that failed counts as wrong; a difference whose interval "
                             "holds 0 may be chance"),
                   SideBySide(settings), true) +
              "</div>\n";
  for (const auto& [label, rows] : evaluation.unknown_labels) {
    page.body += "<p class=\"soft\">" +
                 Bilingual(fmt::format("有 {} 行没有算：没有任务有标签“{}”", Grouped(rows),
                                       EscapeHtml(label)),
                           fmt::format("{} rows were left out: no task has their label \"{}\"",
                                       Grouped(rows), EscapeHtml(label))) +
                 "</p>\n";
  }
  for (const SettingFigures& setting : settings) page.body += Section(evaluation, setting);
  page.body += Footer(facts.version, facts.kernels);
  return RenderPage(page);
}

}  // namespace yixin
