// Tested by: measure_test.cc
#include "yixin/measure.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "api/assistant_state.h"
#include "api/door.h"
#include "engine/sampler.h"

namespace yixin {
namespace {

using Clock = std::chrono::steady_clock;

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Status CheckShape(const PassShape& shape, int context) {
  const auto refuse = [](const char* field, const std::string& expected, int got) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string(field) + ": expected " + expected + ", got " + std::to_string(got),
                 field};
  };
  constexpr int kMostStreams = 1024;
  if (shape.streams < 1 || shape.streams > kMostStreams) {
    return refuse("streams", "1 to " + std::to_string(kMostStreams), shape.streams);
  }
  if (shape.prompt_tokens < 1 || shape.prompt_tokens > context) {
    return refuse("prompt_tokens", "1 to the context's " + std::to_string(context),
                  shape.prompt_tokens);
  }
  if (shape.new_tokens < 0 || shape.new_tokens > context - shape.prompt_tokens) {
    return refuse("new_tokens",
                  "0 to what the prompt leaves of the context, " +
                      std::to_string(context - shape.prompt_tokens),
                  shape.new_tokens);
  }
  return {};
}

// Knuth's multiplier: neighbours land far apart, and the same ids come everywhere.
int32_t PromptId(uint32_t index, int vocabulary) {
  return static_cast<int32_t>(uint64_t{index * 2654435761u} * static_cast<uint64_t>(vocabulary) >>
                              32);
}

double Operations(const PackedMatrix& matrix) {
  return 2.0 * static_cast<double>(matrix.rows) * static_cast<double>(matrix.cols);
}

// The streams of one run.
class Run {
 public:
  Run(Engine& engine, const PassShape& shape)
      : engine_(engine), vocabulary_(static_cast<size_t>(engine.model().config().vocabulary)) {
    uint32_t index = 0;
    for (int i = 0; i < shape.streams; ++i) {
      sequences_.push_back(engine.NewSequence());
      std::vector<int32_t>& ids = tokens_.emplace_back();
      for (int j = 0; j < shape.prompt_tokens; ++j) {
        ids.push_back(PromptId(++index, static_cast<int>(vocabulary_)));
      }
    }
  }

  // Appends what each stream has to say, and makes its likeliest next token what it says then.
  Status Pass(const StopFlag* stop) {
    std::vector<Step> steps;
    for (size_t i = 0; i < sequences_.size(); ++i) {
      steps.push_back({&sequences_[i], tokens_[i], static_cast<int>(tokens_[i].size()) - 1});
    }
    YIXIN_TRY(const std::vector<float> hidden, engine_.Forward(steps, stop));
    logits_.resize(sequences_.size() * vocabulary_);
    YIXIN_CHECK_OK(engine_.Logits(hidden, logits_));
    for (size_t i = 0; i < sequences_.size(); ++i) {
      const std::span<const float> row(&logits_[i * vocabulary_], vocabulary_);
      tokens_[i].assign(1, ArgMax(row));
    }
    return {};
  }

 private:
  Engine& engine_;
  size_t vocabulary_;
  std::vector<KvSequence> sequences_;
  std::vector<std::vector<int32_t>> tokens_;  // what each stream appends next
  std::vector<float> logits_;                 // [streams, vocabulary]
};

}  // namespace

Result<PassTiming> Assistant::Measure(const PassShape& shape, const StopFlag* stop) {
  return AtDoor([&]() -> Result<PassTiming> {
    const std::lock_guard lock(state_->mutex);
    YIXIN_CHECK_OK(CheckShape(shape, state_->facts.context));
    Run run(state_->engine, shape);
    PassTiming timing;
    auto start = Clock::now();
    YIXIN_CHECK_OK(run.Pass(stop));
    timing.prefill_ms = MillisecondsSince(start);
    start = Clock::now();
    for (int i = 0; i < shape.new_tokens; ++i) {
      if (stop != nullptr && stop->requested()) {
        return Error{ErrorCode::kCancelled, "stopped on request", ""};
      }
      YIXIN_CHECK_OK(run.Pass(nullptr));
    }
    timing.decode_ms = MillisecondsSince(start);
    return timing;
  });
}

ModelCost Assistant::cost() const {
  const Model& model = *state_->model;
  const ModelConfig& config = model.config();
  const NumericForm form = model.kernels().form;
  ModelCost cost;
  for (const LayerWeights& layer : model.weights().layers) {
    for (const OwnedMatrix* matrix :
         {&layer.qkv, &layer.attention_output, &layer.gate_up, &layer.down}) {
      cost.layer_operations += Operations(matrix->view);
    }
  }
  const PackedMatrix& head = model.weights().head.view;
  cost.head_operations = Operations(head);
  cost.head_bytes = static_cast<uint64_t>(head.rows) * static_cast<uint64_t>(head.cols) *
                    (form == NumericForm::kFloat32 ? sizeof(float) : sizeof(int8_t));
  cost.layer_bytes = model.weight_bytes() - std::min(model.weight_bytes(), cost.head_bytes);
  // Queries times keys, weights times values.
  cost.attention_operations = 4.0 * config.layers * config.heads * config.head_dim;
  cost.kv_bytes = uint64_t{2} * static_cast<uint64_t>(config.layers) *
                  static_cast<uint64_t>(config.kv_heads) * static_cast<uint64_t>(config.head_dim) *
                  KvElementBytes(form);
  return cost;
}

}  // namespace yixin
