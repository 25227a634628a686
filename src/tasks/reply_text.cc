// Tested by: reply_text_test.cc
#include "tasks/reply_text.h"

namespace yixin {

bool EndsReply(const Tokenizer& tokenizer, const ChatTemplate& chat_template, int32_t id) {
  return id == chat_template.end_id() || id == tokenizer.eos_id() || tokenizer.IsControl(id);
}

std::string ReplyText::Show(const std::string& piece) {
  std::string shown = guard_.Append(piece);
  if (guard_.repeats()) state_ = State::kRepetition;
  return shown;
}

std::string ReplyText::Append(int32_t id) {
  if (EndsReply(tokenizer_, template_, id)) {
    std::string rest = Finish();
    if (state_ == State::kOpen) state_ = State::kEnded;
    return rest;
  }
  std::string shown = Show(stops_.Append(decoder_.Append(id)));
  if (!stops_.stopped() || state_ != State::kOpen) return shown;
  shown += guard_.Flush();
  state_ = guard_.repeats() ? State::kRepetition : State::kStopString;
  return shown;
}

std::string ReplyText::Finish() {
  if (state_ != State::kOpen) return "";
  // Half a character stays unsaid, as a conversation has it.
  std::string shown = Show(stops_.Flush());
  if (state_ == State::kOpen) shown += guard_.Flush();
  if (guard_.repeats()) state_ = State::kRepetition;
  return shown;
}

}  // namespace yixin
