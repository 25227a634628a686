// Texts that wait to be labelled: those of several requests that want the same are computed
// together, a bounded number at a time.
// Tested by: label_queue_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <span>
#include <vector>

#include "tasks/token_text.h"
#include "yixin/result.h"
#include "yixin/task.h"

namespace yixin {

using Classifications = std::vector<Result<Classification>>;

struct LabelJob {
  uint64_t number = 0;
  std::vector<TextIds> texts;
  ClassifyOptions options;
  std::function<void(Result<Classifications>)> done;  // called once
};

// Of one Run: at least one text, and no more than this.
struct LabelBudget {
  size_t texts = 256;
  size_t tokens = 4096;  // of texts that are cut to the context, before they are
};

// Threads: one at a time.
class LabelQueue {
 public:
  using Classify =
      std::function<Result<Classifications>(std::span<const TextIds>, const ClassifyOptions&)>;

  void Add(LabelJob job);
  // It ends with kCancelled: now, or where `classify` is at it, when that returns. Out: whether
  // nobody wants any longer what `classify` is at.
  bool Cancel(uint64_t number);
  // Labels some texts of those that want what the first job wants, and ends the jobs that are
  // whole; those that are not go behind the others, so that a long one holds up no short one. An
  // error of `classify` ends the jobs that it was computed for, but kCancelled, which leaves them
  // for another time. In: not empty. `classify` may call Add and Cancel.
  void Run(const LabelBudget& budget, const Classify& classify);
  void EndAll(const Error& error);

  bool empty() const { return jobs_.empty(); }
  size_t jobs() const { return jobs_.size(); }
  uint64_t texts_done() const { return texts_done_; }

 private:
  struct Entry {
    LabelJob job;
    Classifications results;  // of its first texts
    bool is_in_work = false;
    bool is_cancelled = false;
  };

  std::list<Entry> jobs_;  // the oldest first
  uint64_t texts_done_ = 0;
};

}  // namespace yixin
