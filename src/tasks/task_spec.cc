// Tested by: task_spec_test.cc, shipped_tasks_test.cc
#include "tasks/task_spec.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "base/mapped_file.h"
#include "base/nesting.h"
#include "tasks/toml_table.h"

namespace yixin {
namespace {

constexpr std::array<std::pair<TaskMode, std::string_view>, 3> kModes{{
    {TaskMode::kScore, "score"},
    {TaskMode::kGenerate, "generate"},
    {TaskMode::kChat, "chat"},
}};

// Nothing in the format nests deeper than an array in a table in an array.
constexpr int kMaxNesting = 4;
// As many as a screen of a menu or an intent list may have; each costs a row of a forward pass.
constexpr size_t kMaxLabels = 256;
constexpr size_t kMaxLabelStrings = 32;
constexpr size_t kMaxWordings = 8;  // each costs a pass over every text
constexpr int kMaxNewTokens = 32768;
constexpr int kDayMs = 24 * 60 * 60 * 1000;

// Labels and titles are shown in terminals, a line each.
bool HasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
  });
}

TaskMode ReadMode(TomlTable& top) {
  const std::string name = top.NeededString("mode");
  for (const auto& [mode, mode_name] : kModes) {
    if (mode_name == name) return mode;
  }
  top.Fail("mode", "expected score, generate or chat, got " + name);
  return TaskMode::kScore;
}

void ReadScale(TomlTable& table, const TaskSpec& spec, TaskLabel& label) {
  if (spec.calibration.kind != CalibrationKind::kFitted) {
    return table.Refuse("scale", "only a task with [calibration] kind = \"fitted\" has one");
  }
  label.scale = table.Number("scale", 1);
  if (!(label.scale > 0)) table.Fail("scale", "expected a number above 0");
}

void ReadWordings(TomlTable& top, TaskSpec& spec) {
  auto tables = top.Tables("wordings");
  if (tables.size() > kMaxWordings) {
    return top.Fail("wordings", "expected at most " + std::to_string(kMaxWordings) + ", got " +
                                    std::to_string(tables.size()));
  }
  for (TomlTable& table : tables) {
    spec.wordings.push_back({table.String("system"), table.String("answer_prefix")});
    table.RefuseUnknownKeys();
  }
}

void ReadLabels(TomlTable& top, TaskSpec& spec) {
  auto tables = top.Tables("labels");
  if (tables.empty()) {
    return top.Fail("labels", "a task of mode " + std::string(NameOf(spec.mode)) +
                                  " needs labels: [[labels]] name = \"...\"");
  }
  if (tables.size() > kMaxLabels) {
    return top.Fail("labels", "expected at most " + std::to_string(kMaxLabels) + ", got " +
                                  std::to_string(tables.size()));
  }
  std::map<std::string, std::string> seen;  // string -> the label that it stands for
  for (TomlTable& table : tables) {
    TaskLabel label;
    label.line = table.line();
    label.name = table.NeededString("name");
    label.strings = table.Has("strings") ? table.Strings("strings") : std::vector{label.name};
    if (spec.mode == TaskMode::kScore) label.bias = table.Number("bias", 0);
    ReadScale(table, spec, label);
    table.RefuseUnknownKeys();
    if (HasControlCharacter(label.name)) table.Fail("name", "must be one line of plain characters");
    if (spec.FindLabel(label.name) != nullptr) {
      table.Fail("name", "two labels have the name " + label.name);
    }
    if (label.strings.empty() || label.strings.size() > kMaxLabelStrings) {
      table.Fail("strings", "expected 1 to " + std::to_string(kMaxLabelStrings) + " strings, got " +
                                std::to_string(label.strings.size()));
    }
    if (std::find(label.strings.begin(), label.strings.end(), "") != label.strings.end()) {
      table.Fail("strings", "a string must not be empty");
    }
    // Other strings may have the same token ids all the same: EncodeLabels.
    for (const std::string& string : label.strings) {
      const auto [entry, is_new] = seen.emplace(string, label.name);
      if (is_new) continue;
      table.Fail("strings", string + " stands for the label " + entry->second +
                                " already; the two cannot be told apart");
    }
    spec.labels.push_back(std::move(label));
  }
  if (spec.mode == TaskMode::kScore && spec.labels.size() < 2) {
    top.Fail("labels", "a task of mode score needs two labels or more, got one");
  }
}

void ReadNeutral(TomlTable& top, TaskSpec& spec) {
  auto table = top.Table("neutral");
  if (!table) {
    if (spec.mode == TaskMode::kGenerate) {
      top.Fail("neutral",
               "is missing: mode generate needs [neutral] label = \"...\", the label of "
               "an answer that holds no other");
    }
    return;
  }
  NeutralRule rule;
  rule.label = table->NeededString("label");
  const bool is_label = spec.FindLabel(rule.label) != nullptr;
  if (HasControlCharacter(rule.label)) table->Fail("label", "must be one line of plain characters");
  if (spec.mode == TaskMode::kScore && table->Has("margin_below")) {
    rule.margin_below = table->Number("margin_below", 0.5);
    if (!(*rule.margin_below > 0 && *rule.margin_below <= 1)) {
      table->Fail("margin_below", "expected a number above 0, at most 1");
    }
    if (is_label) {
      table->Fail("label", "under a margin rule " + rule.label + " must not be among [[labels]]");
    }
  } else if (spec.mode == TaskMode::kScore && !is_label) {
    table->Fail("label", rule.label +
                             " is no label of this task; add it to [[labels]], or give "
                             "margin_below");
  } else if (spec.mode == TaskMode::kScore && spec.labels.size() < 3) {
    table->Fail("label", "a task needs two labels beside the neutral one");
  }
  table->RefuseUnknownKeys();
  spec.neutral = std::move(rule);
}

void ReadExamples(TomlTable& top, TaskSpec& spec) {
  const bool chat = spec.mode == TaskMode::kChat;
  for (TomlTable& table : top.Tables("examples")) {
    TaskExample example;
    example.text = table.NeededString("text");
    example.answer = table.NeededString(chat ? "reply" : "label");
    if (!chat && spec.FindLabel(example.answer) == nullptr &&
        !(spec.neutral && spec.neutral->label == example.answer)) {
      table.Fail("label", example.answer + " is no label of this task");
    }
    table.RefuseUnknownKeys();
    spec.examples.push_back(std::move(example));
  }
}

void ReadLimits(TomlTable& top, TaskSpec& spec) {
  const bool chat = spec.mode == TaskMode::kChat;
  spec.max_new_tokens = chat ? 128 : 10;
  spec.timeout_ms = chat ? 10000 : 0;
  auto table = top.Table("limits");
  if (!table) return;
  spec.max_new_tokens = table->Int("max_new_tokens", spec.max_new_tokens, 1, kMaxNewTokens);
  if (chat) {
    spec.timeout_ms = table->Int("timeout_ms", spec.timeout_ms, 0, kDayMs);
    spec.repeated_sentences = table->Int("repeated_sentences", 0, 0, 1000);
    if (spec.repeated_sentences == 1) {
      table->Fail("repeated_sentences", "expected 0 (never) or 2 and more, got 1");
    }
  }
  table->RefuseUnknownKeys();
}

void ReadSampling(TomlTable& top, TaskSpec& spec) {
  auto table = top.Table("sampling");
  if (!table) return;
  SamplingOptions& sampling = spec.sampling;
  const auto number = [&](const char* key, float& value) {
    value = static_cast<float>(table->Number(key, value));
  };
  number("temperature", sampling.temperature);
  sampling.top_k = table->Int("top_k", sampling.top_k, 0, 1 << 30);
  number("top_p", sampling.top_p);
  number("min_p", sampling.min_p);
  number("repeat_penalty", sampling.repeat_penalty);
  number("presence_penalty", sampling.presence_penalty);
  number("frequency_penalty", sampling.frequency_penalty);
  table->RefuseUnknownKeys();
  if (const Status status = ValidateSamplingOptions(sampling); !status) {
    table->Fail(status.error().subject, status.error().message);
  }
}

void ReadInChat(TomlTable& top, TaskSpec& spec) {
  if (!top.Has("in_chat")) return;
  spec.in_chat = top.NeededString("in_chat");
  // As with heads: a task file that was sent by somebody reads no others' files.
  if (spec.in_chat.find_first_of("/\\") != std::string::npos) {
    top.Fail("in_chat",
             "expected a chat task's name, or its file beside this one without a folder");
  }
  // The conversation is there already; what would stand before its first turn cannot be told.
  for (const char* key : {"examples", "wordings", "reply_line_break"}) {
    top.Refuse(key, "a task with in_chat has none: the text stands in the chat's own context");
  }
}

void ReadMoods(TomlTable& top, TaskSpec& spec) {
  auto table = top.Table("mood");
  if (!table) return;
  for (const std::string& label : table->Keys()) {
    spec.moods.emplace_back(label, table->NeededString(label));
  }
  if (spec.moods.empty()) table->Fail("", "needs a sentence for each label: LABEL = \"...\"");
}

void ReadEscalation(TomlTable& top, TaskSpec& spec) {
  auto table = top.Table("escalation");
  if (!table) return;
  EscalationRule rule;
  rule.words = table->Strings("words");
  if (std::find(rule.words.begin(), rule.words.end(), "") != rule.words.end()) {
    table->Fail("words", "a word must not be empty");
  }
  rule.label = table->String("label");
  if (rule.label.empty()) {
    for (const char* key : {"in_a_row", "probability"})
      table->Refuse(key, "needs a label to count");
    if (rule.words.empty()) table->Fail("", "needs words, or a label to count");
  } else {
    rule.in_a_row = table->Int("in_a_row", 3, 1, 100);
    rule.probability = table->Number("probability", 0.8);
    if (!(rule.probability >= 0 && rule.probability <= 1)) {
      table->Fail("probability", "expected a number from 0 to 1");
    }
  }
  table->RefuseUnknownKeys();
  spec.escalation = std::move(rule);
}

}  // namespace

std::string_view NameOf(TaskMode mode) { return kModes[static_cast<size_t>(mode)].second; }

const std::string* TaskSpec::FindMood(std::string_view label) const {
  const auto found = std::find_if(moods.begin(), moods.end(), [label](const auto& entry) {
    return !label.empty() && entry.first == label;
  });
  return found == moods.end() ? nullptr : &found->second;
}

const TaskLabel* TaskSpec::FindLabel(std::string_view label) const {
  const auto found = std::find_if(labels.begin(), labels.end(),
                                  [label](const TaskLabel& other) { return other.name == label; });
  return found == labels.end() ? nullptr : &*found;
}

Result<TaskSpec> ParseTask(std::string_view toml, std::string_view file) {
  const std::string name(file);
  if (toml.size() > kMaxTaskBytes) {
    return Error{ErrorCode::kInvalidFile,
                 name + ": a task file has at most " + std::to_string(kMaxTaskBytes) +
                     " bytes, got " + std::to_string(toml.size()),
                 name};
  }
  if (Status nesting = CheckTomlNesting(toml, kMaxNesting); !nesting) {
    Error error = std::move(nesting).error();
    return Error{error.code, name + ": " + error.message, name};
  }
  const toml::parse_result parsed = toml::parse(toml, name);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return Error{ErrorCode::kInvalidFile,
                 name + ":" + std::to_string(error.source().begin.line) +
                     ": not TOML: " + std::string(error.description()),
                 name};
  }
  TomlErrors errors(file);
  TomlTable top(parsed.table(), "", errors);
  TaskSpec spec;
  spec.file = name;
  spec.name = top.NeededString("name");
  spec.title = top.String("title", spec.name);
  spec.mode = ReadMode(top);
  spec.system = top.String("system");
  for (const char* key : {"name", "title"}) {
    if (HasControlCharacter(top.String(key))) top.Fail(key, "must be one line of plain characters");
  }
  const std::string not_in_mode = "a task of mode " + std::string(NameOf(spec.mode)) + " has none";
  const auto refuse = [&](std::initializer_list<const char*> keys) {
    for (const char* key : keys) top.Refuse(key, not_in_mode);
  };
  if (spec.mode == TaskMode::kChat) {
    ReadSampling(top, spec);
    ReadMoods(top, spec);
    ReadEscalation(top, spec);
    refuse({"answer_prefix", "labels", "neutral"});
  } else {
    spec.answer_prefix = top.String("answer_prefix");
    if (spec.mode == TaskMode::kScore) {
      spec.calibration = ReadCalibration(top);
      ReadInChat(top, spec);
    }
    ReadLabels(top, spec);
    ReadNeutral(top, spec);
    refuse({"sampling", "mood", "escalation"});
  }
  spec.reply_line_break = top.Bool("reply_line_break", true);
  ReadExamples(top, spec);
  if (spec.mode == TaskMode::kScore) {
    ReadWordings(top, spec);
    spec.head = ReadHeadRule(top);
    refuse({"limits"});
  } else {
    ReadLimits(top, spec);
    refuse({"wordings", "calibration", "head", "in_chat"});
  }
  top.RefuseUnknownKeys();
  if (errors.first()) return *errors.first();
  return spec;
}

namespace {

Result<TaskSpec> ParseFile(const std::filesystem::path& path) {
  YIXIN_TRY(const MappedFile file, MappedFile::Open(path));
  const auto bytes = file.bytes();
  return ParseTask({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

}  // namespace

Result<TaskSpec> LoadTask(const std::filesystem::path& path) {
  YIXIN_TRY(TaskSpec spec, ParseFile(path));
  if (spec.head) YIXIN_CHECK_OK(LoadHead(path.parent_path(), *spec.head));
  return spec;
}

Result<TaskSpec> LoadTaskWithoutHead(const std::filesystem::path& path) {
  YIXIN_TRY(TaskSpec spec, ParseFile(path));
  spec.head.reset();
  return spec;
}

}  // namespace yixin
