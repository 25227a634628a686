// For tests: a desk over a file of its own, and what an exchange says.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "server/conversation_desk.h"
#include "server/exchange.h"

namespace yixin {

class DeskFolder {
 public:
  DeskFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "yixin_desk_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~DeskFolder() { std::filesystem::remove_all(folder_); }
  DeskFolder(const DeskFolder&) = delete;
  DeskFolder& operator=(const DeskFolder&) = delete;
  std::filesystem::path file() const { return folder_ / "conversations.db"; }

 private:
  std::filesystem::path folder_;
};

// Everything that was posted before has been done.
inline void WaitFor(ConversationDesk& desk) {
  std::promise<void> done;
  desk.Post([&](const Result<ConversationStore*>&) { done.set_value(); });
  done.get_future().wait();
}

// What an exchange has said until now.
struct Said {
  std::optional<ServerResponse> response;
  std::string bytes;
  bool has_ended = false;

  void Read(Exchange& exchange) {
    for (auto step = exchange.Take(); step.kind != Exchange::Kind::kWait; step = exchange.Take()) {
      has_ended = step.kind == Exchange::Kind::kEnd || step.kind == Exchange::Kind::kBroken;
      if (step.kind == Exchange::Kind::kResponse) response = step.response;
      bytes += step.bytes;
      if (has_ended) return;
    }
  }
  nlohmann::json Body() const {
    return response ? nlohmann::json::parse(response->body) : nlohmann::json();
  }
};

}  // namespace yixin
