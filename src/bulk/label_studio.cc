// Tested by: label_studio_test.cc
#include "bulk/label_studio.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kText = "text";

// sentiment.zh -> sentiment_zh: names of tags, which are written into XML.
std::string TagName(std::string name) {
  for (char& c : name) {
    const bool is_plain = static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') ||
                          (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
    if (!is_plain) c = '_';
  }
  return name;
}

std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

// The label's probability; nothing for a label that has none (mode generate, a margin rule).
std::optional<double> ScoreOf(const BulkTask& task, const TaskOutcome& outcome) {
  for (size_t i = 0; i < task.scored.size(); ++i) {
    if (task.scored[i] == outcome.label && std::isfinite(outcome.probs[i])) return outcome.probs[i];
  }
  return std::nullopt;
}

Json PredictionsOf(const ResultTable& table, const ResultRow& row,
                   const std::string& model_version) {
  Json result = Json::array();
  std::optional<double> score;
  for (size_t i = 0; i < table.tasks.size(); ++i) {
    const TaskOutcome& outcome = row.outcomes[i];
    if (outcome.label.empty()) continue;
    result.push_back({{"from_name", TagName(table.tasks[i].name)},
                      {"to_name", kText},
                      {"type", "choices"},
                      {"value", {{"choices", Json::array({outcome.label})}}}});
    const auto own = ScoreOf(table.tasks[i], outcome);
    if (own) score = std::min(*own, score.value_or(1));
  }
  if (result.empty()) return Json::array();
  Json prediction = {{"model_version", model_version}};
  if (score) prediction["score"] = *score;
  prediction["result"] = std::move(result);
  return Json::array({std::move(prediction)});
}

Json DataOf(const ResultRow& row) {
  Json data = {{kText, row.text}};
  for (const auto& [name, value] : row.others) {
    // Another column that is called text gives way to the texts.
    data[name == kText ? "column.text" : name] = Json::parse(value, nullptr, false);
  }
  return data;
}

Error Failed(const std::string& path) {
  return {ErrorCode::kIo, "cannot write " + path + ": " + std::strerror(errno), path};
}

// In: no reader for an output without rows.
Result<LabelStudioCounts> Write(std::optional<ResultReader>& reader, const ResultTable& table,
                                const std::string& path, const std::string& model_version,
                                const StopFlag* stop) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  LabelStudioCounts counts;
  ResultRow row;
  file << "[";
  while (file && reader) {
    if (stop != nullptr && stop->requested()) {
      return Error{ErrorCode::kCancelled, "stopped on request", ""};
    }
    YIXIN_TRY(const bool is_there, reader->Next(row));
    if (!is_there) break;
    if (row.text.empty()) {
      ++counts.left_out;
      continue;
    }
    const Json task = {{"data", DataOf(row)},
                       {"predictions", PredictionsOf(table, row, model_version)}};
    file << (counts.tasks++ == 0 ? "\n" : ",\n")
         << task.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  file << "\n]\n";
  file.close();
  if (!file) return Failed(path);
  return counts;
}

}  // namespace

Result<LabelStudioCounts> ExportLabelStudio(const ResultTable& table, const std::string& path,
                                            const std::string& model_version,
                                            const StopFlag* stop) {
  std::optional<ResultReader> reader;
  std::error_code failure;
  if (std::filesystem::file_size(table.path, failure) > 0 || failure) {
    YIXIN_TRY(ResultReader opened, ResultReader::Open(table, stop));
    reader.emplace(std::move(opened));
  }
  const std::string partial = path + ".yixin-part";
  Result<LabelStudioCounts> counts = Write(reader, table, partial, model_version, stop);
  if (counts && std::rename(partial.c_str(), path.c_str()) != 0) counts = Failed(path);
  if (!counts) std::remove(partial.c_str());
  return counts;
}

std::string LabelStudioInterface(const std::vector<std::string>& tasks,
                                 const std::vector<std::vector<std::string>>& labels) {
  std::string xml = "<View><Text name=\"text\" value=\"$text\"/>";
  for (size_t i = 0; i < tasks.size(); ++i) {
    xml += "<Choices name=\"" + Escaped(TagName(tasks[i])) + "\" toName=\"text\">";
    for (const std::string& label : labels[i]) {
      xml += "<Choice value=\"" + Escaped(label) + "\"/>";
    }
    xml += "</Choices>";
  }
  return xml + "</View>";
}

}  // namespace yixin
