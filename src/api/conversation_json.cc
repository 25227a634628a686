// Tested by: conversation_json_test.cc
#include "api/conversation_json.h"

#include <nlohmann/json.hpp>

#include "base/nesting.h"

namespace yixin {
namespace {

constexpr const char* kFormat = "yixin.conversation";
constexpr int kVersion1 = 1;
// turns[n] is three deep; some room for keys of later versions.
constexpr int kMaxNesting = 16;

Error Broken(const std::string& place, const std::string& words) {
  return {ErrorCode::kInvalidFile, "conversation: " + place + ": " + words, place};
}

Result<std::string> ReadString(const nlohmann::json& object, const char* key,
                               const std::string& place, bool needed) {
  const auto value = object.find(key);
  if (value == object.end() && !needed) return std::string();
  if (value == object.end() || !value->is_string()) {
    return Broken(place + key, "expected a string");
  }
  return value->get<std::string>();
}

}  // namespace

std::string WriteConversation(const SavedConversation& conversation) {
  nlohmann::ordered_json turns = nlohmann::ordered_json::array();
  for (const ChatTurnText& turn : conversation.turns) {
    nlohmann::ordered_json object = {{"user", turn.user}, {"reply", turn.reply}};
    if (!turn.mood.empty()) object["mood"] = turn.mood;
    turns.push_back(std::move(object));
  }
  const nlohmann::ordered_json file = {{"format", kFormat},
                                       {"version", kVersion1},
                                       {"task", conversation.task},
                                       {"system", conversation.system},
                                       {"turns", std::move(turns)}};
  return file.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<SavedConversation> ParseConversation(std::string_view json) {
  if (Status nesting = CheckJsonNesting(json, kMaxNesting); !nesting) {
    return Broken("file", nesting.error().message);
  }
  const nlohmann::json file = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (file.is_discarded() || !file.is_object()) return Broken("file", "not a JSON object");
  if (file.value("format", nlohmann::json()) != kFormat) {
    return Broken("format", std::string("expected \"") + kFormat + "\"");
  }
  if (file.value("version", nlohmann::json()) != kVersion1) {
    return Broken("version", "expected 1; a newer yixin may have written it");
  }
  SavedConversation conversation;
  YIXIN_TRY(conversation.task, ReadString(file, "task", "", /*needed=*/false));
  YIXIN_TRY(conversation.system, ReadString(file, "system", "", /*needed=*/false));
  const auto turns = file.find("turns");
  if (turns == file.end() || !turns->is_array()) return Broken("turns", "expected an array");
  for (const nlohmann::json& turn : *turns) {
    const std::string place = "turns[" + std::to_string(conversation.turns.size()) + "]";
    if (!turn.is_object()) return Broken(place, "expected an object");
    ChatTurnText text;
    YIXIN_TRY(text.user, ReadString(turn, "user", place + ".", /*needed=*/true));
    YIXIN_TRY(text.reply, ReadString(turn, "reply", place + ".", /*needed=*/true));
    YIXIN_TRY(text.mood, ReadString(turn, "mood", place + ".", /*needed=*/false));
    conversation.turns.push_back(std::move(text));
  }
  return conversation;
}

}  // namespace yixin
