#include "store/environment.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace yixin {
namespace {

constexpr std::array kNames = {
    // where things lie
    "HOME", "YIXIN_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "VIRTUAL_ENV",
    "NETRC",
    // the Hugging Face hub, names as huggingface_hub has them
    "HF_ENDPOINT", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HOME", "HF_HUB_CACHE",
    "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE",
    // pip
    "PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_CERT",
    "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_TRUSTED_HOST", "PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT",
    // certificates, as requests, httpx and curl read them
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"};

// A relative path in these variables is ignored, as the XDG base directory specification says.
std::filesystem::path Absolute(const std::string& value) {
  std::filesystem::path path(value);
  return path.is_absolute() ? path : std::filesystem::path();
}

std::filesystem::path CacheFolder(const Environment& environment) {
  if (auto cache = Absolute(environment.Get("XDG_CACHE_HOME")); !cache.empty()) return cache;
  if (auto home = Absolute(environment.Get("HOME")); !home.empty()) return home / ".cache";
  return {};
}

}  // namespace

Environment Environment::FromProcess() {
  Environment environment;
  for (const char* name : kNames) {
    const char* value = std::getenv(name);  // NOLINT: nothing in yixin sets variables
    if (value != nullptr && *value != '\0') environment.variables[name] = value;
  }
  return environment;
}

std::string Environment::Get(std::string_view name) const {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string() : found->second;
}

bool Environment::IsOn(std::string_view name) const {
  std::string value = Get(name);
  std::transform(value.begin(), value.end(), value.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return value == "1" || value == "on" || value == "yes" || value == "true";
}

Result<std::filesystem::path> YixinHome(const Environment& environment) {
  if (const std::string home = environment.Get("YIXIN_HOME"); !home.empty()) {
    std::error_code error;
    auto path = std::filesystem::absolute(home, error);
    if (!error) return path;
  }
  const auto cache = CacheFolder(environment);
  if (cache.empty()) {
    return Error{
        ErrorCode::kIo,
        "no folder for the models: neither HOME nor XDG_CACHE_HOME is an absolute path; set "
        "YIXIN_HOME",
        "YIXIN_HOME"};
  }
  return cache / "yixin";
}

std::filesystem::path HubCacheFolder(const Environment& environment) {
  for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    if (const std::string folder = environment.Get(name); !folder.empty()) return folder;
  }
  if (const std::string home = environment.Get("HF_HOME"); !home.empty()) {
    return std::filesystem::path(home) / "hub";
  }
  const auto cache = CacheFolder(environment);
  return cache.empty() ? cache : cache / "huggingface" / "hub";
}

bool IsOffline(const Environment& environment) {
  return environment.IsOn("HF_HUB_OFFLINE") || environment.IsOn("TRANSFORMERS_OFFLINE");
}

}  // namespace yixin
