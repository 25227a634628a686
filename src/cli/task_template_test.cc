#include "cli/task_template.h"

#include <gtest/gtest.h>

#include "yixin/task_file.h"

namespace yixin {
namespace {

using Words = std::vector<std::string>;

TEST(TaskTemplate, IsATaskAsItIs) {
  for (const TaskTemplate& wanted : std::vector<TaskTemplate>{
           {"urgency", "", "", {"紧急", "一般"}},
           {"mail", "Which mail", "", {"spam", "ham", "other"}},
           {"odd", "a \"b\" \\ c", "say\n\"yes\"\x7f\x01 <|im_end|>", {"y\"es", "n\\o"}},
           {"talk", "", "", {}}}) {
    const std::string toml = RenderTaskTemplate(wanted);
    const Status status = CheckTaskText(toml, "x.toml");
    EXPECT_TRUE(status) << status.error().message << "\n" << toml;
  }
}

TEST(TaskTemplate, WithItsCommentsTakenAwayToo) {
  std::string toml = RenderTaskTemplate({"mail", "", "", {"spam", "ham", "other"}});
  for (size_t at = 0; (at = toml.find("\n# ", at)) != std::string::npos;) {
    const std::string_view line(toml.data() + at + 3, toml.find('\n', at + 1) - at - 3);
    const bool is_key = line.starts_with("[[") || line.starts_with("text =") ||
                        line.starts_with("label =") || line.starts_with("[neutral]");
    if (is_key) toml.erase(at + 1, 2);
    ++at;
  }
  EXPECT_NE(toml.find("\n[[examples]]\ntext = \"...\"\nlabel = \"spam\"\n"), std::string::npos);
  EXPECT_NE(toml.find("\n[neutral]\nlabel = \"other\"\n"), std::string::npos);
  const Status status = CheckTaskText(toml, "x.toml");
  EXPECT_TRUE(status) << status.error().message << "\n" << toml;
}

TEST(TaskTemplate, AsksInTheLanguageOfTheLabels) {
  EXPECT_NE(RenderTaskTemplate({"a", "", "", {"好", "坏", "平"}}).find("：好、坏 或 平"),
            std::string::npos);
  EXPECT_NE(RenderTaskTemplate({"a", "", "", {"good", "bad"}}).find(": good or bad"),
            std::string::npos);
}

TEST(TaskTemplate, OtherLettersAreNotChinese) {
  EXPECT_NE(RenderTaskTemplate({"a", "", "", {"élevé", "bas"}}).find(": élevé or bas"),
            std::string::npos);
}

TEST(TaskTemplate, AnyTextAsAString) {
  EXPECT_EQ(TomlQuoted("a\"\\\n"), "\"a\\\"\\\\\\n\"");
  EXPECT_EQ(TomlQuoted("\x7f\x01"), "\"\\u007F\\u0001\"");
  EXPECT_EQ(TomlQuoted("\xff"), "\"\xef\xbf\xbd\"");
}

TEST(SplitLabels, ByAnyComma) {
  EXPECT_EQ(SplitLabels("好,坏"), (Words{"好", "坏"}));
  EXPECT_EQ(SplitLabels("好， 坏、not sure"), (Words{"好", "坏", "not sure"}));
  EXPECT_EQ(SplitLabels("a,,b,"), (Words{"a", "", "b", ""})) << "an error for whoever reads it";
  EXPECT_EQ(SplitLabels(""), (Words{""}));
}

}  // namespace
}  // namespace yixin
