// Tested by: prompt_test.cc
#include "prompt/chat_template.h"

#include <array>
#include <optional>
#include <string>

namespace yixin {
namespace {

constexpr std::string_view kStart = "<|im_start|>";
constexpr std::string_view kEnd = "<|im_end|>";

std::string_view NameOf(Role role) {
  constexpr std::array<std::string_view, 3> kNames = {"system", "user", "assistant"};
  return kNames[static_cast<size_t>(role)];
}

Error NotChatMl(std::string_view why) {
  return {ErrorCode::kUnsupported,
          "tokenizer.chat_template: " + std::string(why) +
              "; yixin converses with ChatML models (<|im_start|>, <|im_end|>), as Qwen2 and "
              "SmolLM2 are",
          "tokenizer.chat_template"};
}

}  // namespace

Result<ChatTemplate> ChatTemplate::Recognise(std::string_view file_template,
                                             const Tokenizer& tokenizer) {
  if (!file_template.empty() && (file_template.find(kStart) == std::string_view::npos ||
                                 file_template.find(kEnd) == std::string_view::npos)) {
    return NotChatMl("the model file's template is not ChatML");
  }
  const std::optional<int32_t> end_id = tokenizer.SpecialId(kEnd);
  if (!end_id || !tokenizer.SpecialId(kStart)) {
    return NotChatMl("the vocabulary has no <|im_start|> or no <|im_end|>");
  }
  return ChatTemplate(*end_id);
}

Segment ChatTemplate::Begin(Role role) const {
  return {Segment::Kind::kControl, std::string(kStart) + std::string(NameOf(role)) + "\n"};
}

Segment ChatTemplate::End() const { return {Segment::Kind::kControl, std::string(kEnd) + "\n"}; }

Segment ChatTemplate::BeginReply(bool line_break) const {
  return {Segment::Kind::kControl, std::string(kStart) + "assistant" + (line_break ? "\n" : "")};
}

void ChatTemplate::AppendMessage(Role role, std::string_view content,
                                 std::vector<Segment>& segments) const {
  segments.push_back(Begin(role));
  segments.push_back(Segment::Text(std::string(content)));
  segments.push_back(End());
}

}  // namespace yixin
