#include "cli/chat_view.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "cli/json_output.h"

namespace yixin {
namespace {

using Make = std::function<std::unique_ptr<ChatView>(Output&)>;

std::string Shown(const Make& make, const std::function<void(ChatView&)>& run) {
  char* buffer = nullptr;
  size_t size = 0;
  std::FILE* file = open_memstream(&buffer, &size);
  Output output(file);
  run(*make(output));
  std::fclose(file);
  std::string shown(buffer, size);
  std::free(buffer);
  return shown;
}

std::string Plain(const std::function<void(ChatView&)>& run) {
  return Shown([](Output& output) { return MakeTranscript(output, {}); }, run);
}

std::string Live(const std::function<void(ChatView&)>& run) {
  return Shown([](Output& output) { return MakeTranscript(output, {.live = true}); }, run);
}

void OneTurn(ChatView& view) {
  view.Said("今天真开心", 1);
  Classification mood;
  mood.label = "正面";
  mood.probs = {{"正面", 0.99}, {"负面", 0.01}};
  view.Mood(mood);
  view.ReplyBegins();
  view.Piece("太");
  view.Piece("棒了！");
  view.ReplyEnds({.text = "太棒了！"});
}

TEST(Transcript, ThreeLinesATurn) {
  EXPECT_EQ(Plain(OneTurn),
            "👤 你说: 今天真开心\n"
            "😄 LLM 情感判断: 正面 (0.99)\n"
            "🤖 AI 回复: 太棒了！\n");
}

TEST(Transcript, AtATerminalTheWordsAreThereAlready) {
  EXPECT_EQ(Live(OneTurn),
            "😄 LLM 情感判断: 正面 (0.99)\n"
            "🤖 AI 回复: 太棒了！\n"
            "\n");
}

TEST(Transcript, ACutReplySaysSo) {
  for (const FinishReason finish : {FinishReason::kLength, FinishReason::kTimeout}) {
    EXPECT_EQ(Plain([&](ChatView& view) {
                view.ReplyBegins();
                view.Piece("一");
                view.ReplyEnds({.finish = finish});
              }),
              "🤖 AI 回复: 一…（/more 继续）\n");
  }
}

TEST(Transcript, ForgottenTurnsAreCounted) {
  EXPECT_NE(Plain([](ChatView& view) { view.ReplyEnds({.dropped_turns = 3}); }).find("3 轮"),
            std::string::npos);
}

TEST(Transcript, NoControlSequences) {
  const std::string shown = Plain([](ChatView& view) {
    view.Said("\033[31m红", 1);
    view.Piece("\033]0;title\a");
    view.ReplyEnds({});
    view.Notice("\033[2J");
  });
  EXPECT_EQ(shown.find('\033'), std::string::npos);
  EXPECT_EQ(shown.find('\a'), std::string::npos);
}

TEST(Transcript, AnEmptyReplyStillHasItsLine) {
  EXPECT_EQ(Plain([](ChatView& view) {
              view.ReplyBegins();
              view.ReplyEnds({});
            }),
            "🤖 AI 回复: \n");
}

TEST(Transcript, AFailureEndsTheOpenLine) {
  EXPECT_EQ(Live([](ChatView& view) {
              view.ReplyBegins();
              view.Failure({ErrorCode::kInvalidText, "too long", "text"}, 1);
            }),
            "🤖 AI 回复: \n");
}

TEST(EventStream, EveryEventIsALineOfJson) {
  const std::string shown = Shown(MakeEventStream, [](ChatView& view) {
    view.Ready({.name = "m", .kernels = "reference", .threads = 2, .context = 4096});
    OneTurn(view);
    view.Notice("好\n的");
    const std::vector<MoodPoint> moods = {{"正面", 0.98}};
    view.Moods(moods);
    view.Stats({.tokens_computed = 7});
    view.Failure({ErrorCode::kInvalidText, "empty input", "text"}, 9);
  });
  std::vector<std::string> events;
  std::vector<Json> lines;
  for (size_t at = 0; at < shown.size();) {
    const size_t end = shown.find('\n', at);
    ASSERT_NE(end, std::string::npos);
    lines.push_back(Json::parse(shown.substr(at, end - at)));
    events.push_back(lines.back().at("event"));
    at = end + 1;
  }
  EXPECT_EQ(events, (std::vector<std::string>{"ready", "user", "sentiment", "text", "text", "reply",
                                              "notice", "mood", "stats", "error"}));
  EXPECT_EQ(lines[1].at("text"), "今天真开心");
  EXPECT_EQ(lines[2].at("probs").at("正面"), 0.99);
  EXPECT_EQ(lines[5].at("finish"), "end");
  EXPECT_EQ(lines[8].at("tokens_computed"), 7);
  EXPECT_EQ(lines[9].at("error").at("code"), "invalid_text");
  EXPECT_EQ(lines[9].at("line"), 9);
}

}  // namespace
}  // namespace yixin
