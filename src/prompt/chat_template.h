// ChatML, written by hand: the form in which Qwen and SmolLM2 were taught to converse.
//   <|im_start|>system\n...<|im_end|>\n<|im_start|>user\n...<|im_end|>\n<|im_start|>assistant\n
// The template that a model file carries is recognised, never executed.
// Source: https://github.com/openai/openai-python/blob/v0.28.1/chatml.md
// Tested by: prompt_test.cc
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "prompt/segment.h"
#include "tokenizer/tokenizer.h"
#include "yixin/result.h"

namespace yixin {

enum class Role { kSystem, kUser, kAssistant };

// Immutable. Threads: any.
class ChatTemplate {
 public:
  // In: the file's tokenizer.chat_template, empty where it has none.
  // Errors: kUnsupported for another template, or a vocabulary without ChatML's two tokens.
  static Result<ChatTemplate> Recognise(std::string_view file_template, const Tokenizer& tokenizer);

  Segment Begin(Role role) const;
  Segment End() const;
  // The header of the reply that the model is to write. The mission's article leaves the line break
  // out, which costs it nothing to change and changes the probabilities a lot.
  Segment BeginReply(bool line_break) const;

  // Begin, the content as text, End.
  void AppendMessage(Role role, std::string_view content, std::vector<Segment>& segments) const;

  // The token that ends a reply, <|im_end|>.
  int32_t end_id() const { return end_id_; }

 private:
  explicit ChatTemplate(int32_t end_id) : end_id_(end_id) {}

  int32_t end_id_;
};

}  // namespace yixin
