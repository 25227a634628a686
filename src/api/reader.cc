// The reader of a conversation: a task that reads texts in its context.
// Tested by: reader_test.cc
#include <memory>
#include <utility>

#include "api/assistant_state.h"
#include "tasks/task_head.h"

namespace yixin {

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
