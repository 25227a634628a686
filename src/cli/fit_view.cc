// Tested by: fit_view_test.cc
#include "cli/fit_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "cli/task_template.h"

namespace yixin {
namespace {

constexpr size_t kShownContradictions = 5;
constexpr size_t kShownLabels = 12;

std::string Points(double share) { return fmt::format("{:+.1f}", 100 * share); }
std::string Percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string QualityLine(const Quality& quality) {
  return fmt::format("{} right (95 %: {:.1f} to {:.1f})", Percent(quality.accuracy),
                     100 * quality.interval.low, 100 * quality.interval.high);
}

std::string CountsLine(const LabelledSet& set) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < set.labels.size() && i < kShownLabels; ++i) {
    parts.push_back(fmt::format("{} {}", set.labels[i], set.counts[i]));
  }
  if (set.labels.size() > kShownLabels) {
    parts.push_back(fmt::format("{} more labels", set.labels.size() - kShownLabels));
  }
  return fmt::format("{}: {}", set.size(), fmt::join(parts, " · "));
}

void AddLeftOut(const FitFacts& facts, const FitResult& result, std::vector<std::string>& lines) {
  const LabelledSet& set = result.set;
  const auto say = [&](uint64_t count, const std::string& words) {
    if (count > 0) lines.push_back(fmt::format("  left out   {} {}", count, words));
  };
  say(facts.bad_rows, "rows that cannot be read, first " + facts.first_fault);
  say(set.unlabelled, "without a text or a label");
  say(result.failed, "that the model cannot read, first " + result.first_failure);
  say(set.beyond, "beyond the most that a head is fitted on");
  size_t rows = 0;
  for (const Contradiction& one : set.contradictions) rows += one.lines.size();
  say(rows, "of the same text with different labels:");
  for (size_t i = 0; i < set.contradictions.size() && i < kShownContradictions; ++i) {
    const Contradiction& one = set.contradictions[i];
    lines.push_back(fmt::format("             lines {}: {}", fmt::join(one.lines, ", "),
                                fmt::join(one.labels, ", ")));
  }
  if (set.contradictions.size() > kShownContradictions) {
    lines.push_back(fmt::format("             and {} texts more",
                                set.contradictions.size() - kShownContradictions));
  }
  if (set.repeated > 0) {
    lines.push_back(fmt::format(
        "  repeated   {} rows whose text was there before, with the same label", set.repeated));
  }
}

Json ToJson(const Quality& quality) {
  Json json;
  json["rows"] = quality.rows;
  json["right"] = quality.right;
  json["accuracy"] = quality.accuracy;
  json["interval"] = {quality.interval.low, quality.interval.high};
  json["log_loss"] = quality.log_loss;
  json["calibration_error"] = quality.calibration_error;
  return json;
}

}  // namespace

std::vector<std::string> FormatFit(const FitFacts& facts, const FitResult& result) {
  std::vector<std::string> lines;
  lines.push_back(
      fmt::format("{}, taught on {}", facts.task.empty() ? "a new task" : facts.task, facts.model));
  lines.push_back("  rows       " + CountsLine(result.set));
  AddLeftOut(facts, result, lines);
  lines.push_back("  untaught   " + QualityLine(result.untaught) +
                  (result.untaught_is_commonest
                       ? ", by always saying the commonest label"
                       : ", calibration error " + Percent(result.untaught.calibration_error)));
  lines.push_back(fmt::format("  taught     {}, calibration error {}; {}-fold cross-validation",
                              QualityLine(result.taught), Percent(result.taught.calibration_error),
                              result.folds));
  lines.push_back(
      fmt::format("  gain       {} points (95 %: {} to {})", Points(result.difference.value),
                  Points(result.difference.interval.low), Points(result.difference.interval.high)));
  if (result.head) {
    std::vector<std::string> curve;
    for (const CurvePoint& point : result.curve) {
      curve.push_back(fmt::format("{}: {}", point.rows, Percent(point.accuracy())));
    }
    curve.push_back(fmt::format("{}: {}",
                                result.set.size() * (static_cast<size_t>(result.folds) - 1) /
                                    static_cast<size_t>(result.folds),
                                Percent(result.taught.accuracy)));
    lines.push_back(fmt::format("  by rows    {}", fmt::join(curve, " · ")));
    lines.push_back(fmt::format("  head       reads layer {} of {}, strength {:g}",
                                fmt::join(result.head->layers, " and "), facts.layers,
                                result.strength));
  } else {
    lines.push_back(
        fmt::format("  corrected  scores times {:.2f}; bias {}", result.corrections[0].scale, [&] {
          std::string words;
          for (const ScoreCorrection& one : result.corrections) {
            words += fmt::format("{}{} {:+.2f}", words.empty() ? "" : " · ", one.label, one.bias);
          }
          return words;
        }()));
  }
  lines.push_back(fmt::format("  time       {:.1f} s reading, {:.1f} s learning",
                              result.read_seconds, result.learn_seconds));
  if (result.is_better() && !result.is_surely_better()) {
    lines.push_back("  the gain may be chance: more rows would tell");
  }
  if (!facts.task_file.empty()) {
    lines.push_back("written: " + facts.task_file +
                    (facts.head_file.empty() ? "" : " and " + facts.head_file));
    lines.push_back("use it:  yixin classify --task " + facts.task_file + " TEXT");
  }
  return lines;
}

Json FitJson(const FitFacts& facts, const FitResult& result) {
  Json json;
  json["task"] = facts.task.empty() ? Json() : Json(facts.task);
  json["model"] = facts.model;
  json["kernels"] = facts.kernels;
  json["method"] = result.head ? "head" : "correction";
  Json rows;
  for (size_t i = 0; i < result.set.labels.size(); ++i) {
    rows[result.set.labels[i]] = result.set.counts[i];
  }
  json["rows"] = rows;
  Json left_out;
  left_out["unreadable"] = facts.bad_rows;
  left_out["unlabelled"] = result.set.unlabelled;
  left_out["failed"] = result.failed;
  left_out["beyond"] = result.set.beyond;
  left_out["contradictions"] = Json::array();
  for (const Contradiction& one : result.set.contradictions) {
    left_out["contradictions"].push_back({{"lines", one.lines}, {"labels", one.labels}});
  }
  json["left_out"] = left_out;
  json["repeated"] = result.set.repeated;
  json["folds"] = result.folds;
  json["untaught"] = ToJson(result.untaught);
  json["untaught_is_commonest"] = result.untaught_is_commonest;
  json["taught"] = ToJson(result.taught);
  json["gain"] = {{"accuracy", result.difference.value},
                  {"interval", {result.difference.interval.low, result.difference.interval.high}}};
  json["curve"] = Json::array();
  for (const CurvePoint& point : result.curve) {
    json["curve"].push_back({{"rows", point.rows}, {"accuracy", point.accuracy()}});
  }
  if (result.head) {
    json["layers"] = result.head->layers;
    json["strength"] = result.strength;
  }
  json["read_seconds"] = result.read_seconds;
  json["learn_seconds"] = result.learn_seconds;
  json["task_file"] = facts.task_file.empty() ? Json() : Json(facts.task_file);
  json["head_file"] = facts.head_file.empty() ? Json() : Json(facts.head_file);
  return json;
}

std::vector<std::string> FitComments(const FitFacts& facts, const FitResult& result) {
  std::vector<std::string> lines = {
      fmt::format("Made by yixin fit{} on {}.", facts.task.empty() ? "" : " from " + facts.task,
                  facts.model),
      "Rows: " + CountsLine(result.set),
      "Untaught: " + QualityLine(result.untaught),
      "Taught: " + QualityLine(result.taught) + ", cross-validated",
  };
  // A label may hold anything but must not end the comment.
  for (std::string& line : lines) {
    std::erase_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  }
  return lines;
}

std::string TaskNameOf(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string();
  for (const std::string_view ending : {".toml", ".task"}) {
    if (name.size() > ending.size() && name.ends_with(ending)) {
      name.resize(name.size() - ending.size());
    }
  }
  return name;
}

std::string HeadFileOf(const std::string& path) {
  return std::filesystem::path(path).replace_extension(".head").string();
}

std::string TaskOfLabels(const std::string& name, const std::vector<std::string>& labels) {
  const std::string system =
      HasChinese(labels)
          ? fmt::format("判断用户这段话属于哪一类，只回答一个词：{}", fmt::join(labels, "、"))
          : fmt::format("Decide which label fits the user's text. Answer with one of: {}",
                        fmt::join(labels, ", "));
  std::string toml = fmt::format("name = {}\nmode = \"score\"\nsystem = {}\n", TomlQuoted(name),
                                 TomlQuoted(system));
  for (const std::string& label : labels)
    toml += fmt::format("[[labels]]\nname = {}\n", TomlQuoted(label));
  return toml;
}

}  // namespace yixin
