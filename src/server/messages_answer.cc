// Tested by: messages_answer_test.cc
#include "server/messages_answer.h"

#include <nlohmann/json.hpp>

#include "server/api_error.h"
#include "server/exchange.h"
#include "server/json_text.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

// Every event's name is its data's type.
std::string Event(const Json& data) {
  return ServerSentEvent(data["type"].get_ref<const std::string&>(), JsonText(data));
}

std::string_view StopReason(const ChatAnswer& answer) {
  if (WasCut(answer.finish)) return "max_tokens";
  return answer.stop.empty() ? "end_turn" : "stop_sequence";
}

// stop_reason, and which of the sequences it was.
void AddStop(const ChatAnswer& answer, Json* to) {
  (*to)["stop_reason"] = StopReason(answer);
  (*to)["stop_sequence"] = answer.stop.empty() ? Json() : Json(answer.stop);
}

// What was read from a cache is not among input_tokens.
Json UsageOf(const ChatAnswer& answer) {
  return {{"input_tokens", answer.prompt_tokens - answer.reused_tokens},
          {"cache_creation_input_tokens", 0},
          {"cache_read_input_tokens", answer.reused_tokens},
          {"output_tokens", answer.new_tokens}};
}

}  // namespace

// Without an end yet.
Json MessagesWriter::Message() const {
  Json message;
  message["id"] = head_.id;
  message["type"] = "message";
  message["role"] = "assistant";
  message["model"] = head_.model;
  message["content"] = Json::array();
  message["stop_reason"] = nullptr;
  message["stop_sequence"] = nullptr;
  message["usage"] = UsageOf({});
  return message;
}

std::string MessagesWriter::Whole(std::span<const WrittenReply> replies) {
  const WrittenReply& reply = replies.front();
  Json message = Message();
  message["content"].push_back({{"type", "text"}, {"text", reply.text}});
  AddStop(reply.cost, &message);
  message["usage"] = UsageOf(reply.cost);
  return JsonText(message);
}

std::string MessagesWriter::Begin(size_t index) {
  return Event({{"type", "message_start"}, {"message", Message()}}) +
         Event({{"type", "content_block_start"},
                {"index", index},
                {"content_block", {{"type", "text"}, {"text", ""}}}});
}

std::string MessagesWriter::Piece(size_t index, std::string_view text,
                                  std::span<const ReplyToken>) {
  return Event({{"type", "content_block_delta"},
                {"index", index},
                {"delta", {{"type", "text_delta"}, {"text", text}}}});
}

std::string MessagesWriter::End(size_t index, const ChatAnswer& answer) {
  Json delta;
  AddStop(answer, &delta);
  return Event({{"type", "content_block_stop"}, {"index", index}}) +
         Event({{"type", "message_delta"}, {"delta", delta}, {"usage", UsageOf(answer)}});
}

std::string MessagesWriter::Close(std::span<const ChatAnswer>) {
  return Event({{"type", "message_stop"}});
}

std::string MessagesWriter::Failure(const Error& error) {
  const ServerResponse words = InShape(ErrorShape::kAnthropic, request_id_, ErrorResponse(error));
  return ServerSentEvent("error", words.body);
}

}  // namespace yixin
