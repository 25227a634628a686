#include "store/manifest.h"

#include <nlohmann/json.hpp>

#include "base/nesting.h"
#include "store/catalog.h"

namespace yixin {
namespace {

constexpr int kVersion = 1;
constexpr int kMaxNesting = 4;

Result<std::vector<ModelPart>> ReadParts(const nlohmann::json& list) {
  const auto fail = [] {
    return Error{ErrorCode::kInvalidFile, "files: expected plain names with bytes and sha256", ""};
  };
  std::vector<ModelPart> parts;
  if (!list.is_array()) return fail();
  for (const nlohmann::json& item : list) {
    const auto text = [&](const char* key) {
      const auto found = item.is_object() ? item.find(key) : item.end();
      return found != item.end() && found->is_string() ? found->get<std::string>() : "";
    };
    ModelPart part{text("file"), 0, text("sha256")};
    const bool plain = IsRepoPath(part.file) && part.file.find('/') == std::string::npos;
    if (!plain || !IsSha256(part.sha256) || !item.contains("bytes") ||
        !item["bytes"].is_number_unsigned()) {
      return fail();
    }
    part.bytes = item["bytes"].get<uint64_t>();
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace

std::string WriteManifest(const LocalModel& model, const std::filesystem::path& folder) {
  const bool inside = model.path.parent_path() == folder;
  nlohmann::json json = {{"version", kVersion},
                         {"name", model.name},
                         {"path", (inside ? model.path.filename() : model.path).string()},
                         {"sha256", model.sha256},
                         {"bytes", model.bytes},
                         {"licence", model.licence},
                         {"source", model.source},
                         {"verified", model.verified},
                         {"modified_ns", model.modified_ns},
                         {"pulled_unix_s", model.pulled_unix_s}};
  if (!model.revision.empty()) json["revision"] = model.revision;
  for (const ModelPart& part : model.files) {
    json["files"].push_back({{"file", part.file}, {"bytes", part.bytes}, {"sha256", part.sha256}});
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<LocalModel> ParseManifest(std::string_view json_text, const std::filesystem::path& folder) {
  const std::string where = (folder / "manifest.json").string();
  const auto fail = [&](const std::string& problem) {
    return Error{ErrorCode::kInvalidFile,
                 where + ": " + problem + "; remove the file and pull the model again", where};
  };
  if (const auto nesting = CheckJsonNesting(json_text, kMaxNesting); !nesting) {
    return fail(nesting.error().message);
  }
  const auto json = nlohmann::json::parse(json_text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return fail("expected a JSON object");
  const auto number = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number_integer() ? &*found : nullptr;
  };
  if (const auto* version = number("version"); version == nullptr || *version != kVersion) {
    return fail("version: expected " + std::to_string(kVersion));
  }
  LocalModel model;
  std::string path;
  for (const auto& [key, value] :
       {std::pair("name", &model.name), std::pair("path", &path),
        std::pair("sha256", &model.sha256), std::pair("licence", &model.licence),
        std::pair("source", &model.source)}) {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_string()) {
      return fail(std::string(key) + ": expected a text");
    }
    *value = found->get<std::string>();
  }
  if (model.name.empty()) return fail("name: expected a text");
  model.path = path;
  const bool inside = !path.empty() && path != ".." && path.find('/') == std::string::npos;
  if (inside) model.path = folder / path;
  if (!inside && !model.path.is_absolute()) {
    return fail("path: expected an absolute path or a file's name");
  }
  if (!IsSha256(model.sha256)) return fail("sha256: expected 64 hex digits");
  const auto* bytes = number("bytes");
  if (bytes == nullptr || !bytes->is_number_unsigned()) return fail("bytes: expected a number");
  model.bytes = bytes->get<uint64_t>();
  const auto verified = json.find("verified");
  model.verified = verified != json.end() && verified->is_boolean() && verified->get<bool>();
  if (const auto* modified = number("modified_ns")) model.modified_ns = modified->get<int64_t>();
  if (const auto* pulled = number("pulled_unix_s")) model.pulled_unix_s = pulled->get<int64_t>();
  if (const auto found = json.find("revision"); found != json.end() && found->is_string()) {
    model.revision = found->get<std::string>();
  }
  if (const auto found = json.find("files"); found != json.end()) {
    auto parts = ReadParts(*found);
    if (!parts) return fail(parts.error().message);
    model.files = *std::move(parts);
  }
  return model;
}

}  // namespace yixin
