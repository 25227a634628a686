// Tested by: conversation_routes_test.cc
#include "server/conversation_routes.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "server/api_error.h"
#include "server/json_text.h"
#include "server/url_text.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kUsualPage = 50;
constexpr size_t kMostPage = 200;

ServerResponse NotFound() {
  return ErrorResponse(404, "not_found_error", "not_found", "no conversation of this name",
                       "conversation");
}

double Seconds(int64_t ms) { return static_cast<double>(ms) / 1000; }

// What we wrote ourselves; null where it is nothing.
Json Stored(const std::string& text) {
  const Json object = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return object.is_discarded() ? Json() : object;
}

Json TurnJson(const StoredTurn& turn) {
  Json object;
  object["turn"] = turn.turn;
  object["created"] = Seconds(turn.created_ms);
  object["user"] = turn.user;
  object["reply"] = turn.reply;
  object["finish_reason"] = turn.finish.empty() ? Json() : Json(turn.finish);
  object["sentiment"] = Stored(turn.sentiment);
  object["escalation"] = Stored(turn.escalation);
  object["escalate"] = !object["escalation"].is_null();
  return object;
}

Json ConversationJson(const StoredConversation& conversation) {
  Json object;
  object["id"] = conversation.name;
  object["object"] = "conversation";
  object["created"] = Seconds(conversation.created_ms);
  object["updated"] = Seconds(conversation.updated_ms);
  object["task"] = conversation.task;
  object["turns"] = Json::array();
  for (const StoredTurn& turn : conversation.turns) object["turns"].push_back(TurnJson(turn));
  return object;
}

// The format of Conversation::ToJson (yixin/chat.h).
Json ExportJson(const StoredConversation& conversation) {
  Json turns = Json::array();
  for (const StoredTurn& turn : conversation.turns) {
    Json told = {{"user", turn.user}, {"reply", turn.reply}};
    if (!turn.label.empty()) told["mood"] = turn.label;
    turns.push_back(std::move(told));
  }
  return {{"format", "yixin.conversation"},
          {"version", 1},
          {"task", conversation.task},
          {"system", ""},
          {"turns", std::move(turns)}};
}

void Fail(const ConversationDesk& desk, Exchange& exchange, const Error& error) {
  desk.Report(error);
  exchange.Respond(ErrorResponse(error));
}

// Does `answer` for the conversation that the path names.
template <class Answer>
void WithConversation(ConversationDesk& desk, const std::string& owner, std::string_view encoded,
                      const std::shared_ptr<Exchange>& exchange, Answer answer) {
  const auto name = PercentDecoded(encoded);
  if (!name || !IsConversationName(*name)) return exchange->Respond(NotFound());
  desk.Post([&desk, exchange, answer, which = ConversationName{owner, *name}](const auto& store) {
    if (!store) return Fail(desk, *exchange, store.error());
    const auto conversation = (*store)->Read(which);
    if (!conversation) return Fail(desk, *exchange, conversation.error());
    exchange->Respond(*conversation ? answer(**conversation) : NotFound());
  });
}

}  // namespace

void ListConversations(ConversationDesk& desk, const std::string& owner, std::string_view query,
                       const std::shared_ptr<Exchange>& exchange) {
  const auto fields = ParseQuery(query, {"limit", "after"});
  if (!fields) return exchange->Respond(ErrorResponse(fields.error()));
  size_t limit = kUsualPage;
  if (const auto field = fields->find("limit"); field != fields->end()) {
    const char* const end = field->second.data() + field->second.size();
    const auto [stop, error] = std::from_chars(field->second.data(), end, limit);
    if (error != std::errc() || stop != end || limit < 1 || limit > kMostPage) {
      return exchange->Respond(ErrorResponse(
          {ErrorCode::kInvalidArgument,
           "limit: expected a whole number from 1 to " + std::to_string(kMostPage), "limit"}));
    }
  }
  const auto after = fields->find("after");
  const std::string behind = after == fields->end() ? "" : after->second;
  desk.Post([&desk, exchange, owner, limit, behind](const Result<ConversationStore*>& store) {
    if (!store) return Fail(desk, *exchange, store.error());
    auto lines = (*store)->List(owner, limit + 1, behind);
    if (!lines) return Fail(desk, *exchange, lines.error());
    const bool has_more = lines->size() > limit;
    if (has_more) lines->pop_back();
    Json list = {{"object", "list"}, {"data", Json::array()}, {"has_more", has_more}};
    for (const ConversationLine& line : *lines) {
      list["data"].push_back({{"id", line.name},
                              {"object", "conversation"},
                              {"created", Seconds(line.created_ms)},
                              {"updated", Seconds(line.updated_ms)},
                              {"task", line.task},
                              {"title", line.title},
                              {"turns", line.turns}});
    }
    exchange->Respond(JsonResponse(list));
  });
}

void ReadConversation(ConversationDesk& desk, const std::string& owner, std::string_view encoded,
                      const std::shared_ptr<Exchange>& exchange) {
  WithConversation(desk, owner, encoded, exchange, [](const StoredConversation& conversation) {
    return JsonResponse(ConversationJson(conversation));
  });
}

void ExportConversation(ConversationDesk& desk, const std::string& owner, std::string_view encoded,
                        const std::shared_ptr<Exchange>& exchange) {
  WithConversation(desk, owner, encoded, exchange, [](const StoredConversation& conversation) {
    ServerResponse response = JsonResponse(ExportJson(conversation));
    response.headers.emplace_back("Content-Disposition",
                                  "attachment; filename=\"conversation.json\"");
    return response;
  });
}

void DeleteConversation(ConversationDesk& desk, const std::string& owner, std::string_view encoded,
                        const std::shared_ptr<Exchange>& exchange) {
  const auto name = PercentDecoded(encoded);
  if (!name || !IsConversationName(*name)) return exchange->Respond(NotFound());
  desk.Post([&desk, exchange, which = ConversationName{owner, *name}](const auto& store) {
    if (!store) return Fail(desk, *exchange, store.error());
    const auto deleted = (*store)->Delete(which);
    if (!deleted) return Fail(desk, *exchange, deleted.error());
    if (!*deleted) return exchange->Respond(NotFound());
    exchange->Respond(
        JsonResponse({{"id", which.name}, {"object", "conversation.deleted"}, {"deleted", true}}));
  });
}

}  // namespace yixin
