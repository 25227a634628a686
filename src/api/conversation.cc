// Tested by: assistant_test.cc
#include <chrono>
#include <mutex>
#include <utility>

#include "api/conversation_json.h"
#include "api/conversation_state.h"
#include "api/door.h"
#include "api/reply_options.h"
#include "yixin/chat.h"

namespace yixin {
namespace {

ReplySettings SettingsOf(const Dialogue& dialogue, const ReplyOptions& options) {
  ReplySettings settings = dialogue.TaskSettings();
  ApplyOverrides(options, settings.sampling);
  settings.max_new_tokens = options.max_new_tokens.value_or(settings.max_new_tokens);
  settings.timeout_ms = options.timeout_ms.value_or(settings.timeout_ms);
  settings.seed = options.seed;
  return settings;
}

FinishReason ToFinish(ReplyEnd end) {
  switch (end) {
    case ReplyEnd::kEnd:
      return FinishReason::kEnd;
    case ReplyEnd::kLength:
      return FinishReason::kLength;
    case ReplyEnd::kTimeout:
      return FinishReason::kTimeout;
    case ReplyEnd::kStopped:
      return FinishReason::kStopped;
    case ReplyEnd::kRepetition:
      return FinishReason::kRepetition;
  }
  return FinishReason::kEnd;
}

std::vector<ChatTurn> ToTurns(const Dialogue& dialogue) {
  std::vector<ChatTurn> turns;
  for (ChatTurnText& turn : dialogue.Turns()) {
    turns.push_back({std::move(turn.user), std::move(turn.reply), std::move(turn.mood)});
  }
  return turns;
}

// One locked turn: `speak` makes the reply, whatever it was is counted and mirrored.
// State: Conversation::State, which has no name out here.
template <typename State, typename Speak>
Result<Reply> TakeTurn(State& state, const ReplyOptions& options, Speak&& speak) {
  return AtDoor([&]() -> Result<Reply> {
    const std::lock_guard lock(state.assistant->mutex);
    Result<ReplyRecord> record = speak(SettingsOf(state.dialogue, options));
    state.turns = ToTurns(state.dialogue);
    if (!record) return std::move(record).error();
    StatsCounter& stats = state.assistant->stats;
    stats.AddPrefill(static_cast<uint64_t>(record->prompt_tokens),
                     static_cast<uint64_t>(record->reused_tokens), record->prefill_ms);
    stats.AddDecode(static_cast<uint64_t>(record->new_tokens), record->decode_ms);
    Reply reply;
    reply.text = std::move(record->text);
    reply.finish = ToFinish(record->end);
    reply.dropped_turns = record->dropped_turns;
    reply.prompt_tokens = record->prompt_tokens;
    reply.reused_tokens = record->reused_tokens;
    reply.new_tokens = record->new_tokens;
    reply.prefill_ms = record->prefill_ms;
    reply.decode_ms = record->decode_ms;
    return reply;
  });
}

}  // namespace

Conversation::Conversation(std::unique_ptr<State> state) : state_(std::move(state)) {}
Conversation::Conversation(Conversation&&) noexcept = default;
Conversation& Conversation::operator=(Conversation&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

Conversation::~Conversation() {
  if (state_ == nullptr) return;
  // Its KV pages go back to the engine, which another thread may be using. Where this is the last
  // holder of the assistant, its mutex must be unlocked before it goes.
  const std::shared_ptr<Assistant::State> assistant = state_->assistant;
  const std::lock_guard lock(assistant->mutex);
  state_.reset();
}

Result<Reply> Conversation::Say(std::string_view text, std::string_view mood,
                                const ReplyOptions& options, const TextSink& sink,
                                const StopFlag* stop) {
  return TakeTurn(*state_, options, [&](const ReplySettings& settings) {
    return state_->dialogue.Say(text, mood, settings, sink, stop);
  });
}

Result<Classification> Conversation::Read(std::string_view text, const ReplyOptions& options,
                                          const StopFlag* stop) {
  return AtDoor([&]() -> Result<Classification> {
    const std::lock_guard lock(state_->assistant->mutex);
    if (!state_->reader) {
      return Error{ErrorCode::kInvalidArgument,
                   "read: this conversation was started without a task to read by", "reader"};
    }
    const auto start = std::chrono::steady_clock::now();
    Dialogue& dialogue = state_->dialogue;
    YIXIN_TRY(ReadRecord record,
              dialogue.Read(text, *state_->reader, SettingsOf(dialogue, options), {}, stop));
    const double elapsed_ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    StatsCounter& stats = state_->assistant->stats;
    stats.AddTexts(1);
    stats.AddPrefill(static_cast<uint64_t>(record.prompt_tokens),
                     static_cast<uint64_t>(record.reused_tokens), elapsed_ms);
    return state_->assistant->ToClassification(std::move(record.decision), state_->reader->task(),
                                               elapsed_ms);
  });
}

Result<Reply> Conversation::More(const ReplyOptions& options, const TextSink& sink,
                                 const StopFlag* stop) {
  return TakeTurn(*state_, options, [&](const ReplySettings& settings) {
    return state_->dialogue.More(settings, sink, stop);
  });
}

Result<Reply> Conversation::Retry(const ReplyOptions& options, const TextSink& sink,
                                  const StopFlag* stop) {
  return TakeTurn(*state_, options, [&](const ReplySettings& settings) {
    return state_->dialogue.Retry(settings, sink, stop);
  });
}

void Conversation::Clear() {
  const std::lock_guard lock(state_->assistant->mutex);
  state_->dialogue.Clear();
  state_->turns.clear();
}

Status Conversation::SetSystem(std::string_view text) {
  return AtDoor([&]() -> Status {
    const std::lock_guard lock(state_->assistant->mutex);
    return state_->dialogue.SetSystem(text);
  });
}

const std::vector<ChatTurn>& Conversation::turns() const { return state_->turns; }

std::string Conversation::ToJson() const {
  const std::lock_guard lock(state_->assistant->mutex);
  const Dialogue& dialogue = state_->dialogue;
  return WriteConversation({dialogue.task().name, dialogue.system(), dialogue.Turns()});
}

Status Conversation::FromJson(std::string_view json) {
  return AtDoor([&]() -> Status {
    YIXIN_TRY(const SavedConversation saved, ParseConversation(json));
    const std::lock_guard lock(state_->assistant->mutex);
    if (Status status = state_->dialogue.Restore(saved.system, saved.turns); !status) {
      return Error{ErrorCode::kInvalidFile, "conversation: " + status.error().message,
                   status.error().subject};
    }
    state_->turns = ToTurns(state_->dialogue);
    return {};
  });
}

}  // namespace yixin
