// Tested by: dialogue_test.cc
#include "tasks/dialogue.h"

#include <algorithm>
#include <utility>

#include "prompt/segment.h"
#include "tasks/reply_text.h"
#include "tasks/task_prompt.h"
#include "tasks/token_text.h"

namespace yixin {
namespace {

// Between two looks at the clock and the stop flag while a long history is computed.
constexpr size_t kPrefillTokens = 256;

double Milliseconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

Error InvalidArgument(const std::string& subject, const std::string& words) {
  return {ErrorCode::kInvalidArgument, subject + ": " + words, subject};
}

// Gives the pieces on, and remembers what was said and whether anybody still listens.
class Speaker {
 public:
  explicit Speaker(const Dialogue::Sink& sink) : sink_(sink) {}

  void Say(std::string_view piece) {
    if (piece.empty() || refused_) return;
    text_ += piece;
    if (sink_ && !sink_(piece)) refused_ = true;
  }
  bool refused() const { return refused_; }
  const std::string& text() const { return text_; }

 private:
  const Dialogue::Sink& sink_;
  std::string text_;
  bool refused_ = false;
};

}  // namespace

Dialogue::Dialogue(TaskSpec task, const Tokenizer& tokenizer, const ChatTemplate& chat_template,
                   Engine& engine, int context, Clock clock)
    : task_(std::move(task)),
      tokenizer_(tokenizer),
      template_(chat_template),
      engine_(&engine),
      context_(context),
      clock_(std::move(clock)),
      kv_(engine.NewSequence()),
      logits_(static_cast<size_t>(engine.model().config().vocabulary)) {
  for (int32_t id = 0; id < tokenizer_.vocabulary_size(); ++id) {
    if (tokenizer_.IsSpecial(id)) exempt_.push_back(id);
  }
}

Result<Dialogue> Dialogue::Create(TaskSpec task, const Tokenizer& tokenizer,
                                  const ChatTemplate& chat_template, Engine& engine, int context,
                                  Clock clock) {
  if (task.mode != TaskMode::kChat) {
    return InvalidArgument("task", task.name + " is a task of mode " +
                                       std::string(NameOf(task.mode)) +
                                       "; a conversation needs one of mode chat");
  }
  Dialogue session(std::move(task), tokenizer, chat_template, engine, context, std::move(clock));
  const Segment end = chat_template.End();
  YIXIN_TRY(session.close_ids_, EncodeSegments(tokenizer, {&end, 1}));
  if (Status status = session.SetSystem(""); !status) {
    return Error{ErrorCode::kInvalidFile,
                 session.task_.file + ": system: " + status.error().message, "system"};
  }
  return session;
}

ReplySettings Dialogue::TaskSettings() const {
  ReplySettings settings;
  settings.sampling = task_.sampling;
  settings.max_new_tokens = task_.max_new_tokens;
  settings.timeout_ms = task_.timeout_ms;
  return settings;
}

Status Dialogue::CheckSettings(const ReplySettings& settings) const {
  YIXIN_CHECK_OK(ValidateSamplingOptions(settings.sampling));
  if (settings.max_new_tokens < 1) {
    return InvalidArgument("max_new_tokens",
                           "expected 1 or more, got " + std::to_string(settings.max_new_tokens));
  }
  if (settings.timeout_ms < 0) {
    return InvalidArgument("timeout_ms",
                           "expected 0 (none) or more, got " + std::to_string(settings.timeout_ms));
  }
  return {};
}

// What the history leaves free for a reply. At most a quarter of the context: a longer reply is cut
// where the context ends, and history is worth more than room that is seldom used.
int Dialogue::Reserve(const ReplySettings& settings) const {
  return std::min(settings.max_new_tokens, std::max(context_ / 4, 1));
}

Result<std::vector<int32_t>> Dialogue::EncodePrefix(std::string_view system) const {
  return EncodeChatPrefix(task_, system, tokenizer_, template_);
}

Result<std::vector<int32_t>> Dialogue::EncodeTurn(std::string_view user,
                                                  std::string_view mood) const {
  std::vector<Segment> segments;
  template_.AppendMessage(Role::kUser, user, segments);
  if (const std::string* sentence = task_.FindMood(mood)) {
    // Behind the user's text, so that everything before it stays in the cache.
    template_.AppendMessage(Role::kSystem, *sentence, segments);
  }
  segments.push_back(template_.BeginReply(task_.reply_line_break));
  return EncodeSegments(tokenizer_, segments);
}

void Dialogue::Clear() {
  turns_.clear();
  first_turn_ = 0;
  live_.reset();
}

void Dialogue::ReleaseCache() {
  kv_.Truncate(0);
  kv_ids_.clear();
  last_hidden_.clear();
}

Status Dialogue::SetSystem(std::string_view text) {
  const std::string_view system = text.empty() ? std::string_view(task_.system) : text;
  YIXIN_TRY(std::vector<int32_t> ids, EncodePrefix(system));
  if (ids.size() > static_cast<size_t>(context_ / 2)) {
    return Error{ErrorCode::kInvalidText,
                 "the system prompt has " + std::to_string(ids.size()) +
                     " tokens, expected at most half the context, " + std::to_string(context_ / 2),
                 "system"};
  }
  system_ = system;
  prefix_ids_ = std::move(ids);
  return {};
}

std::vector<ChatTurnText> Dialogue::Turns() const {
  std::vector<ChatTurnText> turns;
  for (const Turn& turn : turns_) turns.push_back(turn.text);
  return turns;
}

Status Dialogue::Restore(std::string_view system, const std::vector<ChatTurnText>& turns) {
  std::vector<Turn> restored;
  for (const ChatTurnText& text : turns) {
    const auto failed = [&](const Error& error) {
      return Error{error.code, "turns[" + std::to_string(restored.size()) + "]: " + error.message,
                   "turns[" + std::to_string(restored.size()) + "]"};
    };
    auto prompt = EncodeTurn(text.user, text.mood);
    if (!prompt) return failed(prompt.error());
    auto reply = tokenizer_.EncodeText(text.reply);
    if (!reply) return failed(reply.error());
    restored.push_back(Turn{text, *std::move(prompt), *std::move(reply)});
  }
  YIXIN_CHECK_OK(SetSystem(system));
  Clear();
  turns_ = std::move(restored);
  return {};
}

void Dialogue::CloseLastTurn() {
  live_.reset();
  if (turns_.empty()) return;
  Turn& last = turns_.back();
  last.open = false;
  // Half a character was never shown, and stays no part of what was said.
  last.reply_ids.resize(WholeCharacterLength(tokenizer_, last.reply_ids));
}

std::vector<int32_t> Dialogue::HistoryIds() const {
  std::vector<int32_t> ids = prefix_ids_;
  const auto append = [&ids](const std::vector<int32_t>& more) {
    ids.insert(ids.end(), more.begin(), more.end());
  };
  for (size_t i = first_turn_; i < turns_.size(); ++i) {
    append(turns_[i].prompt_ids);
    append(turns_[i].reply_ids);
    if (i + 1 < turns_.size()) append(close_ids_);
  }
  return ids;
}

int Dialogue::MakeRoom(int reserve) {
  const auto room = static_cast<size_t>(context_ - reserve);
  size_t tokens = HistoryIds().size();
  if (tokens <= room) return 0;
  // Everything behind a forgotten turn is computed again, so half the context goes at once: the
  // next turns then find room, and their history in the cache.
  const size_t wanted = std::min(room, static_cast<size_t>(context_ / 2));
  int dropped = 0;
  while (tokens > wanted && first_turn_ + 1 < turns_.size()) {
    const Turn& oldest = turns_[first_turn_++];
    tokens -= oldest.prompt_ids.size() + oldest.reply_ids.size() + close_ids_.size();
    ++dropped;
  }
  return dropped;
}

Result<std::vector<int32_t>> Dialogue::CheckedTurn(std::string_view text, std::string_view mood,
                                                   int reserve) const {
  // The tokenizer checks the bytes, so it comes before the question whether they are blank.
  YIXIN_TRY(std::vector<int32_t> ids, EncodeTurn(text, mood));
  if (IsBlank(text)) return Error{ErrorCode::kInvalidText, "empty input", "text"};
  const auto room = static_cast<size_t>(std::max(context_ - reserve, 0));
  if (prefix_ids_.size() + ids.size() > room) {
    return Error{ErrorCode::kInvalidText,
                 "the text is too long: with the system prompt it has " +
                     std::to_string(prefix_ids_.size() + ids.size()) +
                     " tokens and the context leaves room for " + std::to_string(room) +
                     "; shorten it, or open the model with a larger context",
                 "text"};
  }
  return ids;
}

Result<ReplyRecord> Dialogue::Say(std::string_view text, std::string_view mood,
                                  const ReplySettings& settings, const Sink& sink,
                                  const StopFlag* stop) {
  YIXIN_CHECK_OK(CheckSettings(settings));
  if (!mood.empty() && !task_.moods.empty() && task_.FindMood(mood) == nullptr) {
    return InvalidArgument("mood", "the task " + task_.name + " has no sentence for " +
                                       std::string(mood) + "; add it to [mood]");
  }
  YIXIN_TRY(std::vector<int32_t> prompt_ids, CheckedTurn(text, mood, Reserve(settings)));
  CloseLastTurn();
  const size_t first_turn = first_turn_;
  turns_.push_back(Turn{{std::string(text), "", std::string(mood)}, std::move(prompt_ids), {}});
  auto reply = Generate(settings, sink, stop);
  if (!reply) {
    turns_.pop_back();
    first_turn_ = first_turn;
    live_.reset();
  }
  return reply;
}

Result<ReplyRecord> Dialogue::More(const ReplySettings& settings, const Sink& sink,
                                   const StopFlag* stop) {
  YIXIN_CHECK_OK(CheckSettings(settings));
  if (turns_.empty() || !turns_.back().open) {
    return InvalidArgument("more", "there is no reply that was cut and could go on");
  }
  const Turn before = turns_.back();
  auto reply = Generate(settings, sink, stop);
  if (!reply) {
    turns_.back() = before;
    CloseLastTurn();  // its decoder has seen what is undone
  }
  return reply;
}

Result<ReplyRecord> Dialogue::Retry(const ReplySettings& settings, const Sink& sink,
                                    const StopFlag* stop) {
  YIXIN_CHECK_OK(CheckSettings(settings));
  if (turns_.empty()) return InvalidArgument("retry", "nothing has been said yet");
  Turn before = turns_.back();
  Turn& last = turns_.back();
  live_.reset();
  last.reply_ids.clear();
  last.text.reply.clear();
  ++last.attempt;
  auto reply = Generate(settings, sink, stop);
  if (!reply) {
    turns_.back() = std::move(before);
    CloseLastTurn();
  }
  return reply;
}

Result<int> Dialogue::Rewind(std::span<const int32_t> ids) {
  const auto mismatch = std::mismatch(ids.begin(), ids.end(), kv_ids_.begin(), kv_ids_.end());
  const auto kept = static_cast<size_t>(mismatch.first - ids.begin());
  if (static_cast<int32_t>(kept) < kv_.length()) last_hidden_.clear();
  kv_.Truncate(static_cast<int32_t>(kept));
  kv_ids_.resize(kept);
  // The task's own beginning is every conversation's. A long one is computed with the rest, where
  // it can be interrupted; one with a user's words is nobody else's.
  if (kept >= prefix_ids_.size() || prefix_ids_.size() > kPrefillTokens ||
      system_ != task_.system) {
    return 0;
  }
  const uint64_t computed = engine_->tokens_computed();
  YIXIN_TRY(kv_, engine_->Prefix(prefix_ids_));
  kv_ids_ = prefix_ids_;
  last_hidden_.clear();
  return static_cast<int>(engine_->tokens_computed() - computed);
}

Status Dialogue::Append(std::span<const int32_t> ids) {
  const Step step{&kv_, ids, static_cast<int>(ids.size()) - 1};
  YIXIN_TRY(last_hidden_, engine_->Forward({&step, 1}));
  kv_ids_.insert(kv_ids_.end(), ids.begin(), ids.end());
  return {};
}

Result<ReplyRecord> Dialogue::Generate(const ReplySettings& settings, const Sink& sink,
                                       const StopFlag* stop) {
  const auto start = clock_();
  ReplyRecord record;
  record.dropped_turns = MakeRoom(Reserve(settings));
  Turn& turn = turns_.back();
  if (!live_) {
    live_.emplace(LiveReply{IncrementalDecoder(tokenizer_, /*skip_special=*/true),
                            RepetitionGuard(task_.repeated_sentences)});
  }
  const auto out_of_time = [&] {
    return settings.timeout_ms > 0 &&
           clock_() - start >= std::chrono::milliseconds(settings.timeout_ms);
  };
  const auto interrupted = [&]() -> std::optional<ReplyEnd> {
    if (stop != nullptr && stop->requested()) return ReplyEnd::kStopped;
    if (out_of_time()) return ReplyEnd::kTimeout;
    return std::nullopt;
  };

  // The history up to here.
  const std::vector<int32_t> ids = HistoryIds();
  if (ids.size() >= static_cast<size_t>(context_)) {
    return Error{ErrorCode::kInvalidText,
                 "this turn alone fills the context of " + std::to_string(context_) +
                     " tokens; begin anew, or open the model with a larger context",
                 "text"};
  }
  YIXIN_TRY(record.prompt_tokens, Rewind(ids));
  if (kv_ids_.size() == ids.size() && last_hidden_.empty()) {  // its logits are needed
    kv_.Truncate(static_cast<int32_t>(ids.size() - 1));
    kv_ids_.pop_back();
  }
  record.reused_tokens = static_cast<int>(kv_ids_.size()) - record.prompt_tokens;
  std::optional<ReplyEnd> end;
  while (kv_ids_.size() < ids.size() && !end) {
    const size_t count = std::min(kPrefillTokens, ids.size() - kv_ids_.size());
    YIXIN_CHECK_OK(Append(std::span(ids).subspan(kv_ids_.size(), count)));
    record.prompt_tokens += static_cast<int>(count);
    end = interrupted();
  }
  const auto prefilled = clock_();
  record.prefill_ms = Milliseconds(prefilled - start);

  SamplingOptions sampling = settings.sampling;
  sampling.seed = settings.seed.value_or(turn.attempt);
  Sampler sampler(sampling, exempt_);
  Speaker speaker(sink);
  while (!end) {
    YIXIN_CHECK_OK(engine_->Logits(last_hidden_, logits_));
    const int32_t id = sampler.Sample(logits_, turn.reply_ids, kv_ids_.size());
    if (EndsReply(tokenizer_, template_, id)) {
      end = ReplyEnd::kEnd;
      break;
    }
    turn.reply_ids.push_back(id);
    ++record.new_tokens;
    speaker.Say(live_->guard.Append(live_->decoder.Append(id)));
    if (live_->guard.repeats()) {
      end = ReplyEnd::kRepetition;
    } else if (speaker.refused()) {
      end = ReplyEnd::kStopped;
    } else if (record.new_tokens == settings.max_new_tokens ||
               kv_ids_.size() + 1 >= static_cast<size_t>(context_)) {
      end = ReplyEnd::kLength;
    } else if (end = interrupted(); !end) {
      YIXIN_CHECK_OK(Append({&id, 1}));
    }
  }
  speaker.Say(live_->guard.Flush());
  if (live_->guard.repeats()) end = ReplyEnd::kRepetition;
  record.decode_ms = Milliseconds(clock_() - prefilled);
  record.end = *end;
  record.text = speaker.text();
  turn.text.reply += record.text;
  turn.open = *end == ReplyEnd::kLength || *end == ReplyEnd::kTimeout || *end == ReplyEnd::kStopped;
  if (*end == ReplyEnd::kRepetition) {
    // The history holds what was shown, not the sentence that was held back.
    if (auto shown = tokenizer_.EncodeText(turn.text.reply)) turn.reply_ids = *std::move(shown);
  }
  if (!turn.open) CloseLastTurn();
  return record;
}

}  // namespace yixin
