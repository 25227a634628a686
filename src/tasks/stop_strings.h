// Strings that end a reply and are no part of it. They match across tokens, so text is held back
// while it may still become one.
// Tested by: stop_strings_test.cc
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace yixin {

class StopStrings {
 public:
  // In: strings of valid UTF-8, none empty.
  explicit StopStrings(std::vector<std::string> strings) : strings_(std::move(strings)) {}

  // In: the next piece of the reply, whole characters. Out: what may be shown now. Once stopped()
  // is true nothing more comes.
  std::string Append(std::string_view piece);
  // What was held back, when the reply ends otherwise.
  std::string Flush();

  bool stopped() const { return stopped_; }
  // The one that did, the first in the text; empty before.
  const std::string& matched() const { return matched_; }

 private:
  std::vector<std::string> strings_;
  std::string held_;
  std::string matched_;
  bool stopped_ = false;
};

}  // namespace yixin
