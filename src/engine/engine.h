// The forward pass over many sequences at once: prefill, decode, batch classification and serving
// are all this one call. Token ids in, hidden states and logits out; text never comes here.
//
// Same bits: what a sequence yields does not depend on the other steps, on how the batch is cut
// into chunks, on forks or on the number of threads. Tested by: engine_test.cc
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "engine/kv_cache.h"
#include "engine/prefix_cache.h"
#include "engine/prefix_files.h"
#include "model/decoder.h"
#include "model/model.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

struct EngineOptions {
  int threads = 0;         // 0: DefaultThreadCount(); at most, where the system gives fewer
  int chunk_tokens = 256;  // tokens a pass over the weights; int8 rows of 4864 then fit half an L2
  size_t max_kv_tokens = 0;  // positions that may be alive at once; 0: 65,536
  PrefixPlace prefixes;      // where Prefix keeps its sequences for the next start
};

// New tokens of one sequence. Hidden states come back for tokens[first_output] and all after it.
struct Step {
  KvSequence* sequence = nullptr;
  std::span<const int32_t> tokens;
  int first_output = 0;  // tokens.size(): none
};

// Threads: one caller at a time.
class Engine {
 public:
  // The model outlives the engine.
  Engine(const Model& model, const EngineOptions& options);

  const Model& model() const { return *model_; }
  int threads() const { return pool_.threads(); }
  KvPool& kv_pool() { return kv_pool_; }
  KvSequence NewSequence() { return KvSequence(kv_pool_); }

  // Appends each step's tokens to its sequence. In: distinct sequences, ids within the vocabulary
  // (a debug check; ids are made by the tokenizer).
  // Out: last-layer hidden states [outputs, hidden] of all steps in order.
  // Errors: kOutOfMemory when the KV pool is full, kCancelled when `stop` is set between chunks;
  // the sequences then end where they ended before, as they do where std::bad_alloc is thrown.
  // Cost: a pass over the weights for every chunk_tokens tokens.
  Result<std::vector<float>> Forward(std::span<const Step> steps, const StopFlag* stop = nullptr);

  // The same with the hidden states inside the model: after so many of its layers, as the residual
  // stream has them, before any norm. Nothing is computed behind the last of `blocks`; where that
  // is not the model's last layer, the pass is for reading alone and the sequences end where they
  // ended before. In: blocks ascending, each in [1, layers]. Out: [outputs, blocks.size(), hidden].
  // Cost: blocks.back() / layers of Forward's.
  Result<std::vector<float>> ForwardToBlocks(std::span<const Step> steps,
                                             std::span<const int> blocks,
                                             const StopFlag* stop = nullptr);

  // A sequence of these ids, which many texts begin with: computed once, later calls share it. It
  // is kept on disk too where options.prefixes says so: no user's words may be in it.
  // Out: a fork, which costs no pages until it grows. The same bits, wherever it came from.
  // Errors: as Forward. Cost: that of Forward, or of reading a file, or nothing.
  Result<KvSequence> Prefix(std::span<const int32_t> ids, const StopFlag* stop = nullptr);

  // Logits of the whole vocabulary. In: hidden [n, hidden]. Out: logits [n, vocabulary].
  // Errors: kInternal when a logit is not finite.
  Status Logits(std::span<const float> hidden, std::span<float> logits);
  // Logits of some ids only: [n, ids.size()], the same bits.
  Status LabelLogits(std::span<const float> hidden, std::span<const int32_t> ids,
                     std::span<float> logits);
  // log(sum(exp(logits))) in a fixed order.
  float LogSumExp(std::span<const float> logits) const;

  // function(i) for every i in [0, count), on all threads. In: it does not call the engine's other
  // verbs, LogSumExp excepted.
  template <typename Function>
  void ParallelFor(size_t count, const Function& function) {
    pool_.ParallelFor(count, 1, [&](size_t begin, size_t end, int) {
      for (size_t i = begin; i < end; ++i) function(i);
    });
  }

  uint64_t tokens_computed() const { return tokens_computed_; }

  // Called between two chunks of a long Forward, by its thread, so that somebody else gets a turn:
  // it may call the engine's verbs for other sequences, within which it is not called again. What
  // it throws ends the Forward. Empty: nobody.
  void SetBetweenChunks(std::function<void()> function) { between_chunks_ = std::move(function); }

 private:
  void LetOthersIn();
  void RunChunk(std::span<const SequenceSlice> slices, std::span<KvSequence* const> sequences,
                std::span<const int> blocks, std::vector<float>& hidden);

  const Model* model_;
  EngineOptions options_;
  ThreadPool pool_;
  KvPool kv_pool_;
  PrefixFiles prefix_files_;
  PrefixCache prefixes_;  // goes before the pool that has its pages
  ForwardScratch scratch_;
  uint64_t tokens_computed_ = 0;
  std::function<void()> between_chunks_;
  bool others_are_in_ = false;
};

}  // namespace yixin
