// Tested by: responses_answer_test.cc
#include "server/responses_answer.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "server/api_error.h"
#include "server/exchange.h"
#include "server/json_text.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

std::string_view StatusOf(const ChatAnswer& answer) {
  return WasCut(answer.finish) ? "incomplete" : "completed";
}

Json Part(std::string_view text) {
  return {{"type", "output_text"}, {"text", text}, {"annotations", Json::array()}};
}

Json UsageOf(const ChatAnswer& answer) {
  Json usage;
  usage["input_tokens"] = answer.prompt_tokens;
  usage["input_tokens_details"] = {{"cached_tokens", answer.reused_tokens},
                                   {"cache_write_tokens", 0}};
  usage["output_tokens"] = answer.new_tokens;
  usage["output_tokens_details"] = {{"reasoning_tokens", 0}};
  usage["total_tokens"] = answer.prompt_tokens + answer.new_tokens;
  return usage;
}

}  // namespace

std::string ResponsesWriter::MessageId() const {
  return "msg_" + head_.id.substr(head_.id.find('_') + 1);
}

Json ResponsesWriter::Item(std::string_view status) const {
  Json item;
  item["id"] = MessageId();
  item["type"] = "message";
  item["status"] = status;
  item["role"] = "assistant";
  item["content"] = Json::array();
  return item;
}

Json ResponsesWriter::Response(std::string_view status) const {
  Json response;
  response["id"] = head_.id;
  response["object"] = "response";
  response["created_at"] = head_.created_s;
  response["status"] = status;
  response["error"] = nullptr;
  response["incomplete_details"] = nullptr;
  response["instructions"] = OrNull(echo_.instructions);
  response["max_output_tokens"] = OrNull(echo_.max_output_tokens);
  response["metadata"] = Json::object();
  for (const auto& [name, value] : echo_.metadata) response["metadata"][name] = value;
  response["model"] = head_.model;
  response["output"] = Json::array();
  response["parallel_tool_calls"] = false;
  response["previous_response_id"] = nullptr;
  response["store"] = false;
  response["temperature"] = OrNull(echo_.temperature);
  response["text"] = {{"format", Json::parse(echo_.format)}};
  response["tool_choice"] = "none";
  response["tools"] = Json::array();
  response["top_p"] = OrNull(echo_.top_p);
  response["truncation"] = echo_.drops_oldest ? "auto" : "disabled";
  response["usage"] = nullptr;
  response["user"] = OrNull(echo_.user);
  return response;
}

Json ResponsesWriter::Ended(const ChatAnswer& answer, const std::string& text) const {
  Json response = Response(StatusOf(answer));
  if (WasCut(answer.finish)) response["incomplete_details"] = {{"reason", "max_output_tokens"}};
  Json item = Item(StatusOf(answer));
  item["content"].push_back(Part(text));
  response["output"].push_back(std::move(item));
  response["usage"] = UsageOf(answer);
  return response;
}

std::string ResponsesWriter::Whole(std::span<const WrittenReply> replies) {
  return JsonText(Ended(replies.front().cost, replies.front().text));
}

std::string ResponsesWriter::Event(const char* type, const Json& fields) {
  Json data;
  data["type"] = type;
  data["sequence_number"] = sequence_++;
  data.update(fields);
  return ServerSentEvent(type, JsonText(data));
}

std::string ResponsesWriter::PartEvent(const char* type, const char* field, Json value) {
  Json fields;
  fields["item_id"] = MessageId();
  fields["output_index"] = 0;
  fields["content_index"] = 0;
  fields[field] = std::move(value);
  if (std::string_view(type).starts_with("response.output_text")) {
    fields["logprobs"] = Json::array();
  }
  return Event(type, fields);
}

std::string ResponsesWriter::Begin(size_t) {
  const Json response = Response("in_progress");
  std::string events = Event("response.created", {{"response", response}});
  events += Event("response.in_progress", {{"response", response}});
  events +=
      Event("response.output_item.added", {{"output_index", 0}, {"item", Item("in_progress")}});
  return events + PartEvent("response.content_part.added", "part", Part(""));
}

std::string ResponsesWriter::Piece(size_t, std::string_view text, std::span<const ReplyToken>) {
  text_ += text;
  return PartEvent("response.output_text.delta", "delta", text);
}

std::string ResponsesWriter::End(size_t, const ChatAnswer& answer) {
  std::string events = PartEvent("response.output_text.done", "text", text_);
  events += PartEvent("response.content_part.done", "part", Part(text_));
  const Json response = Ended(answer, text_);
  events += Event("response.output_item.done",
                  {{"output_index", 0}, {"item", response["output"].front()}});
  const char* const type = WasCut(answer.finish) ? "response.incomplete" : "response.completed";
  return events + Event(type, {{"response", response}});
}

std::string ResponsesWriter::Close(std::span<const ChatAnswer>) { return ""; }

std::string ResponsesWriter::Failure(const Error& error) {
  const Json words = Json::parse(ErrorResponse(error).body);
  Json response = Response("failed");
  // That API's own words; it has no other one for what a client can mend.
  const char* const code = error.code == ErrorCode::kBusy ? "rate_limit_exceeded" : "server_error";
  response["error"] = {{"code", code}, {"message", words["error"]["message"]}};
  return Event("response.failed", {{"response", response}});
}

}  // namespace yixin
