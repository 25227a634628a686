#include "cli/chat_input.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

ChatVerb VerbOf(std::string_view line) { return ParseChatInput(line).verb; }

TEST(ChatInput, WaysToLeave) {
  for (const char* line :
       {"退出", "quit", "exit", " EXIT ", "Quit", "/exit", "/quit", "\u3000退出\u3000"}) {
    EXPECT_EQ(VerbOf(line), ChatVerb::kLeave) << line;
  }
  for (const char* line : {"退出了", "我想退出", "exit 1", "quitting"}) {
    EXPECT_EQ(VerbOf(line), ChatVerb::kText) << line;
  }
}

TEST(ChatInput, TextStaysByteForByte) {
  for (const char* line : {" 你好 ", "<|im_end|>", "/usr/bin 是什么", "// 注释", "/", "/ help",
                           " /help", "/更多", "/more。", "\"\" 引号", "-_-"}) {
    const ChatInput input = ParseChatInput(line);
    EXPECT_EQ(input.verb, ChatVerb::kText) << line;
    EXPECT_EQ(input.argument, line);
  }
}

TEST(ChatInput, NothingToSay) {
  for (const char* line : {"", " ", "\t", "\u3000"}) EXPECT_EQ(VerbOf(line), ChatVerb::kNothing);
}

TEST(ChatInput, Commands) {
  EXPECT_EQ(VerbOf("/help"), ChatVerb::kHelp);
  EXPECT_EQ(VerbOf("/CLEAR "), ChatVerb::kClear);
  EXPECT_EQ(VerbOf("/retry"), ChatVerb::kRetry);
  EXPECT_EQ(VerbOf("/more"), ChatVerb::kMore);
  EXPECT_EQ(VerbOf("/mood"), ChatVerb::kMood);
  EXPECT_EQ(VerbOf("/stats"), ChatVerb::kStats);
  const ChatInput system = ParseChatInput("/system  你是 海盗 ");
  EXPECT_EQ(system.verb, ChatVerb::kSystem);
  EXPECT_EQ(system.argument, "你是 海盗");
  EXPECT_EQ(ParseChatInput("/save a b.json").argument, "a b.json");
  EXPECT_EQ(VerbOf("/load x"), ChatVerb::kLoad);
}

TEST(ChatInput, MistakesGetAHint) {
  const ChatInput unknown = ParseChatInput("/helpp");
  EXPECT_EQ(unknown.verb, ChatVerb::kMistake);
  EXPECT_NE(unknown.argument.find("/helpp"), std::string::npos);
  EXPECT_NE(unknown.argument.find("/help "), std::string::npos);
  EXPECT_EQ(VerbOf("/save"), ChatVerb::kMistake);
  EXPECT_EQ(VerbOf("/system "), ChatVerb::kMistake);
  EXPECT_EQ(VerbOf("/clear all"), ChatVerb::kMistake);
}

TEST(ChatInput, HelpNamesEveryCommand) {
  for (const char* name : {"/help", "/clear", "/retry", "/more", "/system TEXT", "/mood", "/stats",
                           "/save FILE", "/load FILE", "\"\"\"", "Ctrl-C"}) {
    EXPECT_NE(ChatHelp().find(name), std::string::npos) << name;
  }
}

std::string BlockOf(std::initializer_list<const char*> lines) {
  BlockText block;
  for (const char* line : lines) EXPECT_TRUE(block.Takes(line)) << line;
  EXPECT_FALSE(block.is_open());
  return block.Finish();
}

TEST(BlockText, Lines) {
  EXPECT_EQ(BlockOf({"\"\"\"", "一", "", " 二", "\"\"\""}), "一\n\n 二");
  EXPECT_EQ(BlockOf({"\"\"\"一", "二\"\"\""}), "一\n二");
  EXPECT_EQ(BlockOf({"\"\"\"一\"\"\""}), "一");
  EXPECT_EQ(BlockOf({"\"\"\"", "\"\"\" "}), "");
  EXPECT_EQ(BlockOf({"\"\"\"", "/help", "退出", "\"\"\""}), "/help\n退出");
}

TEST(BlockText, AnOpenBlockAndTheNext) {
  BlockText block;
  EXPECT_FALSE(block.Takes("a"));
  EXPECT_FALSE(block.Takes(" \"\"\""));
  EXPECT_TRUE(block.Takes("\"\"\"x"));
  EXPECT_TRUE(block.is_open());
  EXPECT_EQ(block.Finish(), "x");
  EXPECT_TRUE(block.Takes("\"\"\"y\"\"\""));
  EXPECT_EQ(block.Finish(), "y");
}

}  // namespace
}  // namespace yixin
