#include "store/package_index.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/nesting.h"
#include "store/catalog.h"
#include "store/html_links.h"
#include "store/url.h"

namespace yixin {
namespace {

constexpr int kMaxNesting = 32;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// Runs of '-', '_' and '.' become one '-'. (PEP 503)
std::string NormaliseName(std::string_view name) {
  std::string normal;
  for (const char c : Lower(name)) {
    const bool separator = c == '-' || c == '_' || c == '.';
    if (separator && !normal.empty() && normal.back() == '-') continue;
    normal += separator ? '-' : c;
  }
  return normal;
}

std::string HashIn(std::string_view fragment) {
  constexpr std::string_view kKey = "sha256=";
  // Of several settings ("egg=x&sha256=...") only the hash counts.
  while (!fragment.empty()) {
    const size_t end = std::min(fragment.find('&'), fragment.size());
    const std::string_view setting = fragment.substr(0, end);
    if (setting.starts_with(kKey)) {
      std::string hash = Lower(setting.substr(kKey.size()));
      return IsSha256(hash) ? hash : "";
    }
    fragment.remove_prefix(std::min(end + 1, fragment.size()));
  }
  return "";
}

std::string_view LastSegment(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const size_t slash = url.rfind('/');
  return slash == std::string_view::npos ? url : url.substr(slash + 1);
}

std::string TextIn(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string_view> SplitAtDashes(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t dash = text.find('-');
    parts.push_back(text.substr(0, dash));
    if (dash == std::string_view::npos) return parts;
    text.remove_prefix(dash + 1);
  }
}

}  // namespace

std::string PackagePageUrl(std::string_view index_url, std::string_view package) {
  while (index_url.ends_with('/')) index_url.remove_suffix(1);
  return std::string(index_url) + "/" + NormaliseName(package) + "/";
}

Result<std::vector<IndexFile>> ParseIndexPage(std::string_view page, std::string_view content_type,
                                              const std::string& page_url) {
  if (Lower(content_type).find("json") != std::string::npos) return ParseIndexJson(page, page_url);
  return ParseIndexHtml(page, page_url);
}

Result<std::vector<IndexFile>> ParseIndexJson(std::string_view page, const std::string& page_url) {
  const std::string where = DisplayUrl(page_url);
  if (const auto nesting = CheckJsonNesting(page, kMaxNesting); !nesting) {
    return Error{ErrorCode::kInvalidFile, where + ": " + nesting.error().message, where};
  }
  const auto json = nlohmann::json::parse(page, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("files") || !json["files"].is_array()) {
    return Error{ErrorCode::kInvalidFile,
                 where + ": expected an index page (PEP 691) with \"files\"", where};
  }
  std::vector<IndexFile> files;
  for (const auto& item : json["files"]) {
    if (!item.is_object()) continue;
    auto url = JoinUrl(page_url, TextIn(item, "url"));
    IndexFile file{TextIn(item, "filename"), std::move(url).value_or(""), ""};
    if (file.filename.empty() || file.url.empty()) continue;
    if (const auto hashes = item.find("hashes"); hashes != item.end() && hashes->is_object()) {
      std::string hash = Lower(TextIn(*hashes, "sha256"));
      if (IsSha256(hash)) file.sha256 = std::move(hash);
    }
    files.push_back(std::move(file));
  }
  return files;
}

std::vector<IndexFile> ParseIndexHtml(std::string_view page, const std::string& page_url) {
  const HtmlLinks links = ReadHtmlLinks(page);
  const std::string base =
      links.base.empty() ? page_url : JoinUrl(page_url, links.base).value_or(page_url);
  std::vector<IndexFile> files;
  for (const std::string& href : links.hrefs) {
    const auto joined = JoinUrl(base, href);
    const auto parts = joined ? ParseUrl(*joined) : std::nullopt;
    if (!parts) continue;
    const std::string_view filename = LastSegment(parts->bare);
    if (filename.empty()) continue;
    const std::string url = joined->substr(0, joined->find('#'));
    files.push_back(IndexFile{std::string(filename), url, HashIn(parts->fragment)});
  }
  return files;
}

const IndexFile* FindWheel(const std::vector<IndexFile>& files, std::string_view package,
                           std::string_view version) {
  constexpr std::string_view kWheel = ".whl";
  const std::string wanted = NormaliseName(package);
  for (const IndexFile& file : files) {
    if (!file.filename.ends_with(kWheel)) continue;
    const auto stem =
        std::string_view(file.filename).substr(0, file.filename.size() - kWheel.size());
    // name-version[-build]-python-abi-platform (PEP 427); a wheel's name holds no '-'.
    const auto parts = SplitAtDashes(stem);
    if (parts.size() != 5 && parts.size() != 6) continue;
    if (NormaliseName(parts[0]) == wanted && parts[1] == version && parts.back() == "any") {
      return &file;
    }
  }
  return nullptr;
}

}  // namespace yixin
