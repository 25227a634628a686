// Tested by: label_queue_test.cc
#include "api/label_queue.h"

#include <algorithm>
#include <utility>

namespace yixin {
namespace {

bool WantTheSame(const ClassifyOptions& a, const ClassifyOptions& b) {
  return a.task == b.task && a.truncation == b.truncation && a.no_neutral == b.no_neutral &&
         a.untaught == b.untaught && a.prior == b.prior;
}

}  // namespace

void LabelQueue::Add(LabelJob job) {
  if (job.texts.empty()) return job.done(Classifications());
  jobs_.push_back({std::move(job), {}});
}

void LabelQueue::Cancel(uint64_t number) {
  const auto found = std::ranges::find(jobs_, number, [](const Entry& e) { return e.job.number; });
  if (found == jobs_.end()) return;
  const LabelJob job = std::move(found->job);
  jobs_.erase(found);
  job.done(Error{ErrorCode::kCancelled, "stopped on request", ""});
}

void LabelQueue::Run(size_t most, const Classify& classify) {
  const ClassifyOptions options = jobs_.front().job.options;
  std::vector<std::pair<std::list<Entry>::iterator, size_t>> parts;
  std::vector<TextIds> texts;
  for (auto entry = jobs_.begin(); entry != jobs_.end() && texts.size() < most; ++entry) {
    if (!WantTheSame(entry->job.options, options)) continue;
    const auto left = std::span(entry->job.texts).subspan(entry->results.size());
    const auto taken = left.first(std::min(left.size(), most - texts.size()));
    texts.insert(texts.end(), taken.begin(), taken.end());
    parts.emplace_back(entry, taken.size());
  }
  Result<Classifications> results = classify(texts, options);
  if (results) texts_done_ += texts.size();
  size_t next = 0;
  for (const auto& [entry, count] : parts) {
    if (results) {
      for (size_t i = 0; i < count; ++i) entry->results.push_back(std::move((*results)[next++]));
      if (entry->results.size() < entry->job.texts.size()) continue;
    }
    Entry ended = std::move(*entry);
    jobs_.erase(entry);
    if (results) {
      ended.job.done(std::move(ended.results));
    } else {
      ended.job.done(results.error());
    }
  }
}

void LabelQueue::EndAll(const Error& error) {
  for (std::list<Entry> ended = std::move(jobs_); const Entry& entry : ended) entry.job.done(error);
  jobs_.clear();
}

}  // namespace yixin
