// A backend for tests: keeps what it was asked, and answers when a test says so.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/backend.h"

namespace yixin {

struct FakeBackend : Backend {
  Result<uint64_t> Classify(std::vector<std::string> texts, const ClassifyOptions& options,
                            Service::LabelsDone done) override {
    if (refusal) return *refusal;
    asked = std::move(texts);
    task = options.task;
    finish = std::move(done);
    return uint64_t{7};
  }
  Result<uint64_t> Chat(const ChatRequest& request,
                        std::shared_ptr<ChatListener> listener) override {
    if (refusal || chats.size() == most_chats) {
      return refusal.value_or(Error{ErrorCode::kBusy, "256 requests wait already", "queue"});
    }
    chats.push_back(request);
    listeners.push_back(std::move(listener));
    return 100 + chats.size();
  }
  void Cancel(uint64_t request) override { cancelled.push_back(request); }
  void EndAll() override { has_ended = true; }
  ServiceCounts counts() override { return {.running = 5}; }
  AssistantStats stats() override { return {.tokens_computed = 9}; }

  std::optional<Error> refusal;
  size_t most_chats = 100;
  std::vector<std::string> asked;
  std::string task;
  Service::LabelsDone finish;
  std::vector<ChatRequest> chats;
  std::vector<std::shared_ptr<ChatListener>> listeners;
  std::vector<uint64_t> cancelled;
  bool has_ended = false;
};

}  // namespace yixin
