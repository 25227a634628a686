// What `analyze --report` and `eval --html` share: a page's language, its date, where it may go.
// Tested by: tests/e2e/report_test.py, tests/e2e/eval_test.py
#pragma once

#include <string>
#include <string_view>

#include "report/html.h"
#include "yixin/result.h"

namespace yixin {

// In: "zh", "en", or nothing: LC_ALL, LC_MESSAGES, LANG, as programs choose the language of their
// messages.
PageLanguage ChoosePageLanguage(std::string_view flag);

// Now, as people here write it: 2024-05-01 09:30.
std::string NowForPeople();

// Errors: kNotFound where the page's folder is not there.
Status CheckPageFolder(const std::string& flag, const std::string& path);

}  // namespace yixin
