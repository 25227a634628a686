// One pass for label and reply: what the user says is computed in the conversation's context, the
// label is read behind it, and the reply goes on from what both prompts have in common.
// Tested by: dialogue_read_test.cc
#include <algorithm>

#include "prompt/segment.h"
#include "tasks/dialogue.h"
#include "tasks/token_text.h"

namespace yixin {

// What the context holds where a text is said next: as Say finds it, oldest turns forgotten and the
// last one closed. The dialogue itself stays as it is, for the person may go on with the last reply
// instead.
Result<std::vector<int32_t>> Dialogue::IdsUpTo(std::string_view text, int reserve) {
  YIXIN_TRY(std::vector<int32_t> turn_ids, CheckedTurn(text, "", reserve));
  const Segment segments[] = {template_.Begin(Role::kUser), Segment::Text(std::string(text))};
  YIXIN_TRY(const std::vector<int32_t> text_ids, EncodeSegments(tokenizer_, segments));
  struct Before {
    ~Before() {
      dialogue.turns_.swap(turns);
      dialogue.first_turn_ = first_turn;
    }
    Dialogue& dialogue;
    std::vector<Turn> turns;
    size_t first_turn;
  };
  const Before before{*this, turns_, first_turn_};
  if (!turns_.empty()) {
    std::vector<int32_t>& reply_ids = turns_.back().reply_ids;
    reply_ids.resize(WholeCharacterLength(tokenizer_, reply_ids));
  }
  turns_.push_back(Turn{{std::string(text), "", ""}, std::move(turn_ids), {}});
  MakeRoom(reserve);
  turns_.back().prompt_ids = text_ids;
  return HistoryIds();
}

Result<ReadRecord> Dialogue::Read(std::string_view text, Classifier& reader,
                                  const ReplySettings& settings, const ClassifierSettings& reading,
                                  const StopFlag* stop) {
  YIXIN_CHECK_OK(CheckSettings(settings));
  const int reserve = std::max(Reserve(settings), static_cast<int>(reader.suffix_tokens()));
  YIXIN_TRY(std::vector<int32_t> ids, IdsUpTo(text, reserve));
  const size_t text_end = ids.size();
  ids.insert(ids.end(), reader.suffix().begin(), reader.suffix().end());

  const uint64_t computed = engine_->tokens_computed();
  // At least the text's last token is computed behind what is there.
  YIXIN_TRY(const int beginning, Rewind(std::span(ids).first(text_end - 1)));
  const size_t kept = kv_ids_.size();
  const auto behind = std::span(ids).subspan(kept, text_end - kept);
  YIXIN_TRY(InChatDecision read, reader.ClassifyInChat(kv_, behind, reading, stop));
  kv_ids_ = std::move(ids);
  last_hidden_ = std::move(read.hidden);
  ReadRecord record;
  record.decision = std::move(read.decision);
  record.prompt_tokens = static_cast<int>(engine_->tokens_computed() - computed);
  record.reused_tokens = static_cast<int>(kept) - beginning;
  return record;
}

}  // namespace yixin
