// Tested by: engine_test.cc
#include "engine/engine.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <string>

namespace yixin {
namespace {

EngineOptions WithDefaults(EngineOptions options) {
  if (options.threads == 0) options.threads = DefaultThreadCount();
  if (options.max_kv_tokens == 0) options.max_kv_tokens = 65536;
  options.chunk_tokens = std::max(options.chunk_tokens, 1);
  return options;
}

// An eighth of the pool: prefixes are short, and the rest is for what goes on.
constexpr size_t kPrefixShare = 8;

// Reference weights are not packed, so there is nothing that a prefix could lie beside.
PrefixFiles FilesFor(const Model& model, const PrefixPlace& place) {
  if (model.kernels().form != NumericForm::kRotatedInt8) return {};
  return {place, model.kernels().name};
}

// The tokenizer makes ids and the facade has compared its size with the model's: an id outside is a
// programmer's error.
[[maybe_unused]] bool AreIds(std::span<const int32_t> ids, const ModelConfig& config) {
  return std::ranges::all_of(ids, [&](int32_t id) { return id >= 0 && id < config.vocabulary; });
}

// Sequences as long as they were, unless all went well.
class LengthGuard {
 public:
  explicit LengthGuard(std::span<const Step> steps) : steps_(steps) {
    for (const Step& step : steps) lengths_.push_back(step.sequence->length());
  }
  ~LengthGuard() {
    for (size_t i = 0; i < lengths_.size(); ++i) steps_[i].sequence->Truncate(lengths_[i]);
  }
  LengthGuard(const LengthGuard&) = delete;
  LengthGuard& operator=(const LengthGuard&) = delete;
  void Commit() { lengths_.clear(); }

 private:
  std::span<const Step> steps_;
  std::vector<int32_t> lengths_;
};

Status CheckFinite(std::span<const float> logits) {
  constexpr size_t kLanes = 16;  // that the compiler can keep in vectors
  std::array<float, kLanes> poison{};
  size_t i = 0;
  for (; i + kLanes <= logits.size(); i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) poison[lane] += logits[i + lane] * 0.0f;
  }
  for (; i < logits.size(); ++i) poison[0] += logits[i] * 0.0f;
  if (std::ranges::all_of(poison, [](float sum) { return sum == 0.0f; })) return {};
  return Error{ErrorCode::kInternal,
               "the model's logits are not finite; its file is damaged or its weights overflow",
               "logits"};
}

}  // namespace

Engine::Engine(const Model& model, const EngineOptions& options)
    : model_(&model),
      options_(WithDefaults(options)),
      pool_(options_.threads),
      kv_pool_(KvLayout(model.config(), model.kernels().form),
               (options_.max_kv_tokens + kPagePositions - 1) / kPagePositions),
      prefix_files_(FilesFor(model, options_.prefixes)),
      prefixes_(options_.max_kv_tokens / kPrefixShare),
      scratch_(model.config(), model.kernels().form, options_.chunk_tokens, pool_.threads()) {}

void Engine::RunChunk(std::span<const SequenceSlice> slices, std::span<KvSequence* const> sequences,
                      std::span<const int> blocks, std::vector<float>& hidden) {
  size_t outputs = 0;
  for (size_t i = 0; i < slices.size(); ++i) {
    outputs += slices[i].tokens.size() - std::min(slices[i].first_output, slices[i].tokens.size());
  }
  const size_t begin = hidden.size();
  hidden.resize(begin + outputs * blocks.size() * static_cast<size_t>(model_->config().hidden));
  yixin::Forward(*model_, slices, blocks, scratch_, pool_, hidden.data() + begin);
  for (size_t i = 0; i < slices.size(); ++i) {
    sequences[i]->Advance(static_cast<int32_t>(slices[i].tokens.size()));
    tokens_computed_ += slices[i].tokens.size();
  }
}

void Engine::LetOthersIn() {
  if (!between_chunks_ || others_are_in_) return;
  struct Inside {
    explicit Inside(bool* given) : flag(given) { *flag = true; }
    ~Inside() { *flag = false; }
    bool* flag;
  } inside(&others_are_in_);
  between_chunks_();
}

Result<std::vector<float>> Engine::Forward(std::span<const Step> steps, const StopFlag* stop) {
  const int all = model_->config().layers;
  return ForwardToBlocks(steps, {&all, 1}, stop);
}

Result<std::vector<float>> Engine::ForwardToBlocks(std::span<const Step> steps,
                                                   std::span<const int> blocks,
                                                   const StopFlag* stop) {
  assert(!blocks.empty() && blocks.front() >= 1 && blocks.back() <= model_->config().layers &&
         std::ranges::is_sorted(blocks, std::ranges::less_equal()));
  LengthGuard guard(steps);
  for (const Step& step : steps) {
    assert(AreIds(step.tokens, model_->config()) && step.first_output >= 0);
    YIXIN_CHECK_OK(step.sequence->Reserve(static_cast<int32_t>(step.tokens.size())));
  }
  std::vector<float> hidden;
  std::vector<SequenceSlice> slices;
  std::vector<KvSequence*> sequences;
  const auto limit = static_cast<size_t>(options_.chunk_tokens);
  size_t in_chunk = 0;
  const auto flush = [&] {
    if (!slices.empty()) RunChunk(slices, sequences, blocks, hidden);
    slices.clear();
    sequences.clear();
    in_chunk = 0;
  };
  for (const Step& step : steps) {
    const auto first_output = static_cast<size_t>(step.first_output);
    // A sequence may be cut: what is left then waits until the piece before it has been computed.
    for (size_t begin = 0; begin < step.tokens.size();) {
      if (in_chunk == limit) {
        flush();
        LetOthersIn();
        if (stop != nullptr && stop->requested()) {
          return Error{ErrorCode::kCancelled, "stopped on request", ""};
        }
      }
      const size_t count = std::min(limit - in_chunk, step.tokens.size() - begin);
      slices.push_back({step.tokens.subspan(begin, count), step.sequence->length(),
                        step.sequence->pages(),
                        first_output > begin ? std::min(first_output - begin, count) : 0});
      sequences.push_back(step.sequence);
      in_chunk += count;
      begin += count;
    }
  }
  flush();
  // Else the upper layers lack the new positions.
  if (blocks.back() == model_->config().layers) guard.Commit();
  return hidden;
}

Result<KvSequence> Engine::Prefix(std::span<const int32_t> ids, const StopFlag* stop) {
  if (const KvSequence* known = prefixes_.Find(ids)) return known->Fork();
  KvSequence sequence = NewSequence();
  if (!prefix_files_.Load(ids, sequence)) {
    const Step step{&sequence, ids, static_cast<int>(ids.size())};
    YIXIN_TRY([[maybe_unused]] const auto hidden, Forward({&step, 1}, stop));
    prefix_files_.Store(ids, sequence);
  }
  prefixes_.Insert(ids, sequence);
  return sequence;
}

Status Engine::Logits(std::span<const float> hidden, std::span<float> logits) {
  const auto width = static_cast<size_t>(model_->config().hidden);
  const auto vocabulary = static_cast<size_t>(model_->config().vocabulary);
  const size_t rows = hidden.size() / width;
  assert(logits.size() >= rows * vocabulary);
  const auto limit = static_cast<size_t>(scratch_.max_tokens());
  for (size_t begin = 0; begin < rows; begin += limit) {
    const int count = static_cast<int>(std::min(limit, rows - begin));
    ComputeLogits(*model_, &hidden[begin * width], count, scratch_, pool_,
                  logits.data() + begin * vocabulary);
  }
  return CheckFinite(logits.first(rows * vocabulary));
}

Status Engine::LabelLogits(std::span<const float> hidden, std::span<const int32_t> ids,
                           std::span<float> logits) {
  const auto width = static_cast<size_t>(model_->config().hidden);
  const size_t rows = hidden.size() / width;
  assert(AreIds(ids, model_->config()) && logits.size() >= rows * ids.size());
  const auto limit = static_cast<size_t>(scratch_.max_tokens());
  for (size_t begin = 0; begin < rows; begin += limit) {
    const int count = static_cast<int>(std::min(limit, rows - begin));
    ComputeLabelLogits(*model_, &hidden[begin * width], count, ids, scratch_, pool_,
                       logits.data() + begin * ids.size());
  }
  return CheckFinite(logits.first(rows * ids.size()));
}

float Engine::LogSumExp(std::span<const float> logits) const {
  return model_->kernels().log_sum_exp(logits.data(), logits.size());
}

}  // namespace yixin
