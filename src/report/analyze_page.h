// The page of `yixin analyze --report`. Tested by: analyze_page_test.cc
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "report/html.h"
#include "report/label_summary.h"

namespace yixin {

struct ReportTask {
  std::string name;
  std::string title;    // one line for people; may be empty
  std::string neutral;  // the neutral label; may be empty
  LabelSummary summary;
};

struct ReportFacts {
  PageLanguage language = PageLanguage::kChinese;
  std::string input;
  std::string output;
  std::string model;
  std::string kernels;
  std::string version;
  std::string made;          // date and time
  std::string truth_column;  // empty: none
  std::string date_column;
};

std::string RenderAnalyzePage(const ReportFacts& facts, std::span<const ReportTask> tasks);

}  // namespace yixin
