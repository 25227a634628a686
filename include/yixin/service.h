// Many requests at once over one Assistant: replies are written side by side, a pass over the
// weights for all of them, and labels come in between. What a request gets is to the bit what it
// would get alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/assistant.h"
#include "yixin/chat.h"
#include "yixin/result.h"
#include "yixin/task.h"

namespace yixin {

enum class ChatRole { kSystem, kUser, kAssistant };

struct ChatMessage {
  ChatRole role = ChatRole::kUser;
  std::string text;
  // Of a user: a label of the task's mood table, told behind the text as Conversation::Say does.
  std::string mood = {};
};

// A reply to messages that the caller keeps, or to a text of any kind.
struct ChatRequest {
  std::vector<ChatMessage> messages;
  // In place of messages and task: the reply goes on from this text as it stands, without a
  // template. Text all of it: a control token that is spelt in it is none.
  std::optional<std::string> prompt = {};
  // A chat task, whose prompt and settings hold where the request says nothing: a first message of
  // the system takes the place of its system prompt. Empty: the messages alone, sampled as `reply`
  // says, by default as the Qwen2.5 models ask for: temperature 0.7, top-k 20, top-p 0.8.
  std::string task;
  ReplyOptions reply;  // timeout_ms is not read: a deadline is the caller's, by Cancel
  double presence_penalty = 0;
  double frequency_penalty = 0;
  std::vector<std::string> stops;    // end the reply and are no part of it
  std::vector<std::string> choices;  // the reply is one of these
  // Or it is JSON that satisfies this JSON schema, and {} is any JSON. Part of draft 2020-12: what
  // is not known is an error that names it. The reply is whole unless max_new_tokens (1,024 where
  // it is not set) cuts it. Stops do not cut the one or the other.
  std::string json_schema;
  // With each token its log-probability, and so many of the most likely ones.
  std::optional<int> log_probabilities;
  bool drop_oldest = false;  // messages that do not fit are left out, the oldest first
  uint64_t client = 0;       // the requests of one client wait for each other
};

struct TokenProbability {
  std::string text;            // its bytes; may be a part of a character
  double log_probability = 0;  // of the model's own distribution
};

struct ReplyToken {
  TokenProbability drawn;
  std::vector<TokenProbability> most_likely;  // best first
};

struct ChatAnswer {
  FinishReason finish = FinishReason::kEnd;
  std::string stop = {};  // of the request's stops, the one that ended it; empty: none did
  int prompt_tokens = 0;
  int reused_tokens = 0;  // of these, not computed
  int new_tokens = 0;
  int dropped_messages = 0;
  double queue_ms = 0;  // until the engine took it up
};

// Called by the service's own thread, which everybody else waits for: hand over and return. They
// may call the service.
struct ChatListener {
  virtual ~ChatListener() = default;
  // The next piece, whole characters, perhaps empty; its tokens where they were asked for. false:
  // enough.
  virtual bool OnText(std::string_view text, std::span<const ReplyToken> tokens) = 0;
  // The last call.
  virtual void OnEnd(const Result<ChatAnswer>& answer) = 0;
};

struct ServiceOptions {
  int max_streams = 32;      // replies that are written at once
  size_t max_waiting = 256;  // requests that wait; more are refused
  // While a reply is written, texts that are labelled between two of its tokens.
  int labels_between = 8;
};

struct ServiceCounts {
  size_t running = 0;          // replies
  size_t waiting = 0;          // replies and texts to be labelled
  double kv_used = 0;          // share of keys and values that is in use, caches included
  uint64_t prompt_tokens = 0;  // computed
  uint64_t reused_tokens = 0;
  uint64_t new_tokens = 0;
  uint64_t labelled_texts = 0;
  double longest_pass_ms = 0;  // between two tokens of a reply, since the last call of counts()
};

// Threads: any.
class Service {
 public:
  using LabelsDone = std::function<void(Result<std::vector<Result<Classification>>>)>;

  // Takes the assistant's engine for itself, turn by turn: other calls of it wait their turn.
  static Result<Service> Start(const Assistant& assistant, const ServiceOptions& options);
  Service(Service&&) noexcept;
  Service& operator=(Service&&) noexcept;
  // As Stop.
  ~Service();

  // Errors, at once: kInvalidText (messages[i], prompt), kInvalidArgument, those of a task; kBusy
  // when as many wait as may. Out: a number for Cancel.
  Result<uint64_t> Chat(const ChatRequest& request, std::shared_ptr<ChatListener> listener);
  // In: what Assistant::ClassifyBatch takes. `done` is called once, by the service's thread.
  Result<uint64_t> Classify(std::vector<std::string> texts, const ClassifyOptions& options,
                            LabelsDone done);
  // The request ends with kCancelled within one pass, unless it has ended.
  void Cancel(uint64_t request);

  ServiceCounts counts();
  // Everything ends with kCancelled; later requests are refused with it. Waits for the thread.
  void Stop();

 private:
  struct State;
  explicit Service(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace yixin
