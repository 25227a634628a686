// Tested by: chat_request_test.cc, messages_request_test.cc, responses_request_test.cc
#include "server/message_fields.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/json_body.h"

namespace yixin {
namespace {

using nlohmann::json;

// "a, b or c".
std::string Listed(std::span<const std::string_view> names) {
  std::string list;
  for (size_t i = 0; i < names.size(); ++i) {
    list.append(i == 0 ? "" : i + 1 < names.size() ? ", " : " or ").append(names[i]);
  }
  return list;
}

bool IsOneOf(const json& value, std::span<const std::string_view> names) {
  return value.is_string() &&
         std::find(names.begin(), names.end(), value.get_ref<const std::string&>()) != names.end();
}

Result<ChatRole> ReadRole(const json& message, const std::string& place,
                          std::span<const std::string_view> roles) {
  const json role = message.value("role", json());
  if (!IsOneOf(role, roles)) {
    return BadField(place + ".role: expected " + Listed(roles), place + ".role");
  }
  if (role == "user") return ChatRole::kUser;
  return role == "assistant" ? ChatRole::kAssistant : ChatRole::kSystem;
}

}  // namespace

Result<std::string> ReadContent(const json& content, const std::string& place,
                                std::span<const std::string_view> parts) {
  const std::string form = "{\"type\": \"" + std::string(parts.front()) + "\", \"text\": ...}";
  if (content.is_null())
    return BadField(place + " is missing: a string, or a list of " + form, place);
  if (content.is_string()) return content.get<std::string>();
  if (!content.is_array())
    return BadField(place + ": expected a string, or a list of texts", place);
  std::string text;
  for (const json& part : content) {
    if (!part.is_object() || !IsOneOf(part.value("type", json()), parts) ||
        !part.contains("text") || !part["text"].is_string()) {
      return BadField(place + ": expected parts " + form + "; this model reads nothing else",
                      place);
    }
    text += part["text"].get_ref<const std::string&>();
  }
  return text;
}

Result<std::vector<ChatMessage>> ReadMessages(const json& list, const MessageForm& form,
                                              size_t most) {
  if (!list.is_array() || list.empty() || list.size() > most) {
    return BadField(std::string(form.list) + ": expected a list of 1 to " + std::to_string(most) +
                        " messages {\"role\": ..., \"content\": ...}",
                    form.list);
  }
  std::vector<ChatMessage> messages;
  for (const json& entry : list) {
    const std::string place = std::string(form.list) + "[" + std::to_string(messages.size()) + "]";
    YIXIN_CHECK_OK(CheckFields(entry, form.fields, place));
    ChatMessage message;
    YIXIN_TRY(message.role, ReadRole(entry, place, form.roles));
    YIXIN_TRY(message.text,
              ReadContent(entry.value("content", json()), place + ".content", form.parts));
    messages.push_back(std::move(message));
  }
  return messages;
}

}  // namespace yixin
