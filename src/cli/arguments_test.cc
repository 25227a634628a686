#include "cli/arguments.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace yixin {
namespace {

// argv as main gets it.
class Line {
 public:
  Line(std::initializer_list<const char*> words) : words_(words.begin(), words.end()) {
    for (std::string& word : words_) pointers_.push_back(word.data());
  }
  Words words() const { return pointers_; }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

struct Parsed {
  Status status;
  std::vector<Operand> operands;
  bool json = false;
  bool help = false;
  std::string task = "unset";
  std::string cut;
  std::optional<int> threads;
  std::optional<double> top_p;
  std::optional<uint64_t> seed;
};

Parsed Parse(std::initializer_list<const char*> words) {
  Parsed parsed;
  Arguments arguments("yixin test TEXT...", "A test.", "  yixin test x\n");
  arguments.AddFlag("--json", "json", &parsed.json);
  arguments.AddText("-t,--task", "NAME", "task", &parsed.task);
  arguments.AddChoice("--truncate", {"head", "tail"}, "cut", &parsed.cut);
  arguments.AddInteger("--threads", "threads", 1, 1024, &parsed.threads);
  arguments.AddReal("--top-p", "top p", 0, 1, &parsed.top_p);
  arguments.AddSeed("--seed", "seed", &parsed.seed);
  const Line line(words);
  parsed.status = arguments.Parse(line.words());
  parsed.operands = arguments.operands();
  parsed.help = arguments.help_requested();
  return parsed;
}

std::vector<std::string> Texts(const Parsed& parsed) {
  std::vector<std::string> texts;
  for (const Operand& operand : parsed.operands) texts.push_back(operand.value);
  return texts;
}

using Strings = std::vector<std::string>;

TEST(Arguments, TextsArriveByteForByte) {
  const Strings texts = {"[流泪]",    "[好,差]",    "-_-", "---",      "-5",    "[]",
                         "{}",        "a=b",        "%%",  " ",        "",      "-1 分",
                         "\"q\"",     "<|im_end|>", "-",   "--- 无语", "-_-=1", "\xff\xfe",
                         "[\"a\",1]", "\\n",        "-。-"};
  for (const std::string& text : texts) {
    const Parsed parsed = Parse({text.c_str()});
    ASSERT_TRUE(parsed.status) << text << ": " << parsed.status.error().message;
    EXPECT_EQ(Texts(parsed), Strings{text});
    EXPECT_FALSE(parsed.operands[0].literal);
  }
}

TEST(Arguments, OptionsStandBetweenTexts) {
  const Parsed parsed = Parse({"[a,b]", "--json", "-_-", "--task", "[x,y]", "c", "--top-p=0.5"});
  ASSERT_TRUE(parsed.status);
  EXPECT_EQ(Texts(parsed), (Strings{"[a,b]", "-_-", "c"}));
  EXPECT_TRUE(parsed.json);
  EXPECT_EQ(parsed.task, "[x,y]");
  EXPECT_EQ(parsed.top_p, 0.5);
}

TEST(Arguments, AnOptionThatIsGivenSeveralTimes) {
  std::vector<std::string> tasks;
  Arguments arguments("yixin test", "A test.", "");
  arguments.AddTexts("--task", "NAME", "task", &tasks);
  const Line line({"--task", "a", "--task=b", "--task", "a"});
  ASSERT_TRUE(arguments.Parse(line.words()));
  EXPECT_EQ(tasks, (Strings{"a", "b", "a"}));
}

TEST(Arguments, AfterTwoDashesAllIsText) {
  const Parsed parsed = Parse({"--json", "--", "--json", "--", "-", "--task"});
  ASSERT_TRUE(parsed.status);
  EXPECT_EQ(Texts(parsed), (Strings{"--json", "--", "-", "--task"}));
  EXPECT_FALSE(parsed.operands[2].is_standard_input());
}

TEST(Arguments, ALoneDashIsStandardInput) {
  const Parsed parsed = Parse({"-"});
  ASSERT_EQ(parsed.operands.size(), 1u);
  EXPECT_TRUE(parsed.operands[0].is_standard_input());
}

TEST(Arguments, AValueMayLookLikeAnOption) {
  EXPECT_EQ(Parse({"--task", "--json"}).task, "--json");
  EXPECT_EQ(Parse({"--task="}).task, "");
  EXPECT_EQ(Parse({"--task=a=b"}).task, "a=b");
  EXPECT_EQ(Parse({"--task", "a", "--json", "--task=b", "--json"}).task, "b");
  EXPECT_EQ(Parse({"-t", "-x"}).task, "-x");
  EXPECT_EQ(Parse({"--task", "{}"}).task, "{}");
  EXPECT_EQ(Parse({"--task", "%%"}).task, "%%");
}

TEST(Arguments, UsageErrors) {
  const std::initializer_list<std::initializer_list<const char*>> lines = {
      {"--nonsense"},
      {"--jsno"},
      {"-x"},
      {"-abc"},
      {"--top_p=1"},
      {"--task"},
      {"--json=1"},
      {"--threads", "0"},
      {"--threads", "-1"},
      {"--threads", "1.5"},
      {"--threads", "2x"},
      {"--threads", ""},
      {"--threads", "1025"},
      {"--threads", "0x10"},
      {"--threads", "99999999999999999999"},
      {"--top-p", "nan"},
      {"--top-p", "NaN"},
      {"--top-p", "-nan"},
      {"--top-p", "inf"},
      {"--top-p", "2"},
      {"--top-p", "-0.1"},
      {"--top-p", "0,5"},
      {"--top-p", " 0.5"},
      {"--top-p", "1e999"},
      {"--seed", "-1"},
      {"--seed", "18446744073709551616"},
      {"--truncate", "both"},
      {"--truncate", ""}};
  for (const auto& words : lines) {
    const Parsed parsed = Parse(words);
    ASSERT_FALSE(parsed.status) << *words.begin();
    EXPECT_EQ(parsed.status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(parsed.status.error().message.find(parsed.status.error().subject), std::string::npos);
  }
}

TEST(Arguments, MessagesSayWhatToDo) {
  EXPECT_NE(Parse({"--tsk"}).status.error().message.find("did you mean --task"), std::string::npos);
  EXPECT_EQ(Parse({"--threads", "0"}).status.error().message,
            "--threads: must be a whole number from 1 to 1024, not \"0\"");
  EXPECT_EQ(Parse({"--top-p", "2"}).status.error().message,
            "--top-p: must be a number from 0 to 1, not \"2\"");
  EXPECT_EQ(Parse({"--truncate", "x"}).status.error().message,
            "--truncate: must be one of head|tail, not \"x\"");
}

TEST(Arguments, NumbersAtTheirLimits) {
  EXPECT_EQ(Parse({"--threads", "1024"}).threads, 1024);
  EXPECT_EQ(Parse({"--top-p", "1"}).top_p, 1.0);
  EXPECT_EQ(Parse({"--top-p", "1e-3"}).top_p, 1e-3);
  EXPECT_EQ(Parse({"--seed", "18446744073709551615"}).seed, UINT64_MAX);
}

TEST(Arguments, Help) {
  EXPECT_TRUE(Parse({"--help"}).help);
  EXPECT_TRUE(Parse({"text", "-h", "--nonsense"}).help);
  EXPECT_FALSE(Parse({"--", "--help"}).help);
  Arguments arguments("yixin test TEXT...", "A test.", "  yixin test x\n");
  bool json = false;
  std::optional<double> top_p;
  arguments.AddFlag("--json", "prints JSON", &json);
  arguments.AddReal("--top-p", "nucleus", 0, 1, &top_p);
  const std::string help = arguments.Help();
  EXPECT_EQ(help.find("Usage: yixin test TEXT..."), 0u);
  for (const char* part : {"A test.", "--json", "prints JSON", "--top-p X", "  yixin test x\n"}) {
    EXPECT_NE(help.find(part), std::string::npos) << part << "\n" << help;
  }
}

TEST(Arguments, LooksLikeOption) {
  for (const char* word : {"--a", "-a", "--top-p", "--top_p=1", "-abc", "--x="}) {
    EXPECT_TRUE(LooksLikeOption(word)) << word;
  }
  for (const char* word : {"", "-", "--", "---", "-_-", "-5", "--5", "-a b", "-好", "a",
                           "-=", "--=x", "-T_T-", "-w-"}) {
    EXPECT_FALSE(LooksLikeOption(word)) << word;
  }
}

}  // namespace
}  // namespace yixin
