// Tested by: tests/e2e/report_test.py, tests/e2e/eval_test.py
#include "cli/page_options.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>

namespace yixin {

PageLanguage ChoosePageLanguage(std::string_view flag) {
  if (flag == "en") return PageLanguage::kEnglish;
  if (flag == "zh") return PageLanguage::kChinese;
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in yixin sets variables
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    return std::string_view(value).starts_with("en") ? PageLanguage::kEnglish
                                                     : PageLanguage::kChinese;
  }
  return PageLanguage::kChinese;
}

std::string NowForPeople() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  return localtime_r(&now, &local) == nullptr ? "" : fmt::format("{:%Y-%m-%d %H:%M}", local);
}

Status CheckPageFolder(const std::string& flag, const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code ignored;
  if (folder.empty() || std::filesystem::is_directory(folder, ignored)) return {};
  return Error{ErrorCode::kNotFound, flag + ": there is no folder " + folder.string(), path};
}

}  // namespace yixin
