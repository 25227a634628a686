// Tested by: stop_strings_test.cc
#include "tasks/stop_strings.h"

#include <algorithm>
#include <utility>

namespace yixin {

std::string StopStrings::Append(std::string_view piece) {
  if (stopped_) return "";
  held_ += piece;
  size_t shown = held_.size();
  for (const std::string& string : strings_) {
    if (const size_t found = held_.find(string); found < shown) {
      shown = found;
      matched_ = string;
      stopped_ = true;
    }
  }
  if (stopped_) return std::exchange(held_, "").substr(0, shown);
  // The longest end that one of them begins with.
  for (const std::string& string : strings_) {
    for (size_t length = std::min(string.size() - 1, held_.size()); length > 0; --length) {
      if (!held_.ends_with(std::string_view(string).substr(0, length))) continue;
      shown = std::min(shown, held_.size() - length);
      break;
    }
  }
  std::string out = held_.substr(0, shown);
  held_.erase(0, shown);
  return out;
}

std::string StopStrings::Flush() { return std::exchange(held_, ""); }

}  // namespace yixin
