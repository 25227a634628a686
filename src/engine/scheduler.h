// Continuous batching: any number of streams of tokens over one engine, each pass of which computes
// a token of every stream that writes and a piece of the prompts that wait (Orca, OSDI 2022; pieces
// of prompts beside running streams as in Sarathi, arXiv 2308.16369). A stream's tokens are to the
// bit those that it would have alone.
// Tested by: scheduler_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/engine.h"
#include "engine/history_cache.h"
#include "engine/sampler.h"
#include "engine/token_constraint.h"
#include "yixin/result.h"

namespace yixin {

struct TokenCandidate {
  int32_t id = 0;
  float log_probability = 0;  // of the model's own distribution, before penalties and temperature
};

struct StreamToken {
  int32_t id = 0;
  // Where the stream asked for them: the token's own, and the most likely ones, best first.
  float log_probability = 0;
  std::vector<TokenCandidate> best;
};

enum class StreamEnd { kListener, kLength, kComplete, kCancelled, kFailed };

struct StreamCost {
  int prompt_tokens = 0;  // of the request
  int reused_tokens = 0;  // of these, found in a cache
  int new_tokens = 0;
  double queue_ms = 0;  // between Add and its first pass
};

class StreamListener {
 public:
  virtual ~StreamListener() = default;
  // false: that was enough. Called by Scheduler::RunPass; it must not wait, and not call the
  // scheduler.
  virtual bool OnToken(const StreamToken& token) = 0;
  // The last call. error: where `end` is kFailed.
  virtual void OnEnd(StreamEnd end, const StreamCost& cost, const Error* error) = 0;
};

struct StreamRequest {
  std::vector<int32_t> prompt;  // not empty, ids within the vocabulary
  // So many of its first ids are a task's own words, which Engine::Prefix keeps; no user's.
  size_t task_prefix = 0;
  SamplingOptions sampling;
  std::shared_ptr<const std::vector<int32_t>> exempt;  // see Sampler; may be null
  int max_new_tokens = 128;
  std::optional<int> log_probabilities;  // with each token, and so many of the most likely ones
  uint64_t client = 0;  // streams of one client wait for each other's turn, not those of others
};

struct SchedulerOptions {
  int max_streams = 32;  // that write at once; others wait
  // Of prompts, computed in one pass: alone, and beside streams that write, whose next token waits.
  int prompt_tokens = 256;
  int prompt_tokens_beside = 128;
  // Of the engine's pool, left to those who use it besides.
  size_t spare_pages = 0;
};

struct SchedulerCounts {
  size_t waiting = 0;
  size_t running = 0;
  size_t promised_pages = 0;  // to running streams
  size_t cached_pages = 0;
  size_t pages = 0;  // that both may have together
  uint64_t prompt_tokens = 0;
  uint64_t reused_tokens = 0;
  uint64_t new_tokens = 0;
};

// Threads: one at a time, with the engine.
class Scheduler {
 public:
  using StreamId = uint64_t;

  // The engine outlives the scheduler.
  Scheduler(Engine& engine, const SchedulerOptions& options);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // The listener lives until OnEnd. constraint: null, whatever the model says. Errors:
  // kInvalidArgument (sampling, lengths below 1); kOutOfMemory for a stream that would never find
  // room.
  Result<StreamId> Add(StreamRequest request, StreamListener& listener,
                       std::unique_ptr<TokenConstraint> constraint = nullptr);
  // It ends in the next pass; an unknown id is one that has ended already.
  void Cancel(StreamId id);

  bool HasWork() const { return !running_.empty() || !waiting_.empty(); }
  // One pass over the weights, or less. An error of the engine ends the streams of the pass with
  // it, and the scheduler goes on.
  void RunPass();
  // Every stream ends with kFailed and this error.
  void EndAll(const Error& error);
  SchedulerCounts counts() const;
  // Gives the cached pages back.
  void DropCache();

 private:
  struct Stream;
  struct Pass;
  using Streams = std::list<std::unique_ptr<Stream>>;

  std::optional<KvSequence> FindBeginning(std::span<const int32_t> prompt);
  bool Admit(Stream& stream);
  void AdmitWaiting();
  bool SharesPromptInWork(const Stream& stream) const;
  Streams::iterator NextWaiting();
  Pass PlanPass();
  Status ComputePass(Pass& pass);
  void TakeTokens(Pass& pass);
  void GiveToken(Streams::iterator place, const StreamToken& token);
  void Remember(const Stream& stream);
  void End(Streams::iterator place, StreamEnd end, const Error* error);
  void EndCancelled();

  Engine* engine_;
  SchedulerOptions options_;
  Streams running_;  // in the order of admission
  Streams waiting_;
  HistoryCache cache_;
  size_t pages_;  // for running_ and cache_
  size_t promised_pages_ = 0;
  StreamId next_id_ = 1;
  uint64_t prompt_tokens_ = 0;
  uint64_t reused_tokens_ = 0;
  uint64_t new_tokens_ = 0;
  std::vector<float> logits_;
};

}  // namespace yixin
