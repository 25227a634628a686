#include "cli/chat_session.h"

#include <fmt/format.h>

#include <utility>

#include "cli/files.h"
#include "cli/interrupt.h"
#include "yixin/error_table.h"

namespace yixin {
namespace {

constexpr size_t kMostSavedBytes = size_t{64} << 20;  // thousands of full contexts

}  // namespace

ChatSession::ChatSession(Assistant& assistant, Conversation conversation, ChatSettings settings,
                         ChatView& view)
    : assistant_(assistant),
      conversation_(std::move(conversation)),
      settings_(std::move(settings)),
      view_(view) {}

bool ChatSession::Handle(const ChatInput& input, uint64_t line) {
  switch (input.verb) {
    case ChatVerb::kNothing:
      break;
    case ChatVerb::kText:
      Say(input.argument, line);
      break;
    case ChatVerb::kLeave:
      return false;
    case ChatVerb::kHelp:
      view_.Notice(ChatHelp());
      break;
    case ChatVerb::kClear:
      conversation_.Clear();
      moods_.clear();
      view_.Notice("好，我们重新开始");
      break;
    case ChatVerb::kRetry:
      Again(conversation_.Retry(settings_.reply, Sink(), &Interrupts()), "还没有可以重说的一轮",
            line);
      break;
    case ChatVerb::kMore:
      Again(conversation_.More(settings_.reply, Sink(), &Interrupts()),
            "没有被截断的回答可以接着说", line);
      break;
    case ChatVerb::kSystem:
      if (auto status = conversation_.SetSystem(input.argument); !status) {
        Fail(status.error(), line);
      } else {
        view_.Notice("好，从下一轮起用这个提示词");
      }
      break;
    case ChatVerb::kMood:
      if (settings_.sentiment_task.empty()) {
        view_.Notice("没有读心情（--no-sentiment）");
      } else {
        view_.Moods(moods_);
      }
      break;
    case ChatVerb::kStats:
      view_.Stats(assistant_.stats());
      break;
    case ChatVerb::kSave:
      Save(input.argument, line);
      break;
    case ChatVerb::kLoad:
      Load(input.argument, line);
      break;
    case ChatVerb::kMistake:
      view_.Notice(input.argument);
      break;
  }
  Follow(line);
  return readers_left_;
}

void ChatSession::Follow(uint64_t line) {
  if (!log_) return;
  if (const auto status = log_->Follow(conversation_.turns()); !status) Fail(status.error(), line);
}

void ChatSession::Fail(const Error& error, uint64_t line) {
  if (exit_code_ == 0) exit_code_ = TraitsOf(error.code).exit_code;
  view_.Failure(error, line);
}

void ChatSession::Say(const std::string& text, uint64_t line) {
  view_.Said(text, line);
  std::string mood;
  Status begun;
  if (!settings_.sentiment_task.empty()) {
    auto read = ReadMood(text);
    if (!read) {
      if (read.error().code == ErrorCode::kCancelled) return view_.Notice("（停下了）");
      return Fail(read.error(), line);
    }
    view_.Mood(*read);
    moods_.push_back(ToMoodPoint(*read));
    mood = read->label;
    if (log_) begun = log_->Begin(text, &*read);
  } else if (log_) {
    begun = log_->Begin(text, nullptr);
  }
  if (!begun) return Fail(begun.error(), line);
  view_.ReplyBegins();
  Finish(conversation_.Say(text, mood, settings_.reply, Sink(), &Interrupts()), line);
}

Result<Classification> ChatSession::ReadMood(const std::string& text) {
  if (settings_.one_pass) return conversation_.Read(text, settings_.reply, &Interrupts());
  ClassifyOptions options;
  options.task = settings_.sentiment_task;
  options.truncation = Truncation::kMiddle;  // a long text has a mood too
  return assistant_.Classify(text, options, &Interrupts());
}

TextSink ChatSession::Sink() {
  return [this](std::string_view piece) { return readers_left_ = view_.Piece(piece); };
}

void ChatSession::Finish(Result<Reply> reply, uint64_t line) {
  if (reply) {
    view_.ReplyEnds(*reply);
  } else if (reply.error().code == ErrorCode::kCancelled) {
    view_.Notice("（停下了）");
  } else {
    Fail(reply.error(), line);
  }
}

void ChatSession::Again(Result<Reply> reply, std::string_view nothing_there, uint64_t line) {
  if (!reply && reply.error().code == ErrorCode::kInvalidArgument) {
    view_.Notice(nothing_there);
  } else {
    Finish(std::move(reply), line);
  }
}

void ChatSession::Save(const std::string& path, uint64_t line) {
  if (auto status = WriteWholeFile(path, conversation_.ToJson()); !status) {
    return Fail(status.error(), line);
  }
  view_.Notice(fmt::format("存好了：{}", path));
}

void ChatSession::Load(const std::string& path, uint64_t line) {
  auto json = ReadWholeFile(path, kMostSavedBytes);
  if (!json) return Fail(json.error(), line);
  if (auto status = conversation_.FromJson(*json); !status) return Fail(status.error(), line);
  moods_.clear();
  for (const ChatTurn& turn : conversation_.turns()) {
    if (!turn.mood.empty()) moods_.push_back(ToMoodPoint(std::string_view(turn.mood)));
  }
  view_.Notice(fmt::format("读回了 {} 轮", conversation_.turns().size()));
}

}  // namespace yixin
