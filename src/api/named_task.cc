// Tested by: task_file_test.cc, reader_test.cc
#include "api/named_task.h"

#include <memory>
#include <string>
#include <utility>

#include "api/share_folder.h"

namespace yixin {
namespace {

Error AtInChat(const TaskSpec& spec, const std::string& words) {
  return {ErrorCode::kInvalidFile, spec.file + ": in_chat: " + words, "in_chat"};
}

}  // namespace

Result<TaskSpec> ReadNamedTask(const std::filesystem::path& share, std::string_view task,
                               Taught taught) {
  YIXIN_TRY(const std::filesystem::path path, FindTask(share, task));
  YIXIN_TRY(TaskSpec spec,
            taught == Taught::kUntaught ? LoadTaskWithoutHead(path) : LoadTask(path));
  if (spec.in_chat.empty()) return spec;
  auto chat_path = spec.in_chat.ends_with(".toml")
                       ? Result<std::filesystem::path>(path.parent_path() / spec.in_chat)
                       : FindTask(share, spec.in_chat);
  if (!chat_path) return AtInChat(spec, chat_path.error().message);
  auto chat = LoadTask(*chat_path);
  if (!chat) return AtInChat(spec, chat.error().message);
  if (chat->mode != TaskMode::kChat) {
    return AtInChat(spec, "expected a task of mode chat, " + chat->name + " is one of mode " +
                              std::string(NameOf(chat->mode)));
  }
  spec.chat = std::make_shared<const TaskSpec>(*std::move(chat));
  return spec;
}

std::string_view ScoreKindOf(const TaskSpec& task) {
  switch (task.mode) {
    case TaskMode::kChat:
      return "chat";
    case TaskMode::kGenerate:
      return "generate";
    case TaskMode::kScore:
      break;
  }
  return task.head ? "head" : "logprob";
}

TaskSummary SummaryOf(const TaskSpec& task) {
  TaskSummary summary{task.name, std::string(NameOf(task.mode)), task.title, {}};
  for (const TaskLabel& label : task.labels) summary.labels.push_back(label.name);
  if (task.neutral && task.FindLabel(task.neutral->label) == nullptr) {
    summary.labels.push_back(task.neutral->label);
  }
  return summary;
}

}  // namespace yixin
