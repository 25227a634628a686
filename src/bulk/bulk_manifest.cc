// Tested by: bulk_manifest_test.cc
#include "bulk/bulk_manifest.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kLayout = 2;
// Identities are a few lines, label counts at most some hundred names.
constexpr size_t kMaxBytes = size_t{4} << 20;
constexpr size_t kMaxShown = 80;  // bytes of a value in a message

std::string Shown(std::string_view value) {
  if (value.empty()) return "none";
  return value.size() > kMaxShown ? std::string(value.substr(0, kMaxShown)) + "..."
                                  : std::string(value);
}

Error Differs(const std::string& name, std::string_view before, std::string_view now) {
  return {ErrorCode::kVerification,
          "cannot go on with the earlier run: " + name + " was " + Shown(before) + " and is " +
              Shown(now) + "; give what it had, or begin anew with --restart",
          name};
}

Json ObjectOf(const RunIdentity& identity) {
  Json object = Json::object();
  for (const auto& [name, value] : identity) object[name] = value;
  return object;
}

template <typename T>
void Take(const Json& object, const char* key, T& value) {
  object.at(key).get_to(value);
}

Json ComparedJson(const ComparedCounts& compared) {
  Json surest = Json::array();
  for (const Disagreement& row : compared.surest) {
    surest.push_back({{"line", row.line},
                      {"rating", row.rating},
                      {"label", row.label},
                      {"margin", row.margin},
                      {"text", row.text}});
  }
  return {{"agreeing", compared.agreeing},
          {"disagreeing", compared.disagreeing},
          {"silent", compared.silent},
          {"surest", surest}};
}

void TakeCompared(const Json& json, ComparedCounts& compared) {
  Take(json, "agreeing", compared.agreeing);
  Take(json, "disagreeing", compared.disagreeing);
  Take(json, "silent", compared.silent);
  for (const Json& row : json.at("surest")) {
    Disagreement& one = compared.surest.emplace_back();
    Take(row, "line", one.line);
    Take(row, "rating", one.rating);
    Take(row, "label", one.label);
    Take(row, "margin", one.margin);
    Take(row, "text", one.text);
  }
}

}  // namespace

std::string ToJsonText(const BulkManifest& manifest) {
  const BulkCounts& counts = manifest.counts;
  const Json json = {{"layout", kLayout},
                     {"complete", manifest.is_complete},
                     {"input", manifest.input},
                     {"run", ObjectOf(manifest.identity)},
                     {"next",
                      {{"offset", manifest.next.offset},
                       {"line", manifest.next.line},
                       {"row", manifest.next.row},
                       {"singly_before", manifest.next.singly_before}}},
                     {"output",
                      {{"appended", manifest.appends},
                       {"begin", manifest.output_begin},
                       {"bytes", manifest.output_bytes},
                       {"sha256", manifest.output_sha256}}},
                     {"counts",
                      {{"rows", counts.rows},
                       {"failed", counts.failed},
                       {"reused", counts.reused},
                       {"failures", counts.failures},
                       {"labels", counts.labels},
                       {"compared", ComparedJson(counts.compared)}}}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<BulkManifest> ParseBulkManifest(std::string_view json_text, const std::string& name) {
  const auto failure = [&](const std::string& words) {
    return Error{
        ErrorCode::kInvalidFile,
        name + ": is no manifest of an unfinished run (" + words + "); begin anew with --restart",
        name};
  };
  if (json_text.size() > kMaxBytes) return failure("it is too large");
  try {
    const Json json = Json::parse(json_text);
    if (json.at("layout").get<int>() != kLayout) return failure("of another version of yixin");
    BulkManifest manifest;
    Take(json, "complete", manifest.is_complete);
    Take(json, "input", manifest.input);
    for (const auto& [key, value] : json.at("run").get_ref<const Json::object_t&>()) {
      manifest.identity.emplace_back(key, value.get<std::string>());
    }
    const Json& next = json.at("next");
    Take(next, "offset", manifest.next.offset);
    Take(next, "line", manifest.next.line);
    Take(next, "row", manifest.next.row);
    Take(next, "singly_before", manifest.next.singly_before);
    const Json& output = json.at("output");
    Take(output, "appended", manifest.appends);
    Take(output, "begin", manifest.output_begin);
    Take(output, "bytes", manifest.output_bytes);
    Take(output, "sha256", manifest.output_sha256);
    const Json& counts = json.at("counts");
    Take(counts, "rows", manifest.counts.rows);
    Take(counts, "failed", manifest.counts.failed);
    Take(counts, "reused", manifest.counts.reused);
    Take(counts, "failures", manifest.counts.failures);
    Take(counts, "labels", manifest.counts.labels);
    TakeCompared(counts.at("compared"), manifest.counts.compared);
    return manifest;
  } catch (const Json::exception& error) {
    return failure(error.what());
  }
}

Result<std::optional<BulkManifest>> ReadBulkManifest(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT) return std::optional<BulkManifest>();
    return Error{ErrorCode::kIo, "cannot open " + path + ": " + std::strerror(errno), path};
  }
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  YIXIN_TRY(BulkManifest manifest, ParseBulkManifest(text, path));
  return std::optional(std::move(manifest));
}

Status CheckSameRun(const RunIdentity& before, const RunIdentity& now) {
  for (const auto& [name, value] : now) {
    const std::string old = ValueOf(before, name);
    if (old != value) return Differs(name, old, value);
  }
  for (const auto& [name, value] : before) {
    if (ValueOf(now, name) != value) return Differs(name, value, ValueOf(now, name));
  }
  return {};
}

std::string ValueOf(const RunIdentity& identity, std::string_view name) {
  const auto found = std::find_if(identity.begin(), identity.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == identity.end() ? std::string() : found->second;
}

}  // namespace yixin
