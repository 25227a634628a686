#include "cli/chat_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace yixin {
namespace {

struct Command {
  std::string_view name;
  ChatVerb verb;
  std::string_view argument;  // what it needs, or empty
  std::string_view help;
};

constexpr std::array<Command, 12> kCommands{{
    {"help", ChatVerb::kHelp, "", "这些命令"},
    {"clear", ChatVerb::kClear, "", "忘掉对话，重新开始"},
    {"retry", ChatVerb::kRetry, "", "换一个回答"},
    {"more", ChatVerb::kMore, "", "接着说完被截断的回答"},
    {"system", ChatVerb::kSystem, "TEXT", "从下一轮起换系统提示词"},
    {"mood", ChatVerb::kMood, "", "这次对话的心情曲线"},
    {"stats", ChatVerb::kStats, "", "计算与复用的 token、速度、内存"},
    {"save", ChatVerb::kSave, "FILE", "保存对话"},
    {"load", ChatVerb::kLoad, "FILE", "读回对话"},
    {"exit", ChatVerb::kLeave, "", "离开（退出、quit、exit 或 Ctrl-D 也行）"},
    {"quit", ChatVerb::kLeave, "", ""},
    {"bye", ChatVerb::kLeave, "", ""},
}};

constexpr std::string_view kMark = "\"\"\"";

// White space of ASCII, and the ideographic space that Chinese keyboards type.
std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kWide = "\u3000";
  for (;;) {
    if (text.starts_with(kWide)) {
      text.remove_prefix(kWide.size());
    } else if (text.ends_with(kWide)) {
      text.remove_suffix(kWide.size());
    } else if (!text.empty() &&
               std::string_view(" \t\r\n\v\f").find(text.front()) != std::string_view::npos) {
      text.remove_prefix(1);
    } else if (!text.empty() &&
               std::string_view(" \t\r\n\v\f").find(text.back()) != std::string_view::npos) {
      text.remove_suffix(1);
    } else {
      return text;
    }
  }
}

std::string Lowered(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

ChatInput ParseChatInput(std::string_view line) {
  const std::string_view trimmed = Trimmed(line);
  if (trimmed.empty()) return {};
  const std::string lower = Lowered(trimmed);
  if (lower == "退出" || lower == "quit" || lower == "exit") return {ChatVerb::kLeave, ""};
  if (line.front() != '/') return {ChatVerb::kText, std::string(line)};

  const size_t end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view name = line.substr(1, end - 1);
  if (name.empty() || !std::all_of(name.begin(), name.end(), IsLetter)) {
    return {ChatVerb::kText, std::string(line)};
  }
  const std::string_view argument = Trimmed(line.substr(end));
  for (const Command& command : kCommands) {
    if (command.name != Lowered(name)) continue;
    if (!command.argument.empty() && argument.empty()) {
      return {ChatVerb::kMistake,
              fmt::format("/{0} 后面要有 {1}，例如：/{0} {1}", command.name, command.argument)};
    }
    if (command.argument.empty() && !argument.empty()) {
      return {ChatVerb::kMistake, fmt::format("/{} 后面不用写别的", command.name)};
    }
    return {command.verb, std::string(argument)};
  }
  return {ChatVerb::kMistake, fmt::format("没有命令 /{}；/help 列出所有命令", name)};
}

std::string ChatHelp() {
  std::string help;
  for (const Command& command : kCommands) {
    if (command.help.empty()) continue;
    help += fmt::format("  {:<14} {}\n", fmt::format("/{} {}", command.name, command.argument),
                        command.help);
  }
  help += "  \"\"\"            开始和结束多行文字\n";
  help += "  Ctrl-C         停下正在说的回答；在提示符下离开\n";
  return help;
}

bool BlockText::Takes(std::string_view line) {
  if (open_) {
    Add(line);
    return true;
  }
  if (!line.starts_with(kMark)) return false;
  open_ = true;
  first_ = true;
  line.remove_prefix(kMark.size());
  if (!Trimmed(line).empty()) Add(line);
  return true;
}

void BlockText::Add(std::string_view line) {
  std::string_view end = line;
  while (!end.empty() && (end.back() == ' ' || end.back() == '\t')) end.remove_suffix(1);
  const bool closes = end.ends_with(kMark);
  if (closes) line = end.substr(0, end.size() - kMark.size());
  if (!closes || !line.empty()) {
    if (!std::exchange(first_, false)) text_ += '\n';
    text_ += line;
  }
  if (closes) open_ = false;
}

std::string BlockText::Finish() {
  open_ = false;
  return std::exchange(text_, {});
}

}  // namespace yixin
