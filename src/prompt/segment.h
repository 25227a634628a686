// A prompt is a list of segments, never one string: what a template says (control) and what people,
// files and models say (text). Only a control segment can become special tokens, and only
// ChatTemplate can make one, so a typed <|im_end|> is ten characters and nothing more.
//
// A boundary between the two kinds is also a boundary of normalisation and pre-tokenisation. The
// ids are those of the joined string but in one place: a text that begins with white space holding
// a line break, behind the template's "user\n". Joined, the line breaks would be one piece; here
// they are the template's own and the text's own.
// Tested by: prompt_test.cc, tests/golden/prompt_golden_test.cc
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tokenizer/tokenizer.h"
#include "yixin/result.h"

namespace yixin {

class Segment {
 public:
  enum class Kind { kControl, kText };

  // User text, history, labels, examples, system prompts, cells of files.
  static Segment Text(std::string text) { return Segment(Kind::kText, std::move(text)); }

  Kind kind() const { return kind_; }
  const std::string& text() const { return text_; }

 private:
  friend class ChatTemplate;
  Segment(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}

  Kind kind_;
  std::string text_;
};

// Token ids of a prompt. Neighbours of one kind are joined first.
// Errors: kInvalidText as Tokenizer::EncodeText has them.
Result<std::vector<int32_t>> EncodeSegments(const Tokenizer& tokenizer,
                                            std::span<const Segment> segments);

}  // namespace yixin
