// Tested by: task_prompt_test.cc
#include "tasks/task_prompt.h"

#include <map>
#include <string>
#include <utility>

#include "base/fnv_hash.h"
#include "prompt/segment.h"

namespace yixin {
namespace {

// Longer than any word that a model is asked to answer with.
constexpr size_t kMaxLabelTokens = 64;

// What the model is shown as an answer with this label.
std::string_view AnswerOf(const TaskSpec& task, std::string_view label) {
  const TaskLabel* found = task.FindLabel(label);
  return found == nullptr ? label : std::string_view(found->strings.front());
}

std::vector<Segment> BeginSegments(const TaskSpec& task, const TaskWording& wording,
                                   const ChatTemplate& chat_template) {
  std::vector<Segment> segments;
  if (!wording.system.empty()) {
    chat_template.AppendMessage(Role::kSystem, wording.system, segments);
  }
  for (const TaskExample& example : task.examples) {
    chat_template.AppendMessage(Role::kUser, example.text, segments);
    std::string answer = wording.answer_prefix;
    answer += task.mode == TaskMode::kChat ? example.answer : AnswerOf(task, example.answer);
    chat_template.AppendMessage(Role::kAssistant, answer, segments);
  }
  return segments;
}

Error AtLabel(const TaskSpec& task, size_t label, const std::string& words) {
  const std::string key = "labels[" + std::to_string(label) + "].strings";
  return {ErrorCode::kInvalidFile,
          task.file + ":" + std::to_string(task.labels[label].line) + ": " + key + ": " + words,
          key};
}

Result<TextPrompt> EncodeWording(const TaskSpec& task, const TaskWording& wording,
                                 const Tokenizer& tokenizer, const ChatTemplate& chat_template) {
  std::vector<Segment> before =
      task.chat ? BeginSegments(*task.chat, {task.chat->system, ""}, chat_template)
                : BeginSegments(task, wording, chat_template);
  before.push_back(chat_template.Begin(Role::kUser));
  std::vector<Segment> behind;
  behind.push_back(chat_template.End());
  if (task.chat && !wording.system.empty()) {
    chat_template.AppendMessage(Role::kSystem, wording.system, behind);
  }
  // In a chat it is the chat's reply that begins here.
  behind.push_back(
      chat_template.BeginReply(task.chat ? task.chat->reply_line_break : task.reply_line_break));
  behind.push_back(Segment::Text(wording.answer_prefix));
  TextPrompt prompt;
  YIXIN_TRY(prompt.prefix, EncodeSegments(tokenizer, before));
  YIXIN_TRY(prompt.suffix, EncodeSegments(tokenizer, behind));
  return prompt;
}

}  // namespace

Result<TextPrompt> EncodeTextPrompt(const TaskSpec& task, const Tokenizer& tokenizer,
                                    const ChatTemplate& chat_template) {
  return EncodeWording(task, {task.system, task.answer_prefix}, tokenizer, chat_template);
}

Result<std::vector<TextPrompt>> EncodeTextPrompts(const TaskSpec& task, const Tokenizer& tokenizer,
                                                  const ChatTemplate& chat_template) {
  std::vector<TextPrompt> prompts(1);
  YIXIN_TRY(prompts[0], EncodeTextPrompt(task, tokenizer, chat_template));
  for (const TaskWording& wording : task.wordings) {
    YIXIN_TRY(TextPrompt prompt, EncodeWording(task, wording, tokenizer, chat_template));
    prompts.push_back(std::move(prompt));
  }
  return prompts;
}

Result<TextPrompt> EncodeHeadPrompt(const TaskSpec& task, const Tokenizer& tokenizer,
                                    const ChatTemplate& chat_template) {
  if (task.chat == nullptr) return EncodeTextPrompt(task, tokenizer, chat_template);
  return EncodeWording(task, {}, tokenizer, chat_template);
}

uint64_t PromptHash(const TextPrompt& prompt) {
  // The length of the first part too: where the text stands is part of the prompt.
  const uint64_t length = prompt.prefix.size();
  uint64_t hash = FnvHash(std::as_bytes(std::span(&length, 1)));
  hash = FnvHash(std::as_bytes(std::span(prompt.prefix)), hash);
  return FnvHash(std::as_bytes(std::span(prompt.suffix)), hash);
}

Result<std::vector<int32_t>> EncodeChatPrefix(const TaskSpec& task, std::string_view system,
                                              const Tokenizer& tokenizer,
                                              const ChatTemplate& chat_template) {
  return EncodeSegments(tokenizer, BeginSegments(task, {std::string(system), ""}, chat_template));
}

Result<std::vector<LabelString>> EncodeLabels(const TaskSpec& task, const Tokenizer& tokenizer) {
  std::vector<LabelString> strings;
  std::map<std::vector<int32_t>, size_t> seen;  // ids -> label
  for (size_t label = 0; label < task.labels.size(); ++label) {
    for (const std::string& text : task.labels[label].strings) {
      auto ids = tokenizer.EncodeText(text);
      if (!ids) return AtLabel(task, label, ids.error().message);
      if (ids->size() > kMaxLabelTokens) {
        return AtLabel(task, label,
                       text + " has " + std::to_string(ids->size()) + " tokens, expected at most " +
                           std::to_string(kMaxLabelTokens));
      }
      const auto [entry, is_new] = seen.emplace(*ids, label);
      if (!is_new) {
        return AtLabel(task, label,
                       text + " has the same token ids as a string of the label " +
                           task.labels[entry->second].name + "; the two cannot be told apart");
      }
      strings.push_back({label, *std::move(ids)});
    }
  }
  return strings;
}

}  // namespace yixin
