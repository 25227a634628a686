#include "store/pip_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "store/file_io.h"

namespace yixin {
namespace {

constexpr size_t kMaxConfigBytes = 1 << 20;
constexpr const char* kDefaultIndex = "https://pypi.org/simple";

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

// "--Index_URL" -> "index-url", as pip normalises keys.
std::string NormaliseKey(std::string_view key) {
  key = Trim(key);
  if (key.starts_with("--")) key.remove_prefix(2);
  std::string normal(key);
  for (char& c : normal) {
    if (c == '_') c = '-';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return normal;
}

std::vector<std::string> SplitWords(std::string_view text) {
  std::vector<std::string> words;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = begin;
    while (end < text.size() && !IsSpace(text[end]) && text[end] != '\n') ++end;
    if (end > begin) words.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

// In the order in which pip lets later files win.
std::vector<std::filesystem::path> ConfigFiles(const Environment& environment) {
  const std::string config_file = environment.Get("PIP_CONFIG_FILE");
  if (config_file == "/dev/null") return {};
  std::vector<std::filesystem::path> files;
  std::string folders = environment.Get("XDG_CONFIG_DIRS");
  if (folders.empty()) folders = (environment.etc / "xdg").string();
  for (char& c : folders) {
    if (c == ':') c = '\n';
  }
  for (const std::string& folder : SplitWords(folders)) {
    files.push_back(std::filesystem::path(folder) / "pip" / "pip.conf");
  }
  files.push_back(environment.etc / "pip.conf");
  std::error_code error;
  const bool own_file = !config_file.empty() && std::filesystem::exists(config_file, error);
  if (const std::filesystem::path home = environment.Get("HOME"); !own_file && !home.empty()) {
    files.push_back(home / ".pip" / "pip.conf");
    const std::string config = environment.Get("XDG_CONFIG_HOME");
    files.push_back((config.empty() ? home / ".config" : std::filesystem::path(config)) / "pip" /
                    "pip.conf");
  }
  if (const std::string site = environment.Get("VIRTUAL_ENV"); !site.empty()) {
    files.push_back(std::filesystem::path(site) / "pip.conf");
  }
  if (!config_file.empty()) files.emplace_back(config_file);
  return files;
}

// "15", "7.5": whole seconds, at least 1. Anything else is as if it were not set.
int ParseTimeout(std::string_view text) {
  constexpr int kLongestS = 3600;
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool whole = end == text.data() + text.size() || *end == '.';
  if (error != std::errc() || !whole || seconds < 0) return 0;
  return std::clamp(seconds, 1, kLongestS);
}

}  // namespace

IniFile ParseIni(std::string_view text) {
  IniFile ini;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::map<std::string, std::string>* section = nullptr;
  std::string* value = nullptr;  // that an indented line continues
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view content = Trim(line);
    if (content.empty() || content[0] == '#' || content[0] == ';') continue;
    if (IsSpace(line[0]) && value != nullptr) {
      if (!value->empty()) *value += '\n';
      value->append(content);
      continue;
    }
    value = nullptr;
    if (content[0] == '[') {
      const size_t close = content.find(']');
      if (close != std::string_view::npos)
        section = &ini[std::string(content.substr(1, close - 1))];
      continue;
    }
    const size_t separator = content.find_first_of("=:");
    if (section == nullptr || separator == std::string_view::npos) continue;
    value = &(*section)[NormaliseKey(content.substr(0, separator))];
    *value = std::string(Trim(content.substr(separator + 1)));
  }
  return ini;
}

PipSettings ReadPipSettings(const Environment& environment) {
  std::map<std::string, std::string> global;
  std::map<std::string, std::string> install;
  for (const std::filesystem::path& file : ConfigFiles(environment)) {
    const auto text = ReadSmallFile(file, kMaxConfigBytes);
    if (!text) continue;
    IniFile ini = ParseIni(*text);
    for (auto& [key, value] : ini["global"]) global[key] = value;
    for (auto& [key, value] : ini["install"]) install[key] = value;
  }
  // pip drops empty values, so that the weaker place counts.
  const auto get = [&](const char* key, std::initializer_list<const char*> variables) {
    for (const char* variable : variables) {
      if (std::string value = environment.Get(variable); !value.empty()) return value;
    }
    if (!install[key].empty()) return install[key];
    return global[key];
  };
  PipSettings settings;
  std::string index = get("index-url", {"PIP_INDEX_URL"});
  settings.index_urls.push_back(index.empty() ? kDefaultIndex : std::move(index));
  for (std::string& url : SplitWords(get("extra-index-url", {"PIP_EXTRA_INDEX_URL"}))) {
    settings.index_urls.push_back(std::move(url));
  }
  settings.cert = get("cert", {"PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"});
  settings.client_cert = get("client-cert", {"PIP_CLIENT_CERT"});
  settings.proxy = get("proxy", {"PIP_PROXY"});
  settings.trusted_hosts = SplitWords(get("trusted-host", {"PIP_TRUSTED_HOST"}));
  settings.timeout_s = ParseTimeout(get("timeout", {"PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT"}));
  if (settings.timeout_s == 0) settings.timeout_s = ParseTimeout(get("default-timeout", {}));
  const std::string no_index = get("no-index", {"PIP_NO_INDEX"});
  settings.no_index =
      no_index == "1" || no_index == "true" || no_index == "True" || no_index == "yes";
  return settings;
}

}  // namespace yixin
