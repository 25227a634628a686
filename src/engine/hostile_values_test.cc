// Files whose shapes are right and whose numbers are absurd: scales that are infinite or NaN,
// subnormal and huge weights, rows of zeros, norms at the edge. On every table such a model is
// refused, or its logits are an error, or all of them are finite; never a label out of NaN.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "formats/gguf.h"
#include "kernels/registry.h"
#include "support/tiny_model.h"

namespace yixin {
namespace {

// What became of a model.
enum class Outcome { kRefused, kError, kFinite };

Outcome RunModel(std::span<const std::byte> bytes, const KernelTable& kernels) {
  ThreadPool pool(1);
  const auto model = Model::Load(*ParseGguf(bytes), kernels, pool, {});
  if (!model) {
    EXPECT_EQ(model.error().code, ErrorCode::kInvalidFile) << model.error().message;
    return Outcome::kRefused;
  }
  Engine engine(**model, {.threads = 1});
  KvSequence sequence = engine.NewSequence();
  std::vector<int32_t> tokens(35);
  for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<int32_t>(i * 7);
  const Step step{&sequence, tokens, 34};
  const auto hidden = engine.Forward({&step, 1});
  EXPECT_TRUE(hidden);
  std::vector<float> logits(static_cast<size_t>((*model)->config().vocabulary));
  if (const Status status = engine.Logits(*hidden, logits); !status) {
    EXPECT_EQ(status.error().code, ErrorCode::kInternal);
    return Outcome::kError;
  }
  for (const float logit : logits) EXPECT_TRUE(std::isfinite(logit));
  EXPECT_TRUE(std::isfinite(engine.LogSumExp(logits)));
  return Outcome::kFinite;
}

constexpr const char* kTensors[] = {"token_embd.weight",     "output.weight",
                                    "output_norm.weight",    "blk.0.attn_norm.weight",
                                    "blk.0.attn_q.weight",   "blk.0.attn_k.weight",
                                    "blk.0.attn_v.weight",   "blk.0.attn_output.weight",
                                    "blk.1.ffn_up.weight",   "blk.1.ffn_gate.weight",
                                    "blk.1.ffn_down.weight", "blk.1.attn_k.bias"};

class HostileValues : public testing::TestWithParam<KernelChoice> {
 protected:
  // `edit` changes the bytes of one tensor after the other.
  template <typename F>
  void ForEachTensor(const TinyModelOptions& options, const F& edit) {
    const auto bytes = MakeTinyModel(options);
    for (const char* name : kTensors) {
      auto changed = bytes;
      const ModelFile file = *ParseGguf(bytes);
      const TensorView* tensor = file.FindTensor(name);
      ASSERT_NE(tensor, nullptr) << name;
      const auto offset = static_cast<size_t>(tensor->bytes.data() - bytes.data());
      SCOPED_TRACE(name);
      edit(*tensor, changed.data() + offset, changed);
    }
  }
  const KernelTable& kernels() const { return *GetParam().table; }
};

TEST_P(HostileValues, FloatsOfEverySize) {
  for (const float value : {0.0f, 1e-45f, 3e-37f, -1e30f, std::numeric_limits<float>::max()}) {
    SCOPED_TRACE(value);
    ForEachTensor({}, [&](const TensorView& tensor, std::byte* at, const auto& bytes) {
      for (uint64_t i = 0; i < tensor.elements(); ++i) std::memcpy(at + 4 * i, &value, 4);
      RunModel(bytes, kernels());
      if (std::fabs(value) < 1.0f) return;
      // Either sign, every other row, beside ordinary numbers.
      for (uint64_t i = 0; i < tensor.elements(); ++i) {
        const float one = i / tensor.cols() % 2 == 0 ? 0.01f : (i % 3 == 0 ? -value : value);
        std::memcpy(at + 4 * i, &one, 4);
      }
      RunModel(bytes, kernels());
    });
  }
}

TEST_P(HostileValues, ScalesOfQuantizedBlocks) {
  // F16: infinity, NaN, the largest, the smallest.
  for (const uint16_t scale : {0x7c00, 0xfe01, 0x7bff, 0x0001}) {
    SCOPED_TRACE(scale);
    ForEachTensor({.q8_0 = true}, [&](const TensorView& tensor, std::byte* at, const auto& bytes) {
      if (tensor.type != TensorType::kQ8_0) return;
      const bool finite = (scale & 0x7c00) != 0x7c00;
      std::memcpy(at, &scale, sizeof(scale));
      Outcome outcome = RunModel(bytes, kernels());
      if (finite) {
        // Keys and values of the largest overflow the F16 cache.
        EXPECT_TRUE(outcome == Outcome::kFinite || (scale == 0x7bff && outcome == Outcome::kError));
      } else if (tensor.name == "token_embd.weight") {
        EXPECT_EQ(outcome, Outcome::kError) << "a row of the embedding is read when it is used";
      } else {
        EXPECT_EQ(outcome, Outcome::kRefused);
      }
      for (size_t i = 0; i < tensor.bytes.size(); i += 34) std::memcpy(at + i, &scale, 2);
      outcome = RunModel(bytes, kernels());
      if (!finite) {
        EXPECT_NE(outcome, Outcome::kFinite);
      }
    });
  }
}

TEST_P(HostileValues, EpsilonsAtTheEdge) {
  for (const float epsilon : {1e-45f, 1e-38f, 0.99f}) {
    const auto bytes = MakeTinyModel({.rms_epsilon = epsilon});
    EXPECT_EQ(RunModel(bytes, kernels()), Outcome::kFinite) << epsilon;
    // All embeddings zero: the norm of nothing.
    ForEachTensor({.rms_epsilon = epsilon},
                  [&](const TensorView& tensor, std::byte* at, const auto& changed) {
                    if (tensor.name != "token_embd.weight") return;
                    std::memset(at, 0, tensor.bytes.size());
                    EXPECT_EQ(RunModel(changed, kernels()), Outcome::kFinite) << epsilon;
                  });
  }
}

std::vector<KernelChoice> UsableChoices() {
  std::vector<KernelChoice> choices;
  for (const KernelChoice& choice : KernelTables()) {
    if (choice.usable) choices.push_back(choice);
  }
  return choices;
}

INSTANTIATE_TEST_SUITE_P(Tables, HostileValues, testing::ValuesIn(UsableChoices()),
                         [](const auto& choice) { return std::string(choice.param.table->name); });

}  // namespace
}  // namespace yixin
