// Tasks that read texts in a conversation's context: finding the chat that they name, and the
// reader of a conversation.
// Tested by: reader_test.cc
#include <filesystem>
#include <memory>
#include <utility>

#include "api/assistant_state.h"
#include "api/share_folder.h"
#include "tasks/task_head.h"

namespace yixin {
namespace {

Error AtInChat(const TaskSpec& spec, const std::string& words) {
  return {ErrorCode::kInvalidFile, spec.file + ": in_chat: " + words, "in_chat"};
}

}  // namespace

Result<TaskSpec> Assistant::State::ReadTask(std::string_view task, Taught taught) const {
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

Result<Classifier> Assistant::State::MakeReader(std::string_view task, const TaskSpec& chat) {
  YIXIN_TRY(TaskSpec spec, LoadNamedTask(task));
  if (spec.chat == nullptr) {
    return Error{ErrorCode::kInvalidArgument,
                 "task " + spec.name +
                     " reads texts in a prompt of its own; to read them in the conversation it "
                     "needs in_chat (docs/tasks.md), as mood.zh has it",
                 "reader"};
  }
  // Here the conversation that goes on is the context, whatever chat the task names. Its head is
  // right only behind the words that it was fitted behind.
  spec.chat = std::make_shared<const TaskSpec>(chat);
  if (spec.head) {
    YIXIN_TRY(const TextPrompt prompt, EncodeHeadPrompt(spec, tokenizer, *chat_template));
    if (PromptHash(prompt) != spec.head->head->ties.prompt) {
      if (!spec.head->untaught_elsewhere) {
        return Error{ErrorCode::kUnsupported,
                     spec.file + ": its head was fitted in another chat (" + spec.in_chat +
                         ") than " + chat.name + "; fit it again with that in_chat (yixin fit)",
                     "head"};
      }
      spec.head.reset();  // as the task says; score_kind tells
    }
  }
  return Classifier::Create(std::move(spec), tokenizer, *chat_template, engine, facts.context);
}

}  // namespace yixin
