// The one thread that works on the conversations' file: neither the door nor the engine waits for a
// disk. Opens the file when somebody first needs it.
// Tested by: assist_test.cc, conversation_routes_test.cc
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "conversations/conversation_store.h"
#include "yixin/result.h"

namespace yixin {

// Threads: any.
class ConversationDesk {
 public:
  // The store, or why there is none.
  using Job = std::function<void(const Result<ConversationStore*>&)>;

  // file: empty, none are kept, and every job gets kNotFound. report: told in words of what is ours
  // to mend, by any thread; may be empty.
  explicit ConversationDesk(std::filesystem::path file,
                            std::function<void(const std::string&)> report = {});
  // Does everything that was posted first.
  ~ConversationDesk();
  ConversationDesk(const ConversationDesk&) = delete;
  ConversationDesk& operator=(const ConversationDesk&) = delete;

  // Jobs are done in their order; one that throws for want of memory is over.
  void Post(Job job);
  // An answer to a client says nothing of the server's files; this tells its operator.
  void Report(const Error& error) const;
  // One reply of a conversation is written at a time. false: another one is.
  bool Claim(const ConversationName& name);
  void Release(const ConversationName& name);

 private:
  void Run();
  void Do(const Job& job);

  const std::filesystem::path file_;
  const std::function<void(const std::string&)> report_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Job> jobs_;
  std::set<std::pair<std::string, std::string>> claimed_;
  bool is_stopping_ = false;
  std::optional<ConversationStore> store_;  // the thread's own
  std::thread thread_;
};

}  // namespace yixin
