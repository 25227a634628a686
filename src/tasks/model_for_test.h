// The tiny model of tests/support, loaded, for this room's tests. Not part of the program.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "formats/gguf.h"
#include "kernels/registry.h"
#include "prompt/chat_template.h"
#include "support/tiny_model.h"
#include "tasks/task_spec.h"
#include "tokenizer/tokenizer.h"

namespace yixin {

struct TestVocabulary {
  explicit TestVocabulary(const TinyModelOptions& options = {})
      : tiny(MakeTinyVocabulary(options)), tokenizer(Make(tiny)) {}

  static Tokenizer Make(const TinyVocabulary& tiny) {
    TokenizerSpec spec;
    spec.tokens.assign(tiny.tokens.begin(), tiny.tokens.end());
    spec.merges.assign(tiny.merges.begin(), tiny.merges.end());
    spec.token_types = tiny.token_types;
    spec.pre = "qwen2";
    spec.eos_id = static_cast<int32_t>(tiny.im_end);
    return *Tokenizer::Create(spec);
  }

  TinyVocabulary tiny;
  Tokenizer tokenizer;
};

struct TestModel {
  explicit TestModel(const TinyModelOptions& options = {}, std::string_view kernels = "reference")
      : bytes(MakeTinyModel(options)), vocabulary(options) {
    ThreadPool pool(1);
    auto loaded = Model::Load(*ParseGguf(bytes), **SelectKernels(kernels), pool, {});
    EXPECT_TRUE(loaded) << loaded.error().message;
    model = *std::move(loaded);
    engine = std::make_unique<Engine>(*model, EngineOptions{.threads = 1});
  }

  const Tokenizer& tokenizer() const { return vocabulary.tokenizer; }
  ChatTemplate chat_template() const { return *ChatTemplate::Recognise("", tokenizer()); }

  std::vector<std::byte> bytes;
  TestVocabulary vocabulary;
  std::unique_ptr<Model> model;
  std::unique_ptr<Engine> engine;
};

inline TaskSpec ParsedTask(std::string_view toml) {
  auto task = ParseTask(toml, "test.toml");
  EXPECT_TRUE(task) << task.error().message;
  return *std::move(task);
}

}  // namespace yixin
