// Messages of a request, as chat clients send them, to the ids of a prompt; or a text without them.
// Tested by: message_prompt_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "prompt/chat_template.h"
#include "tasks/task_spec.h"
#include "tokenizer/tokenizer.h"
#include "yixin/result.h"

namespace yixin {

struct Message {
  Role role = Role::kUser;
  std::string text;
  std::string mood;  // a label: the task's sentence for it stands behind the text; may be empty
};

struct MessagePrompt {
  std::vector<int32_t> ids;  // up to where the reply begins
  size_t task_prefix = 0;    // the task's own words at their beginning, no user's
  int dropped_messages = 0;
};

enum class TooLong { kError, kDropOldest };

// task: a chat task whose system prompt and examples stand before the messages, or null. A first
// message with role system takes the place of the task's system prompt.
// room: tokens that the prompt may have. kDropOldest leaves the oldest messages out (never a
// leading system message, never the last one) until it fits.
// Errors: kInvalidText naming messages[i] (not UTF-8; blank, for the last one), or a prompt that is
// too long; kInvalidArgument without a message.
Result<MessagePrompt> EncodeMessages(std::span<const Message> messages, const TaskSpec* task,
                                     const Tokenizer& tokenizer, const ChatTemplate& chat_template,
                                     size_t room, TooLong too_long);

// A text as it stands: one segment of text, without a template. Errors: kInvalidText (empty, not
// UTF-8, too long) naming prompt.
Result<MessagePrompt> EncodePrompt(std::string_view text, const Tokenizer& tokenizer, size_t room);

}  // namespace yixin
