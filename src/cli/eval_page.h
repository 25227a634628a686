// `yixin eval --html`: what FormatEvaluation says, as a page to read and hand on.
// Tested by: eval_page_test.cc, tests/e2e/eval_test.py
#pragma once

#include <string>
#include <vector>

#include "cli/eval_view.h"
#include "eval/evaluation.h"
#include "report/html.h"

namespace yixin {

struct EvalPageFacts {
  PageLanguage language = PageLanguage::kChinese;
  std::string input;
  std::string models;
  std::string kernels;
  std::string version;
  std::string made;  // date and time
};

std::string RenderEvalPage(const EvalPageFacts& facts, const Evaluation& evaluation,
                           const std::vector<SettingFigures>& settings);

}  // namespace yixin
