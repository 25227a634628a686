// Messages of a request: roles, and contents that are a string or a list of parts. The APIs differ
// in names alone.
// Tested by: chat_request_test.cc, messages_request_test.cc, responses_request_test.cc
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"
#include "yixin/service.h"

namespace yixin {

// Static strings all.
struct MessageForm {
  const char* list;                          // the field that has the messages
  std::span<const std::string_view> roles;   // of system, developer, user, assistant
  std::span<const std::string_view> fields;  // that a message may have
  std::span<const std::string_view> parts;   // types of those that have a text
};

// In: the list of 1 to `most` messages. Errors: kInvalidArgument naming list[i] and its field.
Result<std::vector<ChatMessage>> ReadMessages(const nlohmann::json& list, const MessageForm& form,
                                              size_t most);

// A string, or a list of parts {"type", "text"}, which are joined. In: `place` names it.
Result<std::string> ReadContent(const nlohmann::json& content, const std::string& place,
                                std::span<const std::string_view> parts);

}  // namespace yixin
