// Tested by: session_log_test.cc, tests/e2e/chat_session_test.py
#include "cli/session_log.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/classification_json.h"
#include "server/json_text.h"

namespace yixin {
namespace {

bool Same(const ChatTurn& one, const ChatTurn& other) {
  return one.user == other.user && one.reply == other.reply && one.mood == other.mood;
}

}  // namespace

Result<SessionLog> SessionLog::Open(const std::string& file, const std::string& name) {
  if (!IsConversationName(name)) {
    return Error{ErrorCode::kInvalidArgument,
                 "--session: expected a name of 1 to 128 bytes without control characters",
                 "--session"};
  }
  if (file.empty()) {
    return Error{ErrorCode::kIo, "--session: no folder to keep it in; set HOME", "--session"};
  }
  YIXIN_TRY(ConversationStore store, ConversationStore::Open(file));
  SessionLog log(std::move(store), name);
  YIXIN_TRY(const auto conversation, log.store_.Read(log.name_));
  if (!conversation) return log;
  log.task_ = conversation->task;
  for (const StoredTurn& turn : conversation->turns) {
    log.kept_.push_back({turn.user, turn.reply, turn.label});
  }
  return log;
}

std::string SessionLog::ToJson() const {
  nlohmann::ordered_json turns = nlohmann::ordered_json::array();
  for (const ChatTurn& turn : kept_) {
    turns.push_back({{"user", turn.user}, {"reply", turn.reply}, {"mood", turn.mood}});
  }
  return JsonText({{"format", "yixin.conversation"}, {"version", 1}, {"turns", std::move(turns)}});
}

Status SessionLog::Begin(const std::string& text, const Classification* mood) {
  StoredTurn turn;
  turn.turn = -1;
  turn.user = text;
  if (mood != nullptr) {
    turn.label = mood->label;
    turn.probability = ProbabilityOfLabel(*mood);
    turn.sentiment = JsonText(ClassificationJson(*mood));
  }
  YIXIN_TRY(started_, store_.BeginTurn(name_, task_, turn));
  return {};
}

Status SessionLog::Follow(const std::vector<ChatTurn>& turns) {
  const auto begun = std::exchange(started_, std::nullopt);
  size_t same = 0;
  while (same < std::min(turns.size(), kept_.size()) && Same(turns[same], kept_[same])) ++same;
  const bool is_next = same == kept_.size() && turns.size() == same + 1;
  if (begun && is_next) {
    YIXIN_CHECK_OK(store_.EndTurn(*begun, turns.back().reply, "stop"));
    kept_ = turns;
    return {};
  }
  if (begun) YIXIN_CHECK_OK(store_.DropTurn(*begun));
  if (same == turns.size() && same == kept_.size()) return {};
  return Rewrite(turns, same);
}

// The first turn that is written anew takes all behind it away.
Status SessionLog::Rewrite(const std::vector<ChatTurn>& turns, size_t from) {
  if (turns.empty()) YIXIN_CHECK_OK(store_.Delete(name_));
  if (from == turns.size() && from > 0) --from;
  for (size_t i = from; i < turns.size(); ++i) {
    StoredTurn turn;
    turn.turn = static_cast<int>(i);
    turn.user = turns[i].user;
    turn.label = turns[i].mood;
    turn.probability = turn.label.empty() ? 0 : 1;
    YIXIN_TRY(const StartedTurn started, store_.BeginTurn(name_, task_, turn));
    YIXIN_CHECK_OK(store_.EndTurn(started, turns[i].reply, "stop"));
  }
  kept_ = turns;
  return {};
}

}  // namespace yixin
