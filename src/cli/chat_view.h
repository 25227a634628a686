// The conversation as it is shown: the transcript that people read, or a line of JSON an event.
// Tested by: chat_view_test.cc
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "cli/console.h"
#include "cli/mood.h"
#include "yixin/assistant.h"

namespace yixin {

inline constexpr std::string_view kUserPrompt = "👤 你说: ";
inline constexpr std::string_view kReplyPrompt = "🤖 AI 回复: ";

// The calls of a turn: Said, Mood, ReplyBegins, Piece..., then ReplyEnds or Failure.
class ChatView {
 public:
  virtual ~ChatView() = default;

  virtual void Ready(const ModelFacts& facts) = 0;
  virtual void Said(std::string_view text, uint64_t line) = 0;
  virtual void Mood(const Classification& mood) = 0;
  virtual void ReplyBegins() = 0;
  // False: nobody reads it any more.
  virtual bool Piece(std::string_view text) = 0;
  virtual void ReplyEnds(const Reply& reply) = 0;
  // What a /command answers, one or more lines.
  virtual void Notice(std::string_view text) = 0;
  virtual void Moods(std::span<const MoodPoint> moods) = 0;
  virtual void Stats(const AssistantStats& stats) = 0;
  virtual void Failure(const Error& error, uint64_t line) = 0;
};

struct TranscriptStyle {
  bool live = false;  // a person types at a terminal: his words are there already, lines breathe
  bool colours = false;
};
std::unique_ptr<ChatView> MakeTranscript(Output& output, TranscriptStyle style);
// Events: ready, user, sentiment, text, reply, notice, mood, stats, error.
std::unique_ptr<ChatView> MakeEventStream(Output& output);

}  // namespace yixin
