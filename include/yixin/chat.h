// A conversation: history, streaming replies, and what they cost.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"
#include "yixin/stop_flag.h"
#include "yixin/task.h"

namespace yixin {

// Receives pieces of a reply, whole UTF-8 characters; false stops the reply.
using TextSink = std::function<bool(std::string_view)>;

// Overrides of a chat task's own settings; what is not set is as the task file says.
struct ReplyOptions {
  std::optional<int> max_new_tokens;
  std::optional<double> temperature;  // 0: greedy
  std::optional<double> top_p;
  std::optional<int> top_k;
  std::optional<double> min_p;
  std::optional<double> repeat_penalty;
  std::optional<uint64_t> seed;   // not set: the same conversation gets the same words
  std::optional<int> timeout_ms;  // of one reply, computing the text included; 0: none
};

enum class FinishReason { kEnd, kLength, kTimeout, kStopped, kRepetition };

struct Reply {
  std::string text;
  FinishReason finish = FinishReason::kEnd;
  int dropped_turns = 0;  // oldest turns that were forgotten to make room
  int prompt_tokens = 0;  // computed for this reply before its first token
  int reused_tokens = 0;  // already in the KV cache
  int new_tokens = 0;
  double prefill_ms = 0;
  double decode_ms = 0;
};

struct ChatTurn {
  std::string user;
  std::string reply;
  std::string mood;  // the label told to Say, or empty
};

// Made by Assistant::StartConversation; it keeps the model alive.
// Threads: one call at a time (calls of several conversations of one Assistant are serialised).
class Conversation {
 public:
  Conversation(Conversation&&) noexcept;
  Conversation& operator=(Conversation&&) noexcept;
  ~Conversation();

  // One turn: the user's text in, the reply out, piece by piece through `sink`. `mood` is a label
  // of the chat task's mood table; a task without one ignores it. A reply that was stopped or cut
  // stays in the history as far as it came. Errors: kInvalidText (empty, not UTF-8, longer than the
  // context); the history is unchanged then.
  Result<Reply> Say(std::string_view text, std::string_view mood, const ReplyOptions& options,
                    const TextSink& sink, const StopFlag* stop = nullptr);
  // The label of the text that Say is told next, read in the conversation's own context by
  // ConversationOptions::reader. The text is computed here, once: Say of the same text with the
  // same options goes on from there, and says the same bits as without this. The history is
  // unchanged. Errors: as Say; kInvalidArgument where there is no reader; kCancelled.
  Result<Classification> Read(std::string_view text, const ReplyOptions& options,
                              const StopFlag* stop = nullptr);
  // Goes on where a reply was cut; the Reply has the new part. Errors: kInvalidArgument when there
  // is nothing to go on with.
  Result<Reply> More(const ReplyOptions& options, const TextSink& sink,
                     const StopFlag* stop = nullptr);
  // The last turn again, with another draw unless options.seed is set.
  Result<Reply> Retry(const ReplyOptions& options, const TextSink& sink,
                      const StopFlag* stop = nullptr);

  void Clear();
  // A system prompt of one's own, from the next turn on; the history stays and is computed again.
  // Empty: the task's own again. Errors: kInvalidText (not UTF-8, longer than half the context).
  Status SetSystem(std::string_view text);
  const std::vector<ChatTurn>& turns() const;
  // The history as JSON, and back. Errors: kInvalidFile with the place.
  std::string ToJson() const;
  Status FromJson(std::string_view json);

 private:
  friend class Assistant;
  struct State;
  explicit Conversation(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace yixin
