// Tested by: message_prompt_test.cc
#include "tasks/message_prompt.h"

#include <utility>

#include "prompt/segment.h"
#include "tasks/task_prompt.h"
#include "tasks/token_text.h"

namespace yixin {
namespace {

Result<std::vector<int32_t>> EncodeMessage(const Message& message, size_t index,
                                           const TaskSpec* task, const Tokenizer& tokenizer,
                                           const ChatTemplate& chat_template) {
  std::vector<Segment> segments;
  chat_template.AppendMessage(message.role, message.text, segments);
  if (const std::string* mood = task == nullptr ? nullptr : task->FindMood(message.mood)) {
    chat_template.AppendMessage(Role::kSystem, *mood, segments);
  }
  auto ids = EncodeSegments(tokenizer, segments);
  if (ids) return ids;
  const std::string name = "messages[" + std::to_string(index) + "]";
  return Error{ids.error().code, name + ": " + ids.error().message, name};
}

}  // namespace

Result<MessagePrompt> EncodeMessages(std::span<const Message> messages, const TaskSpec* task,
                                     const Tokenizer& tokenizer, const ChatTemplate& chat_template,
                                     size_t room, TooLong too_long) {
  if (messages.empty()) {
    return Error{ErrorCode::kInvalidArgument, "messages: expected one or more", "messages"};
  }
  std::vector<std::vector<int32_t>> encoded;
  size_t tokens = 0;
  for (const Message& message : messages) {
    YIXIN_TRY(auto ids, EncodeMessage(message, encoded.size(), task, tokenizer, chat_template));
    tokens += ids.size();
    encoded.push_back(std::move(ids));
  }
  if (messages.back().role != Role::kAssistant && IsBlank(messages.back().text)) {
    const std::string name = "messages[" + std::to_string(messages.size() - 1) + "]";
    return Error{ErrorCode::kInvalidText, name + ": empty input", name};
  }
  MessagePrompt prompt;
  const bool has_system = messages.front().role == Role::kSystem;
  size_t first = 0;  // of the messages that may be left out
  if (task != nullptr) {
    const std::string& system = has_system ? messages.front().text : task->system;
    YIXIN_TRY(prompt.ids, EncodeChatPrefix(*task, system, tokenizer, chat_template));
    if (!has_system) prompt.task_prefix = prompt.ids.size();
  } else if (has_system) {
    prompt.ids = encoded.front();
  }
  if (has_system) {
    tokens -= encoded.front().size();
    first = 1;
  }
  const Segment begin = chat_template.BeginReply(task == nullptr || task->reply_line_break);
  YIXIN_TRY(const std::vector<int32_t> reply, EncodeSegments(tokenizer, {&begin, 1}));
  size_t needed = prompt.ids.size() + tokens + reply.size();
  for (; too_long == TooLong::kDropOldest && needed > room && first + 1 < encoded.size(); ++first) {
    needed -= encoded[first].size();
    ++prompt.dropped_messages;
  }
  if (needed > room) {
    return Error{ErrorCode::kInvalidText,
                 "messages: " + std::to_string(needed) +
                     " tokens, and the context leaves room for " + std::to_string(room) +
                     "; shorten them, ask for a shorter reply, or open the model with a larger "
                     "context",
                 "messages"};
  }
  for (size_t i = first; i < encoded.size(); ++i) {
    prompt.ids.insert(prompt.ids.end(), encoded[i].begin(), encoded[i].end());
  }
  prompt.ids.insert(prompt.ids.end(), reply.begin(), reply.end());
  return prompt;
}

Result<MessagePrompt> EncodePrompt(std::string_view text, const Tokenizer& tokenizer, size_t room) {
  const Segment segment = Segment::Text(std::string(text));
  auto ids = EncodeSegments(tokenizer, {&segment, 1});
  if (!ids) return Error{ids.error().code, "prompt: " + ids.error().message, "prompt"};
  if (ids->empty()) return Error{ErrorCode::kInvalidText, "prompt: empty input", "prompt"};
  if (ids->size() > room) {
    return Error{ErrorCode::kInvalidText,
                 "prompt: " + std::to_string(ids->size()) +
                     " tokens, and the context leaves room for " + std::to_string(room) +
                     "; shorten it, ask for fewer new tokens, or open the model with a larger "
                     "context",
                 "prompt"};
  }
  MessagePrompt prompt;
  prompt.ids = *std::move(ids);
  return prompt;
}

}  // namespace yixin
