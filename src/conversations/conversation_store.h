// Conversations in one SQLite file (sqlite.org/wal.html): a turn is there from when it begins, and
// whole from when it ends; a process that is killed in between loses the reply it was writing and
// nothing else. Knows nothing of what a reply is made of.
// Tested by: conversation_store_test.cc
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"

namespace yixin {

// Whose it is, and its name among his. An owner sees nothing of the others.
struct ConversationName {
  std::string owner;
  std::string name;
};

// 1 to 128 bytes of UTF-8 without control characters; not "." or "..", which mean something in a
// path.
bool IsConversationName(std::string_view name);

struct StoredTurn {
  int turn = 0;  // from 0
  int64_t created_ms = 0;
  std::string user;
  std::string reply;
  std::string finish;  // why the reply ended; empty: it never did
  std::string label;   // of the user's text, with its probability; may be empty
  double probability = 0;
  std::string sentiment;   // the whole reading, and
  std::string escalation;  // whether a human is asked for: both as the caller writes them
};

struct StoredConversation {
  std::string name;
  std::string task;
  int64_t created_ms = 0;  // since 1970
  int64_t updated_ms = 0;
  std::vector<StoredTurn> turns;
};

struct ConversationLine {
  std::string name;
  std::string task;
  std::string title;  // how it begins, up to 60 characters
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
  int turns = 0;
};

struct StartedTurn {
  int64_t key = 0;  // for EndTurn
  int turn = 0;
};

// Threads: any; calls are serialised inside. Several processes may have one file open.
class ConversationStore {
 public:
  // Makes the file (mode 0600) and its folder (0700). Errors: kIo; kInvalidFile for a file that is
  // something else, kUnsupported for one of a newer version; kBusy.
  static Result<ConversationStore> Open(const std::filesystem::path& file);
  ConversationStore(ConversationStore&&) noexcept;
  ConversationStore& operator=(ConversationStore&&) noexcept;
  ~ConversationStore();

  // The newest first, behind the one called `after` (empty: from the beginning; one that is not
  // there: none).
  Result<std::vector<ConversationLine>> List(std::string_view owner, size_t limit,
                                             std::string_view after);
  Result<std::optional<StoredConversation>> Read(const ConversationName& name);
  // The user's text, whose reply is to come; makes the conversation where there is none. task: of a
  // new one. turn.turn: -1 for behind the last; else it takes the place of that turn and of all
  // behind it, once EndTurn says so. Errors: kInvalidArgument for a turn that is not there.
  Result<StartedTurn> BeginTurn(const ConversationName& name, std::string_view task,
                                const StoredTurn& turn);
  // A reply without words leaves what it was to take the place of. Where somebody deleted the
  // conversation meanwhile nothing is kept.
  Status EndTurn(const StartedTurn& started, std::string_view reply, std::string_view finish);
  // As if it had not begun.
  Status DropTurn(const StartedTurn& started);
  // false: there was none.
  Result<bool> Delete(const ConversationName& name);

 private:
  struct State;
  explicit ConversationStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace yixin
