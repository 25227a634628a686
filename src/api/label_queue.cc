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

Error Cancelled() { return {ErrorCode::kCancelled, "stopped on request", ""}; }

}  // namespace

void LabelQueue::Add(LabelJob job) {
  if (job.texts.empty()) return job.done(Classifications());
  jobs_.push_back({std::move(job), {}});
}

bool LabelQueue::Cancel(uint64_t number) {
  const auto found = std::ranges::find(jobs_, number, [](const Entry& e) { return e.job.number; });
  if (found == jobs_.end()) return false;
  found->is_cancelled = true;
  if (found->is_in_work) {
    return std::ranges::all_of(
        jobs_, [](const Entry& entry) { return !entry.is_in_work || entry.is_cancelled; });
  }
  const LabelJob job = std::move(found->job);
  jobs_.erase(found);
  job.done(Cancelled());
  return false;
}

void LabelQueue::Run(const LabelBudget& budget, const Classify& classify) {
  const ClassifyOptions options = jobs_.front().job.options;
  std::vector<std::pair<std::list<Entry>::iterator, size_t>> parts;
  std::vector<TextIds> texts;
  size_t tokens = 0;
  const auto fits = [&] {
    return texts.empty() || (texts.size() < budget.texts && tokens < budget.tokens);
  };
  for (auto entry = jobs_.begin(); entry != jobs_.end() && fits(); ++entry) {
    if (!WantTheSame(entry->job.options, options)) continue;
    const size_t before = texts.size();
    for (const TextIds& text : std::span(entry->job.texts).subspan(entry->results.size())) {
      if (!fits()) break;
      texts.push_back(text);
      tokens += text ? text->size() : 0;
    }
    parts.emplace_back(entry, texts.size() - before);
    entry->is_in_work = true;
  }
  Result<Classifications> results = classify(texts, options);
  if (results) texts_done_ += texts.size();
  size_t next = 0;
  for (const auto& [entry, count] : parts) {
    entry->is_in_work = false;
    if (results) {
      for (size_t i = 0; i < count; ++i) entry->results.push_back(std::move((*results)[next++]));
    }
    const bool is_open = results ? entry->results.size() < entry->job.texts.size()
                                 : results.error().code == ErrorCode::kCancelled;
    if (is_open && !entry->is_cancelled) {
      jobs_.splice(jobs_.end(), jobs_, entry);
      continue;
    }
    Entry ended = std::move(*entry);
    jobs_.erase(entry);
    if (ended.is_cancelled) {
      ended.job.done(Cancelled());
    } else if (results) {
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
