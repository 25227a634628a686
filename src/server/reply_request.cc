// Tested by: reply_request_test.cc
#include "server/reply_request.h"

#include <charconv>
#include <string_view>

namespace yixin {
namespace {

constexpr std::string_view kLength = "max_new_tokens";
constexpr std::string_view kMessages = "messages";
constexpr std::string_view kSchema = "json_schema";

// messages, or messages[3].
std::string NameOfMessage(const FieldNames& names, std::string_view subject) {
  size_t index = 0;
  const std::string_view behind = subject.substr(kMessages.size());
  if (behind.empty()) return names.messages;
  std::from_chars(behind.data() + 1, behind.data() + behind.size(), index);
  if (!names.system.empty() && index == 0) return names.system;
  if (names.one_message) return names.messages;
  return names.messages + "[" + std::to_string(names.system.empty() ? index : index - 1) + "]";
}

}  // namespace

Error InWordsOf(const FieldNames& names, size_t index, Error error) {
  const std::string subject = error.subject;
  if (subject == kLength) {
    error.subject = names.length;
  } else if (subject == kSchema) {
    error.subject = names.schema;
  } else if (subject == kMessages || subject.starts_with("messages[")) {
    error.subject = NameOfMessage(names, subject);
  } else if (subject == "prompt" && names.replies_of_a_prompt != 0) {
    error.subject = "prompt[" + std::to_string(index / names.replies_of_a_prompt) + "]";
  }
  if (const size_t at = error.message.find(subject); at != std::string::npos && !subject.empty()) {
    error.message.replace(at, subject.size(), error.subject);
  }
  return error;
}

}  // namespace yixin
