// A conversation over one engine. Its token ids stay in the KV cache, so a turn computes its own
// tokens and no more; whatever changes the history (a retry, another system prompt, forgotten
// turns) is found as the first id that differs, and computing begins there.
// Tested by: dialogue_test.cc, tests/golden
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "engine/sampler.h"
#include "prompt/chat_template.h"
#include "tasks/classifier.h"
#include "tasks/repetition_guard.h"
#include "tasks/task_spec.h"
#include "tokenizer/incremental_decoder.h"
#include "tokenizer/tokenizer.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

struct ReplySettings {
  SamplingOptions sampling;      // its seed is not read
  std::optional<uint64_t> seed;  // empty: 0 at first, another number at each retry
  int max_new_tokens = 128;
  int timeout_ms = 0;  // from the beginning of the reply, prefill included; 0: none
};

enum class ReplyEnd { kEnd, kLength, kTimeout, kStopped, kRepetition };

struct ReplyRecord {
  std::string text;  // what the sink was given
  ReplyEnd end = ReplyEnd::kEnd;
  int dropped_turns = 0;
  int prompt_tokens = 0;  // computed before the first new token
  int reused_tokens = 0;
  int new_tokens = 0;
  double prefill_ms = 0;
  double decode_ms = 0;
};

// What was read of a text before its reply.
struct ReadRecord {
  LabelDecision decision;
  int prompt_tokens = 0;  // computed
  int reused_tokens = 0;
};

struct ChatTurnText {
  std::string user;
  std::string reply;
  std::string mood;  // a label, or empty
};

// Threads: one caller at a time, as the engine has.
class Dialogue {
 public:
  using Sink = std::function<bool(std::string_view)>;  // false: enough
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  // The engine outlives the session. context: tokens of history and reply together.
  // Errors: kInvalidArgument for a task that is no chat task, kInvalidFile where its prompt fills
  // half the context.
  static Result<Dialogue> Create(TaskSpec task, const Tokenizer& tokenizer,
                                 const ChatTemplate& chat_template, Engine& engine, int context,
                                 Clock clock = std::chrono::steady_clock::now);

  const TaskSpec& task() const { return task_; }
  ReplySettings TaskSettings() const;

  // Errors: kInvalidText (empty, not UTF-8, longer than the context), kInvalidArgument (settings, a
  // mood that the task's table does not have), kInternal, kOutOfMemory. The history is as before.
  Result<ReplyRecord> Say(std::string_view text, std::string_view mood,
                          const ReplySettings& settings, const Sink& sink, const StopFlag* stop);
  // The label of the text that Say is told next, read behind it in the conversation's own context.
  // The text is computed here once: Say goes on behind it, and says the same bits as without this.
  // The history is as before. reader: made for this engine and tokenizer, of a task with in_chat.
  // Errors: kInvalidText as Say, kInvalidArgument, kCancelled, kInternal, kOutOfMemory.
  Result<ReadRecord> Read(std::string_view text, Classifier& reader, const ReplySettings& settings,
                          const ClassifierSettings& reading, const StopFlag* stop);
  // Goes on with a reply that was cut or stopped; the record has the new part.
  Result<ReplyRecord> More(const ReplySettings& settings, const Sink& sink, const StopFlag* stop);
  // The last reply again.
  Result<ReplyRecord> Retry(const ReplySettings& settings, const Sink& sink, const StopFlag* stop);

  void Clear();
  // Gives the KV pages back; the next reply computes the history again.
  void ReleaseCache();
  // Empty: the task's own prompt again. Errors: kInvalidText; nothing changes then.
  Status SetSystem(std::string_view text);
  const std::string& system() const { return system_; }

  // What the model is told next: everything that the context holds, the last reply still open.
  std::vector<int32_t> HistoryIds() const;
  // All turns since Clear, those that the context has lost included.
  std::vector<ChatTurnText> Turns() const;
  // Moods that this task has no sentence for are kept and not told, for another task may have saved
  // them. Errors: kInvalidText naming the turn; nothing changes then.
  Status Restore(std::string_view system, const std::vector<ChatTurnText>& turns);

 private:
  struct Turn {
    ChatTurnText text;
    std::vector<int32_t> prompt_ids;  // the user's message and the header of the reply
    std::vector<int32_t> reply_ids;
    uint64_t attempt = 0;
    bool open = false;  // the reply may go on
  };
  struct LiveReply {
    IncrementalDecoder decoder;
    RepetitionGuard guard;
  };

  Dialogue(TaskSpec task, const Tokenizer& tokenizer, const ChatTemplate& chat_template,
           Engine& engine, int context, Clock clock);

  Result<std::vector<int32_t>> EncodePrefix(std::string_view system) const;
  Result<std::vector<int32_t>> EncodeTurn(std::string_view user, std::string_view mood) const;
  Status CheckSettings(const ReplySettings& settings) const;
  int Reserve(const ReplySettings& settings) const;
  // The ids of a turn that may be said.
  Result<std::vector<int32_t>> CheckedTurn(std::string_view text, std::string_view mood,
                                           int reserve) const;
  void CloseLastTurn();
  // Forgets the oldest turns where the history leaves no room for `reserve` more tokens.
  int MakeRoom(int reserve);
  Result<ReplyRecord> Generate(const ReplySettings& settings, const Sink& sink,
                               const StopFlag* stop);
  // The history, and behind it the text that is said next. Errors: as CheckedTurn.
  Result<std::vector<int32_t>> IdsUpTo(std::string_view text, int reserve);
  // Cuts the KV to what it has in common with `ids`. Out: how many tokens were computed, of the
  // task's own beginning.
  Result<int> Rewind(std::span<const int32_t> ids);
  // Puts ids behind the KV, and the last one's hidden state into last_hidden_.
  Status Append(std::span<const int32_t> ids);

  TaskSpec task_;
  Tokenizer tokenizer_;
  ChatTemplate template_;
  Engine* engine_;
  int context_;
  Clock clock_;
  std::vector<int32_t> exempt_;  // added tokens, which penalties do not touch
  std::vector<int32_t> close_ids_;

  std::string system_;
  std::vector<int32_t> prefix_ids_;
  std::vector<Turn> turns_;
  size_t first_turn_ = 0;  // the oldest that the context still holds
  std::optional<LiveReply> live_;

  KvSequence kv_;
  std::vector<int32_t> kv_ids_;     // what kv_ holds
  std::vector<float> last_hidden_;  // [hidden] of kv_ids_.back(); empty: not known
  std::vector<float> logits_;
};

}  // namespace yixin
