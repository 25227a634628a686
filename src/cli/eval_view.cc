// Tested by: eval_view_test.cc
#include "cli/eval_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/terminal.h"

namespace yixin {
namespace {

constexpr double kThresholds[] = {0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99};

using Cells = std::vector<std::string>;

std::string Percent(const std::optional<double>& share) {
  return share ? fmt::format("{:.1f} %", 100 * *share) : "-";
}

std::string Between(const std::optional<Interval>& interval, bool is_difference = false) {
  if (!interval) return "";
  const double low = 100 * interval->low;
  const double high = 100 * interval->high;
  return is_difference ? fmt::format("{:+.1f} to {:+.1f}", low, high)
                       : fmt::format("{:.1f} to {:.1f}", low, high);
}

// Columns as wide as their widest cell; the first stands left, the others right.
void AppendTable(const std::vector<Cells>& rows, std::vector<std::string>& out) {
  std::vector<size_t> widths;
  for (const Cells& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  for (const Cells& row : rows) {
    std::string line = " ";
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - DisplayWidth(row[i]), ' ');
      line += i == 0 ? " " + row[i] + space : "  " + space + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out.push_back(line);
  }
}

void AppendSetting(const Evaluation& evaluation, const SettingFigures& setting,
                   std::vector<std::string>& out) {
  out.push_back("");
  out.push_back(setting.name);
  std::vector<Cells> classes = {{"label", "rows", "given", "precision", "recall", "F1"}};
  Cells head = {"truth \\ given"};
  std::vector<Cells> confusion;
  for (size_t i = 0; i < evaluation.labels.size(); ++i) {
    const std::string& label = evaluation.labels[i];
    const ClassMetrics& one = setting.labels.classes[i];
    classes.push_back({label, fmt::to_string(one.support), fmt::to_string(one.predicted),
                       Percent(one.precision), Percent(one.recall), Percent(one.f1)});
    head.push_back(label);
    Cells row = {label};
    for (const uint64_t count : setting.labels.confusion[i]) row.push_back(fmt::to_string(count));
    confusion.push_back(std::move(row));
  }
  head.push_back("failed");
  confusion.insert(confusion.begin(), std::move(head));
  AppendTable(classes, out);
  out.push_back("");
  AppendTable(confusion, out);
  out.push_back("");
  if (setting.calibration) {
    out.push_back(fmt::format("  calibration error {} (15 bins of equal width, {} rows)",
                              Percent(setting.calibration->expected_error),
                              setting.calibration->rows));
    std::vector<Cells> coverage = {{"confidence", "rows above it", "accuracy of those"}};
    for (const Coverage& one : setting.coverage) {
      coverage.push_back(
          {fmt::format("{:.2f}", one.at_least), Percent(one.share), Percent(one.accuracy)});
    }
    AppendTable(coverage, out);
  } else {
    out.push_back("  calibration: not measured, the answers have no probabilities");
  }
}

Json ToJson(const std::optional<Interval>& interval) {
  return interval ? Json{interval->low, interval->high} : Json();
}

Json ToJson(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json ToJson(const LabelMetrics& metrics, const std::vector<std::string>& labels) {
  Json out;
  out["rows"] = metrics.rows;
  out["right"] = metrics.right;
  out["failed"] = metrics.failed;
  out["accuracy"] = ToJson(metrics.accuracy);
  out["macro_f1"] = ToJson(metrics.macro_f1);
  out["classes"] = Json::object();
  for (size_t i = 0; i < labels.size(); ++i) {
    const ClassMetrics& one = metrics.classes[i];
    out["classes"][labels[i]] = {{"rows", one.support},
                                 {"given", one.predicted},
                                 {"precision", ToJson(one.precision)},
                                 {"recall", ToJson(one.recall)},
                                 {"f1", one.f1}};
  }
  out["confusion"] = metrics.confusion;
  return out;
}

Json ToJson(const Calibration& calibration) {
  Json out;
  out["rows"] = calibration.rows;
  out["expected_calibration_error"] = calibration.expected_error;
  out["log_loss"] = ToJson(calibration.log_loss);
  out["brier"] = ToJson(calibration.brier);
  out["scored_rows"] = calibration.scored_rows;
  out["bins"] = Json::array();
  for (const ReliabilityBin& bin : calibration.bins) {
    const bool has_rows = bin.rows > 0;
    out["bins"].push_back({{"rows", bin.rows},
                           {"mean_confidence", has_rows ? Json(bin.mean_confidence) : Json()},
                           {"accuracy", has_rows ? Json(bin.accuracy) : Json()}});
  }
  return out;
}

}  // namespace

Result<std::vector<SettingFigures>> MeasureSettings(const Evaluation& evaluation,
                                                    const std::vector<LabelledText>& texts,
                                                    const std::vector<std::string>& names,
                                                    const std::vector<std::string>& neutral) {
  std::vector<SettingFigures> out;
  for (size_t i = 0; i < evaluation.judged.size(); ++i) {
    const std::vector<JudgedRow>& rows = evaluation.judged[i];
    SettingFigures one;
    one.name = names[i];
    one.neutral = neutral[i];
    YIXIN_TRY(one.labels, MeasureLabels(rows, evaluation.labels.size()));
    YIXIN_TRY(one.accuracy_interval, AccuracyInterval(rows, {}));
    YIXIN_TRY(one.calibration, MeasureCalibration(rows));
    one.coverage = MeasureCoverage(rows, kThresholds);
    if (i > 0 && one.labels.accuracy) {
      one.versus_first = *one.labels.accuracy - *out[0].labels.accuracy;
      YIXIN_TRY(one.versus_first_interval, DifferenceInterval(evaluation.judged[0], rows, {}));
    }
    std::map<std::string, std::vector<JudgedRow>> groups;
    for (size_t row = 0; row < rows.size(); ++row) {
      const std::string& group = texts[evaluation.rows[row]].group;
      if (!group.empty()) groups[group].push_back(rows[row]);
    }
    for (const auto& [name, members] : groups) {
      YIXIN_TRY(LabelMetrics metrics, MeasureLabels(members, evaluation.labels.size()));
      one.groups.push_back({name, std::move(metrics)});
    }
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<std::string> FormatEvaluation(const Evaluation& evaluation,
                                          const std::vector<SettingFigures>& settings) {
  std::vector<std::string> out;
  std::vector<Cells> table = {
      {"", "rows", "failed", "accuracy", "95 %", "macro-F1", "vs first", "95 %", "rows/s"}};
  for (const SettingFigures& one : settings) {
    const double speed = one.seconds > 0 ? static_cast<double>(one.labels.rows) / one.seconds : 0;
    table.push_back({one.name, fmt::to_string(one.labels.rows), fmt::to_string(one.labels.failed),
                     Percent(one.labels.accuracy), Between(one.accuracy_interval),
                     Percent(one.labels.macro_f1),
                     one.versus_first ? fmt::format("{:+.1f}", 100 * *one.versus_first) : "",
                     Between(one.versus_first_interval, true), fmt::format("{:.0f}", speed)});
  }
  AppendTable(table, out);
  for (const SettingFigures& one : settings) {
    if (one.labels.failed == 0) continue;
    out.push_back(
        fmt::format("  {}: {} rows failed and count as wrong", one.name, one.labels.failed));
  }
  for (const auto& [label, rows] : evaluation.unknown_labels) {
    out.push_back(
        fmt::format("  {} rows were left out: no task has their label \"{}\"", rows, label));
  }
  for (const SettingFigures& one : settings) {
    AppendSetting(evaluation, one, out);
    if (one.groups.empty()) continue;
    out.push_back("");
    std::vector<Cells> groups = {{"group", "rows", "accuracy"}};
    const auto neutral = std::find(evaluation.labels.begin(), evaluation.labels.end(), one.neutral);
    const bool has_neutral = neutral != evaluation.labels.end();
    if (has_neutral) groups[0].push_back(one.neutral + " recall");
    for (const GroupFigures& group : one.groups) {
      groups.push_back(
          {group.name, fmt::to_string(group.labels.rows), Percent(group.labels.accuracy)});
      if (!has_neutral) continue;
      const auto index = static_cast<size_t>(neutral - evaluation.labels.begin());
      groups.back().push_back(Percent(group.labels.classes[index].recall));
    }
    AppendTable(groups, out);
  }
  return out;
}

Json EvaluationJson(const Evaluation& evaluation, const std::vector<SettingFigures>& settings) {
  Json out;
  out["labels"] = evaluation.labels;
  out["rows"] = evaluation.rows.size();
  out["left_out"] = Json::object();
  for (const auto& [label, rows] : evaluation.unknown_labels) out["left_out"][label] = rows;
  out["settings"] = Json::array();
  for (size_t i = 0; i < settings.size(); ++i) {
    const SettingFigures& one = settings[i];
    Json setting = ToJson(one.labels, evaluation.labels);
    setting["name"] = one.name;
    setting["accuracy_interval"] = ToJson(one.accuracy_interval);
    setting["versus_first"] = ToJson(one.versus_first);
    setting["versus_first_interval"] = ToJson(one.versus_first_interval);
    setting["calibration"] = one.calibration ? ToJson(*one.calibration) : Json();
    setting["coverage"] = Json::array();
    for (const Coverage& row : one.coverage) {
      setting["coverage"].push_back(
          {{"at_least", row.at_least}, {"share", row.share}, {"accuracy", ToJson(row.accuracy)}});
    }
    setting["groups"] = Json::object();
    for (const GroupFigures& group : one.groups) {
      setting["groups"][group.name] = ToJson(group.labels, evaluation.labels);
    }
    setting["failures"] = Json::array();
    for (const RowFailure& failure : evaluation.failures[i]) {
      setting["failures"].push_back(yixin::ToJson(failure.error, failure.line));
    }
    setting["seconds"] = one.seconds;
    out["settings"].push_back(std::move(setting));
  }
  return out;
}

}  // namespace yixin
