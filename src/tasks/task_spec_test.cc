// Task files that are wrong: every mistake has its line, its key and what was expected.
#include "tasks/task_spec.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace yixin {
namespace {

constexpr std::string_view kScore = R"(name = "mine"
mode = "score"
system = "判断"

[[labels]]
name = "好"

[[labels]]
name = "坏"
strings = ["坏", "差"]
bias = -0.5
)";

std::string With(std::string_view base, std::string_view more) {
  return std::string(base) + std::string(more);
}

std::string ErrorOf(std::string_view toml) {
  const auto task = ParseTask(toml, "my.toml");
  EXPECT_FALSE(task) << toml;
  if (task) return "";
  EXPECT_EQ(task.error().code, ErrorCode::kInvalidFile);
  return task.error().message;
}

TEST(TaskSpec, AScoreTask) {
  const auto task = ParseTask(kScore, "my.toml");
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(task->name, "mine");
  EXPECT_EQ(task->title, "mine") << "the name stands in";
  EXPECT_EQ(task->mode, TaskMode::kScore);
  ASSERT_EQ(task->labels.size(), 2u);
  EXPECT_EQ(task->labels[0].strings, std::vector<std::string>{"好"});
  EXPECT_EQ(task->labels[1].strings, (std::vector<std::string>{"坏", "差"}));
  EXPECT_EQ(task->labels[1].bias, -0.5);
  EXPECT_EQ(task->labels[1].line, 8);
  EXPECT_TRUE(task->reply_line_break);
  EXPECT_FALSE(task->neutral);
}

TEST(TaskSpec, AChatTask) {
  const auto task = ParseTask(R"(name = "c"
mode = "chat"
[limits]
timeout_ms = 0
repeated_sentences = 3
[sampling]
temperature = 1
top_k = 5
[mood]
"正面" = "他很高兴"
bad = "他不高兴"
[[examples]]
text = "你好"
reply = "你好呀"
)",
                              "c.toml");
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(task->max_new_tokens, 128);
  EXPECT_EQ(task->timeout_ms, 0);
  EXPECT_EQ(task->repeated_sentences, 3);
  EXPECT_EQ(task->sampling.temperature, 1.0f);
  EXPECT_EQ(task->sampling.top_k, 5);
  EXPECT_EQ(task->sampling.top_p, 0.9f);
  ASSERT_EQ(task->moods.size(), 2u);
  EXPECT_EQ(task->moods[0].first, "正面") << "in the file's order";
  EXPECT_EQ(task->moods[1].second, "他不高兴");
  EXPECT_EQ(task->examples.at(0).answer, "你好呀");
}

TEST(TaskSpec, NeutralIsALabelOrAMargin) {
  EXPECT_EQ(ErrorOf(With(kScore, "[neutral]\nlabel = \"中\"\n")),
            "my.toml:13: neutral.label: 中 is no label of this task; add it to [[labels]], or give "
            "margin_below");
  const auto margin =
      ParseTask(With(kScore, "[neutral]\nlabel = \"中\"\nmargin_below = 0.25\n"), "my.toml");
  ASSERT_TRUE(margin) << margin.error().message;
  EXPECT_EQ(margin->neutral->margin_below, 0.25);
  EXPECT_NE(ErrorOf(With(kScore, "[neutral]\nlabel = \"好\"\nmargin_below = 0.25\n"))
                .find("must not be among [[labels]]"),
            std::string::npos);
  for (const char* margin_below : {"0", "-1", "1.5", "nan", "inf"}) {
    EXPECT_NE(ErrorOf(With(kScore, std::string("[neutral]\nlabel = \"中\"\nmargin_below = ") +
                                       margin_below + "\n"))
                  .find("my.toml:14: neutral.margin_below"),
              std::string::npos);
  }
}

TEST(TaskSpec, AWrongKeyHasLineKeyAndASuggestion) {
  EXPECT_EQ(ErrorOf(With(kScore, "biass = 1\n")),
            "my.toml:12: labels[1].biass: unknown key; did you mean bias?");
  EXPECT_EQ(ErrorOf("name = \"x\"\nmodee = \"score\"\n"),
            "my.toml:2: modee: unknown key; did you mean mode?")
      << "better than: mode is missing";
  const std::string far = ErrorOf("name = \"x\"\nmode = \"chat\"\ncolour = 1\n");
  EXPECT_NE(far.find("my.toml:3: colour: unknown key; expected one of "), std::string::npos) << far;
  EXPECT_EQ(ErrorOf("name = \"x\"\nmode = \"chat\"\n[[labels]]\nname = \"a\"\n"),
            "my.toml:3: labels: a task of mode chat has none");
  EXPECT_EQ(ErrorOf(With(kScore, "[sampling]\ntop_p = 0.5\n")),
            "my.toml:12: sampling: a task of mode score has none");
}

TEST(TaskSpec, LabelsAreNeededAndDiffer) {
  EXPECT_EQ(ErrorOf("name = \"x\"\nmode = \"score\"\n"),
            "my.toml:1: labels: a task of mode score needs labels: [[labels]] name = \"...\"");
  EXPECT_NE(ErrorOf("name = \"x\"\nmode = \"score\"\nlabels = []\n").find("needs labels"),
            std::string::npos);
  EXPECT_NE(ErrorOf("name = \"x\"\nmode = \"score\"\n[[labels]]\nname = \"a\"\n")
                .find("two labels or more"),
            std::string::npos);
  EXPECT_EQ(ErrorOf(With(kScore, "[[labels]]\nname = \"好\"\n")),
            "my.toml:13: labels[2].name: two labels have the name 好");
  EXPECT_NE(ErrorOf(With(kScore, "[[labels]]\nname = \"c\"\nstrings = []\n")).find("strings"),
            std::string::npos);
  EXPECT_NE(ErrorOf(With(kScore, "[[labels]]\nname = \"c\"\nstrings = [\"c\", \"\"]\n"))
                .find("must not be empty"),
            std::string::npos);
  EXPECT_EQ(ErrorOf(With(kScore, "[[labels]]\nname = \"c\"\nstrings = [\"c\", \"差\"]\n")),
            "my.toml:14: labels[2].strings: 差 stands for the label 坏 already; the two cannot be "
            "told apart");
  EXPECT_NE(ErrorOf(With(kScore, "[[labels]]\nname = \"c\"\nstrings = [\"d\", \"d\"]\n"))
                .find("d stands for the label c already"),
            std::string::npos);
  EXPECT_NE(ErrorOf(With(kScore, "[[labels]]\nname = \"差\"\n"))
                .find("labels[2].strings: 差 stands for the label 坏 already"),
            std::string::npos)
      << "a name stands for itself";
  EXPECT_NE(ErrorOf(With(kScore, "[[labels]]\nname = \"a\\nb\"\n")).find("one line"),
            std::string::npos);
}

TEST(TaskSpec, WrongTypesAndRanges) {
  EXPECT_EQ(ErrorOf("name = 3\nmode = \"chat\"\n"),
            "my.toml:1: name: expected a string, got an integer");
  EXPECT_EQ(ErrorOf("name = \"x\"\nmode = \"chat\"\nlimits = 1\n"),
            "my.toml:3: limits: expected a table, [limits], got an integer");
  EXPECT_EQ(ErrorOf("name = \"x\"\nmode = \"talk\"\n"),
            "my.toml:2: mode: expected score, generate or chat, got talk");
  EXPECT_EQ(ErrorOf("name = \"x\"\nmode = \"score\"\nlabels = [\"a\", \"b\"]\n"),
            "my.toml:3: labels: expected tables, [[labels]], got a string");
  EXPECT_EQ(ErrorOf("name = \"x\"\nmode = \"chat\"\n[limits]\nmax_new_tokens = 0\n"),
            "my.toml:4: limits.max_new_tokens: expected 1 to 32768, got 0");
  EXPECT_NE(ErrorOf("name = \"x\"\nmode = \"chat\"\n[sampling]\ntop_p = 2\n")
                .find("my.toml:4: sampling.top_p: "),
            std::string::npos);
  EXPECT_EQ(ErrorOf("name = \"x\"\nmode = \"chat\"\n[sampling]\ntemperature = nan\n"),
            "my.toml:4: sampling.temperature: must be a finite number");
  EXPECT_EQ(ErrorOf("name = \"x\"\nmode = \"chat\"\n[mood]\nbad = [1]\n"),
            "my.toml:4: mood.bad: expected a string, got an array");
  EXPECT_NE(ErrorOf(With(kScore, "[[examples]]\ntext = \"a\"\nlabel = \"谁\"\n"))
                .find("my.toml:14: examples[0].label: 谁 is no label"),
            std::string::npos);
}

TEST(TaskSpec, Escalation) {
  const std::string chat = "name = \"x\"\nmode = \"chat\"\n[escalation]\n";
  const auto task = ParseTask(
      chat + "words = [\"a\", \"b\"]\nlabel = \"负面\"\nin_a_row = 2\nprobability = 0.9\n",
      "my.toml");
  ASSERT_TRUE(task) << task.error().message;
  ASSERT_TRUE(task->escalation);
  EXPECT_EQ(task->escalation->words, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(task->escalation->in_a_row, 2);
  EXPECT_EQ(task->escalation->probability, 0.9);
  EXPECT_EQ(ParseTask(chat + "label = \"x\"\n", "my.toml")->escalation->in_a_row, 3);
  for (const char* wrong : {"", "words = []\n", "words = [\"\"]\n", "words = [1]\n",
                            "in_a_row = 2\n", "word = [\"a\"]\n", "label = \"x\"\nin_a_row = 0\n",
                            "label = \"x\"\nprobability = 1.5\n"}) {
    EXPECT_FALSE(ParseTask(chat + wrong, "my.toml")) << wrong;
  }
  EXPECT_NE(ErrorOf(With(kScore, "[escalation]\nwords = [\"a\"]\n")).find("escalation"),
            std::string::npos);
}

TEST(TaskSpec, GenerateNeedsANeutralLabel) {
  constexpr std::string_view kGenerate =
      "name = \"x\"\nmode = \"generate\"\n[[labels]]\nname = \"a\"\n";
  EXPECT_NE(ErrorOf(kGenerate).find("neutral: is missing"), std::string::npos);
  const auto task = ParseTask(With(kGenerate, "[neutral]\nlabel = \"n\"\n"), "my.toml");
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(task->max_new_tokens, 10);
}

TEST(TaskSpec, Wordings) {
  const auto task = ParseTask(With(kScore, "[[wordings]]\nsystem = \"x\"\n"), "my.toml");
  ASSERT_TRUE(task) << task.error().message;
  ASSERT_EQ(task->wordings.size(), 1u);
  EXPECT_EQ(task->wordings[0].system, "x");
  EXPECT_EQ(ErrorOf(With(kScore, "[[wordings]]\nsytem = \"x\"\n")),
            "my.toml:13: wordings[0].sytem: unknown key; did you mean system?");
  std::string many(kScore);
  for (int i = 0; i < 9; ++i) many += "[[wordings]]\nsystem = \"x\"\n";
  EXPECT_NE(ErrorOf(many).find("wordings: expected at most 8, got 9"), std::string::npos);
  EXPECT_EQ(ErrorOf("name = \"x\"\nmode = \"chat\"\n[[wordings]]\nsystem = \"x\"\n"),
            "my.toml:3: wordings: a task of mode chat has none");
}

TEST(TaskSpec, InChat) {
  const auto with = [](const std::string& line) { return line + "\n" + std::string(kScore); };
  const auto task = ParseTask(with("in_chat = \"chat.zh\""), "my.toml");
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(task->in_chat, "chat.zh");
  EXPECT_EQ(task->chat, nullptr) << "nobody has looked for it";
  for (const char* elsewhere : {"../chat.toml", "/tmp/chat.toml", "a\\\\b.toml"}) {
    EXPECT_NE(ErrorOf(with("in_chat = \"" + std::string(elsewhere) + "\""))
                  .find("my.toml:1: in_chat: expected a chat task's name"),
              std::string::npos)
        << elsewhere;
  }
  EXPECT_NE(ErrorOf(with("in_chat = \"\"")).find("my.toml:1: in_chat: "), std::string::npos);
  for (const char* more :
       {"[[examples]]\ntext = \"x\"\nlabel = \"a\"\n", "[[wordings]]\nsystem = \"x\"\n"}) {
    EXPECT_NE(ErrorOf(with("in_chat = \"chat.zh\"") + more).find("a task with in_chat has none"),
              std::string::npos)
        << more;
  }
  EXPECT_EQ(ErrorOf("name = \"x\"\nmode = \"chat\"\nin_chat = \"chat.zh\"\n"),
            "my.toml:3: in_chat: a task of mode chat has none");
}

TEST(TaskSpec, HostileBytes) {
  EXPECT_EQ(ErrorOf("name = \"x\nmode").rfind("my.toml:1: not TOML: ", 0), 0u);
  EXPECT_EQ(ErrorOf("name = \"a\"\nname = \"b\"\n").rfind("my.toml:2: not TOML: ", 0), 0u);
  EXPECT_NE(ErrorOf("name = \"\xff\"").find("not TOML"), std::string::npos);
  EXPECT_NE(ErrorOf("name = " + std::string(100000, '[')).find("nested"), std::string::npos);
  std::string dotted = "a";
  for (int i = 0; i < 100000; ++i) dotted += ".a";
  EXPECT_NE(ErrorOf(dotted + " = 1\n").find("nested"), std::string::npos);
  EXPECT_NE(ErrorOf(std::string(kMaxTaskBytes + 1, '\n')).find("bytes"), std::string::npos);
  EXPECT_NE(ErrorOf("").find("name: is missing"), std::string::npos);
  EXPECT_NE(ErrorOf("name = \"a\"\nmode = \"chat\"\n[mood]\n正面、 = \"x\"\n").find("line 4"),
            std::string::npos);
  EXPECT_NE(ErrorOf("[[\u3000bels]]\n").find("beyond ASCII"), std::string::npos);
  EXPECT_NE(ErrorOf("[[\x01 bels]]\n").find("not TOML"), std::string::npos);
}

TEST(TaskSpec, FilesThatAreNotThere) {
  const auto missing = LoadTask("/nonexistent/task.toml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  const auto folder = LoadTask(std::filesystem::temp_directory_path());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kInvalidFile);
}

}  // namespace
}  // namespace yixin
