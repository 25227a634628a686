// A task's fixed token ids: what stands before a text, behind it, and what stands for each label.
// Tested by: task_prompt_test.cc, tests/golden/prompt_golden_test.cc
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "prompt/chat_template.h"
#include "tasks/task_spec.h"
#include "tokenizer/tokenizer.h"
#include "yixin/result.h"

namespace yixin {

// prefix + EncodeText(text) + suffix is the whole prompt, because a text is a segment of its own.
struct TextPrompt {
  std::vector<int32_t> prefix;  // computed once per process
  std::vector<int32_t> suffix;  // up to where the answer begins, answer_prefix included
};

// Of a task of mode score or generate, in its first wording.
// Errors: kInvalidText for what the vocabulary cannot express.
Result<TextPrompt> EncodeTextPrompt(const TaskSpec& task, const Tokenizer& tokenizer,
                                    const ChatTemplate& chat_template);
// In all its wordings, the first one first. The examples are the same in each.
Result<std::vector<TextPrompt>> EncodeTextPrompts(const TaskSpec& task, const Tokenizer& tokenizer,
                                                  const ChatTemplate& chat_template);

// Where a head reads: the first wording's prompt; in a chat the reply's beginning, for states need
// no question asked.
Result<TextPrompt> EncodeHeadPrompt(const TaskSpec& task, const Tokenizer& tokenizer,
                                    const ChatTemplate& chat_template);

// Tells prompts apart: what stands before and behind a text, as token ids.
uint64_t PromptHash(const TextPrompt& prompt);

// The beginning of a conversation: `system` and the task's examples, each closed.
Result<std::vector<int32_t>> EncodeChatPrefix(const TaskSpec& task, std::string_view system,
                                              const Tokenizer& tokenizer,
                                              const ChatTemplate& chat_template);

// One of the strings that stand for a label.
struct LabelString {
  size_t label = 0;  // index in TaskSpec::labels
  std::vector<int32_t> ids;
};

// All strings of all labels, in the task's order; each is tokenised on its own.
// Errors: kInvalidFile with line and key where two strings have the same ids.
Result<std::vector<LabelString>> EncodeLabels(const TaskSpec& task, const Tokenizer& tokenizer);

}  // namespace yixin
