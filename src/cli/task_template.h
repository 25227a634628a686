// The task file that `yixin task new` writes: whole and valid as it is, with what a person adds
// next as comments. Tested by: task_template_test.cc
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace yixin {

struct TaskTemplate {
  std::string name;
  std::string title;                // a line for people; may be empty
  std::string ask;                  // what the model is told; empty: made of the labels
  std::vector<std::string> labels;  // of a task that labels; empty: a chat task
};

// In: UTF-8. The words of the prompt are Chinese where the labels are. What the texts hold is
// escaped; whether they make a task is CheckTaskText's to say.
std::string RenderTaskTemplate(const TaskTemplate& wanted);

// Whether a prompt about these labels is to be in Chinese.
bool HasChinese(const std::vector<std::string>& labels);

// The text as a basic string of TOML. In: any bytes; what is not UTF-8 becomes U+FFFD.
std::string TomlQuoted(const std::string& text);

// "好,坏" and "好，坏" and "好、坏": the words between, without white space around them. Empty ones
// stay, so that somebody finds out.
std::vector<std::string> SplitLabels(std::string_view words);

}  // namespace yixin
