// Small models loop. A sentence that a reply says for the n-th time ends it, and is not shown: so a
// sentence that has been said n - 1 times is held back while what comes may become it again.
// Tested by: repetition_guard_test.cc
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace yixin {

class RepetitionGuard {
 public:
  // `times`: the n above; 0 lets everything through.
  explicit RepetitionGuard(int times) : times_(times) {}

  // In: the next piece of the reply, whole characters. Out: what may be shown now. After repeats()
  // has become true nothing more comes.
  std::string Append(std::string_view piece);
  // What was held back, when the reply ends otherwise; the end completes a sentence too, so
  // repeats() may become true. More may be appended afterwards.
  std::string Flush();

  bool repeats() const { return repeats_; }

 private:
  bool MayBecomeRepetition() const;

  int times_;
  std::map<std::string, int, std::less<>> said_;  // sentence, trimmed -> how often
  std::string sentence_;                          // the one being said, as it came
  size_t shown_ = 0;                              // bytes of it that were shown
  bool repeats_ = false;
};

}  // namespace yixin
