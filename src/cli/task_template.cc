// Tested by: task_template_test.cc
#include "cli/task_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace yixin {
namespace {

std::string Enumerate(const std::vector<std::string>& labels, std::string_view comma,
                      std::string_view last) {
  std::string out;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (i > 0) out += i + 1 == labels.size() ? last : comma;
    out += labels[i];
  }
  return out;
}

std::string AskFor(const std::vector<std::string>& labels) {
  if (!HasChinese(labels)) {
    return "Decide which of these the user's message is. Answer with one word: " +
           Enumerate(labels, ", ", " or ");
  }
  return "判断用户这句话属于哪一类，只回答一个词：" + Enumerate(labels, "、", " 或 ");
}

std::string Labels(const TaskTemplate& wanted) {
  std::string out =
      "\n# Examples teach what is meant, some of each label, in mixed order; a text costs nothing "
      "for "
      "them.\n# Write texts of your own, and take the # away:\n";
  for (const std::string& label : wanted.labels) {
    out += fmt::format("# [[examples]]\n# text = \"...\"\n# label = {}\n#\n", TomlQuoted(label));
  }
  out +=
      "# What the model says for a label, where another word is clearer to it than the name:\n"
      "# strings = [\"...\"]\n";
  for (const std::string& label : wanted.labels) {
    out += fmt::format("\n[[labels]]\nname = {}\n", TomlQuoted(label));
  }
  if (wanted.labels.size() > 2) {
    out += fmt::format(
        "\n# Of three labels or more one may be neutral; --no-neutral leaves it out:\n"
        "# [neutral]\n# label = {}\n",
        TomlQuoted(wanted.labels.back()));
  }
  return out;
}

constexpr const char* kChatRest = R"(
# Exchanges that show the voice; write your own, and take the # away:
# [[examples]]
# text = "..."
# reply = "..."

[limits]
max_new_tokens = 128
timeout_ms = 10000
repeated_sentences = 3

[sampling]
temperature = 0.7
top_p = 0.9
min_p = 0.1
repeat_penalty = 1.05
)";

}  // namespace

bool HasChinese(const std::vector<std::string>& labels) {
  // Bytes from U+3000 to U+9FFF in UTF-8 begin with 0xE3 to 0xE9.
  return std::ranges::any_of(labels, [](const std::string& label) {
    return std::ranges::any_of(label, [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return byte >= 0xe3 && byte <= 0xe9;
    });
  });
}

// A JSON string is one but for DEL, which TOML wants escaped.
std::string TomlQuoted(const std::string& text) {
  std::string out =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  for (size_t at = 0; (at = out.find('\x7f', at)) != std::string::npos;) {
    out.replace(at, 1, "\\u007F");
  }
  return out;
}

std::string RenderTaskTemplate(const TaskTemplate& wanted) {
  const bool chats = wanted.labels.empty();
  std::string out = fmt::format("name = {}\n", TomlQuoted(wanted.name));
  if (!wanted.title.empty()) out += fmt::format("title = {}\n", TomlQuoted(wanted.title));
  out += fmt::format("mode = \"{}\"\n", chats ? "chat" : "score");
  const std::string ask = !wanted.ask.empty() ? wanted.ask
                          : chats ? "你是一个温暖的中文助手，用一两句话回答。"
                                  : AskFor(wanted.labels);
  out += fmt::format("# What the model is told{}.\nsystem = {}\n",
                     chats ? "" : "; the labels should be named in it", TomlQuoted(ask));
  return out + (chats ? kChatRest : Labels(wanted));
}

std::vector<std::string> SplitLabels(std::string_view words) {
  constexpr std::array<std::string_view, 3> kBetween{",", "，", "、"};
  std::vector<std::string> labels;
  const auto take = [&](std::string_view word) {
    const size_t begin = word.find_first_not_of(" \t\n");
    const size_t end = word.find_last_not_of(" \t\n");
    labels.emplace_back(begin == word.npos ? "" : word.substr(begin, end - begin + 1));
  };
  size_t begin = 0;
  for (size_t at = 0; at < words.size();) {
    const auto found = std::ranges::find_if(
        kBetween, [&](std::string_view mark) { return words.substr(at).starts_with(mark); });
    if (found == kBetween.end()) {
      ++at;
      continue;
    }
    take(words.substr(begin, at - begin));
    at += found->size();
    begin = at;
  }
  take(words.substr(begin));
  return labels;
}

}  // namespace yixin
