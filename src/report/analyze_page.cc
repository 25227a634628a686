// Tested by: analyze_page_test.cc
#include "report/analyze_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/charts.h"
#include "report/page_parts.h"

namespace yixin {
namespace {

constexpr size_t kGramsShown = 24;
// Below that a share over time is noise, and one span is no course of time.
constexpr size_t kLeastSpans = 2;

std::string Grams(const ReportTask& task, std::span<const ChartLabel> labels) {
  std::string out;
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto telling = task.summary.grams().Telling(i, kGramsShown);
    if (telling.empty()) continue;
    out += fmt::format("<h3 style=\"margin-top:1rem\">{}</h3><div class=\"chips\">",
                       EscapeHtml(labels[i].name));
    for (const TellingGram& one : telling) {
      out += fmt::format(
          "<span style=\"border-left-color:{}\" title=\"z = {:.1f}\">{}<small>{}</small></span>",
          labels[i].colour, one.z, EscapeHtml(one.gram), Grouped(one.texts));
    }
    out += "</div>\n";
  }
  return out;
}

std::string UncertainTable(const LabelSummary& summary) {
  std::string out = "<table><tr><th>" + Bilingual("行", "line") + "</th><th>" +
                    Bilingual("文本", "text") + "</th><th>" + Bilingual("标签", "label") +
                    "</th><th class=\"number\">" + Bilingual("概率", "probability") +
                    "</th></tr>\n";
  for (const UncertainRow& row : summary.Uncertain()) {
    out += fmt::format(
        "<tr><td class=\"soft\">{}</td><td class=\"text\">{}</td><td "
        "style=\"white-space:nowrap\">{}</td><td "
        "class=\"number\">{:.2f}</td></tr>\n",
        row.line, EscapeHtml(row.text), EscapeHtml(row.label), row.confidence);
  }
  return out + "</table>\n";
}

std::string TruthCards(const ReportFacts& facts, const LabelSummary& summary,
                       std::span<const ChartLabel> labels) {
  if (facts.truth_column.empty() || summary.judged() == 0) return "";
  const double accuracy = 100 * Share(summary.right(), summary.judged());
  const std::string column = "<code>" + EscapeHtml(facts.truth_column) + "</code>";
  std::string left;
  if (summary.unknown_truths() > 0) {
    left = Bilingual(fmt::format("；{} 行的真值不是这个任务的标签，没有算进来",
                                 Grouped(summary.unknown_truths())),
                     fmt::format("; {} rows whose truth is no label of this task are left out",
                                 Grouped(summary.unknown_truths())));
  }
  std::string out = Card(Bilingual("和真值相比", "Beside the truth"),
                         Bilingual(fmt::format("{} 列：{} 行中对了 {:.1f} %", column,
                                               Grouped(summary.judged()), accuracy),
                                   fmt::format("column {}: {:.1f} % of {} rows are right", column,
                                               accuracy, Grouped(summary.judged()))) +
                             left,
                         ConfusionTable(labels, summary.confusion()));
  const auto points = summary.Reliability();
  if (points.empty()) return out;
  const double error = 100 * summary.CalibrationError();
  return out +
         Card(
             Bilingual("概率可信吗", "Can the probabilities be trusted?"),
             Bilingual(
                 fmt::format("说 0.8 的，一百行里有八十行对，点就在虚线上；平均差 {:.1f} %", error),
                 fmt::format("of those said with 0.8, are 80 in 100 right? Then the points lie "
                             "on the line; mean gap {:.1f} %",
                             error)),
             ReliabilityDiagram(points));
}

std::string TaskSection(const ReportFacts& facts, const ReportTask& task) {
  const LabelSummary& summary = task.summary;
  const auto labels = ColourLabels(summary.labels(), task.neutral);
  std::string out = "<h2>" + EscapeHtml(task.name) + "</h2>\n";
  if (!task.title.empty()) out += "<p class=\"soft\">" + EscapeHtml(task.title) + "</p>\n";
  out += "<div class=\"cards\">\n";
  std::string failed;
  if (summary.failed() > 0) {
    failed = Bilingual(fmt::format("；{} 行没有标签", Grouped(summary.failed())),
                       fmt::format("; {} rows have none", Grouped(summary.failed())));
  }
  out += Card(Bilingual("标签", "Labels"),
              Bilingual(fmt::format("{} 行", Grouped(summary.rows())),
                        fmt::format("{} rows", Grouped(summary.rows()))) +
                  failed,
              ShareBars(labels, summary.counts()));
  if (summary.with_confidence() > 0) {
    out += Card(Bilingual("有多大把握", "How sure"),
                Bilingual("所给标签的概率；左边的值得再读一遍",
                          "the probability of the label that was given; "
                          "what stands left is worth reading again"),
                Histogram(summary.histogram()));
  }
  out += TruthCards(facts, summary, labels);
  if (const auto spans = summary.OverTime();
      !facts.date_column.empty() && spans.size() >= kLeastSpans) {
    const std::string column = "<code>" + EscapeHtml(facts.date_column) + "</code>";
    out += Card(
        Bilingual("随时间的变化", "Over time"),
        Bilingual(fmt::format("{} 列，{} 行有日期", column, Grouped(summary.dated())),
                  fmt::format("column {}, {} rows have a date", column, Grouped(summary.dated()))),
        Legend(labels) + ShareOverTime(labels, spans), true);
  }
  if (const std::string grams = Grams(task, labels); !grams.empty()) {
    out +=
        Card(Bilingual("各标签说了什么", "What each label says"),
             Bilingual("比其他标签的文本更常出现的字串，数字是有它的行数",
                       "runs of characters that its texts have more often than the others, and in "
                       "how many rows"),
             grams, true);
  }
  if (!summary.Uncertain().empty()) {
    out +=
        Card(Bilingual("先读这些", "Read these first"),
             Bilingual("前两个标签最接近的行", "the rows whose two likeliest labels are closest"),
             UncertainTable(summary), true);
  }
  return out + "</div>\n";
}

}  // namespace

std::string RenderAnalyzePage(const ReportFacts& facts, std::span<const ReportTask> tasks) {
  Page page;
  page.language = facts.language;
  page.title_chinese = facts.input + " 里的人怎么说";
  page.title_english = "What people say in " + facts.input;
  uint64_t rows = 0;
  for (const ReportTask& task : tasks) {
    rows = std::max(rows, task.summary.rows() + task.summary.failed());
  }
  page.body = "<dl class=\"facts\">\n" + Fact(Bilingual("行数", "Rows"), Grouped(rows)) +
              Fact(Bilingual("模型", "Model"), EscapeHtml(facts.model)) +
              Fact(Bilingual("结果", "Results"), EscapeHtml(facts.output)) +
              Fact(Bilingual("时间", "Made"), EscapeHtml(facts.made)) + "</dl>\n";
  for (const ReportTask& task : tasks) page.body += TaskSection(facts, task);
  page.body += Footer(facts.version, facts.kernels);
  return RenderPage(page);
}

}  // namespace yixin
