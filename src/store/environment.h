// The one place where the process's environment is read. The rest of the store sees a value, which
// tests make themselves. (libcurl still reads http_proxy, https_proxy and no_proxy on its own.)
// Tested by: environment_test.cc
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "yixin/result.h"

namespace yixin {

struct Environment {
  // Only set, non-empty variables are in the map. The names read are listed in environment.cc.
  std::map<std::string, std::string, std::less<>> variables;
  // Where system-wide configuration lies; another folder in tests.
  std::filesystem::path etc = "/etc";

  static Environment FromProcess();

  // Empty when it is not set.
  std::string Get(std::string_view name) const;
  // As Python's tools read a switch: 1, on, yes, true, in any case.
  bool IsOn(std::string_view name) const;
};

// $YIXIN_HOME, $XDG_CACHE_HOME/yixin or ~/.cache/yixin. Errors: kIo when no home folder is known.
Result<std::filesystem::path> YixinHome(const Environment& environment);

// The user's Hugging Face cache, the folder that holds models--ORG--REPO: $HF_HUB_CACHE,
// $HF_HOME/hub or its default. Empty when no home folder is known.
std::filesystem::path HubCacheFolder(const Environment& environment);

// HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE): no network at all.
bool IsOffline(const Environment& environment);

}  // namespace yixin
