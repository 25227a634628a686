// The text side of a reply that a stream of token ids makes: what may be shown of it now, and
// whether it has ended.
// Tested by: reply_text_test.cc
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "prompt/chat_template.h"
#include "tasks/repetition_guard.h"
#include "tasks/stop_strings.h"
#include "tokenizer/incremental_decoder.h"
#include "tokenizer/tokenizer.h"

namespace yixin {

// Whether the token ends a reply and is no part of its text.
bool EndsReply(const Tokenizer& tokenizer, const ChatTemplate& chat_template, int32_t id);

class ReplyText {
 public:
  enum class State { kOpen, kEnded, kStopString, kRepetition };

  // stops: as StopStrings. repeated_sentences: as RepetitionGuard.
  ReplyText(const Tokenizer& tokenizer, const ChatTemplate& chat_template,
            std::vector<std::string> stops, int repeated_sentences)
      : tokenizer_(tokenizer),
        template_(chat_template),
        decoder_(tokenizer, /*skip_special=*/true),
        stops_(std::move(stops)),
        guard_(repeated_sentences) {}

  // Out: whole characters that may be shown now. In: state() is kOpen.
  std::string Append(int32_t id);
  // What is held back, where the reply ends for another reason than its text.
  std::string Finish();
  State state() const { return state_; }
  // At kStopString: which of them.
  const std::string& stop_string() const { return stops_.matched(); }

 private:
  std::string Show(const std::string& piece);

  Tokenizer tokenizer_;
  ChatTemplate template_;
  IncrementalDecoder decoder_;
  StopStrings stops_;
  RepetitionGuard guard_;
  State state_ = State::kOpen;
};

}  // namespace yixin
