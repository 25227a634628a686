// What an Assistant holds: the place where the rooms are wired together.
// Tested by: assistant_test.cc
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/named_task.h"
#include "engine/engine.h"
#include "model/model.h"
#include "prompt/chat_template.h"
#include "tasks/classifier.h"
#include "tasks/task_spec.h"
#include "tasks/token_text.h"
#include "tokenizer/tokenizer.h"
#include "yixin/assistant.h"

namespace yixin {

// Sums behind AssistantStats. Threads: any, so that they can be read while a reply is made.
class StatsCounter {
 public:
  void AddPrefill(uint64_t tokens, uint64_t reused, double ms);
  void AddDecode(uint64_t tokens, double ms);
  void AddTexts(uint64_t texts);
  AssistantStats Read() const;

 private:
  mutable std::mutex mutex_;
  uint64_t prefill_tokens_ = 0;
  uint64_t decode_tokens_ = 0;
  uint64_t reused_tokens_ = 0;
  uint64_t texts_ = 0;
  double prefill_ms_ = 0;
  double decode_ms_ = 0;
};

struct Assistant::State {
  State(std::unique_ptr<Model> loaded, Tokenizer vocabulary, Result<ChatTemplate> recognised,
        const EngineOptions& options)
      : model(std::move(loaded)),
        tokenizer(std::move(vocabulary)),
        chat_template(std::move(recognised)),
        engine(*model, options) {}

  // The classifier of a task, made at its first use. kUntaught: without its head. In: mutex is
  // held.
  Result<Classifier*> FindClassifier(std::string_view task, Taught taught = Taught::kAsTheFileSays);
  Classification ToClassification(LabelDecision decision, const TaskSpec& task,
                                  double elapsed_ms) const;
  // One task for texts as ids. In: mutex is held.
  Result<std::vector<Result<Classification>>> ClassifyIds(std::span<const TextIds> texts,
                                                          const ClassifyOptions& options,
                                                          const StopFlag* stop);
  // Calibration of another model is taken out, a head where the task allows that; `note` then says
  // so, where it is asked for.
  Result<TaskSpec> LoadNamedTask(std::string_view task, std::string* note = nullptr) const;

  // What reads the texts of a conversation. In: the chat's task.
  Result<Classifier> MakeReader(std::string_view task, const TaskSpec& chat);

  std::mutex mutex;  // engine, classifiers and conversations
  std::unique_ptr<Model> model;
  Tokenizer tokenizer;
  Result<ChatTemplate> chat_template;  // a model without one can still tokenize and score
  Engine engine;
  std::map<std::string, Classifier, std::less<>> classifiers;  // by the task's file
  std::filesystem::path share;
  ModelFacts facts;
  StatsCounter stats;
};

Keep ToKeep(Truncation truncation);

}  // namespace yixin
