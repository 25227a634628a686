// Tested by: task_file_test.cc
#include "yixin/task_file.h"

#include <filesystem>
#include <utility>

#include "api/assistant_state.h"
#include "api/door.h"
#include "api/named_task.h"
#include "api/share_folder.h"
#include "tasks/task_head.h"
#include "tasks/task_prompt.h"

namespace yixin {
namespace {

TaskFile Describe(const TaskSpec& spec) {
  TaskFile file;
  file.path = spec.file;
  file.summary = SummaryOf(spec);
  file.system = spec.system;
  file.answer_prefix = spec.answer_prefix;
  file.in_chat = spec.in_chat;
  file.wordings = 1 + spec.wordings.size();
  for (const TaskExample& example : spec.examples) {
    file.examples.push_back({example.text, example.answer});
  }
  for (const TaskLabel& label : spec.labels) file.labels.push_back({label.name, label.strings});
  if (spec.neutral) {
    file.neutral = spec.neutral->label;
    file.neutral_below = spec.neutral->margin_below;
  }
  file.calibration = NameOf(spec.calibration.kind);
  if (spec.head) {
    const HeadTies& ties = spec.head->head->ties;
    file.head = {spec.head->file, ties.model, ties.model_name, spec.head->untaught_elsewhere};
  }
  return file;
}

}  // namespace

Result<TaskFile> ReadTaskFile(std::string_view task, std::string_view share_path) {
  return AtDoor([&]() -> Result<TaskFile> {
    YIXIN_TRY(const TaskSpec spec,
              ReadNamedTask(FindShareFolder(share_path), task, Taught::kAsTheFileSays));
    return Describe(spec);
  });
}

Result<std::vector<std::string>> ShippedTaskFiles(std::string_view share_path) {
  return AtDoor([&]() -> Result<std::vector<std::string>> {
    YIXIN_TRY(const auto files, ListTasks(FindShareFolder(share_path)));
    std::vector<std::string> paths;
    for (const std::filesystem::path& file : files) paths.push_back(file.string());
    return paths;
  });
}

Status CheckTaskText(std::string_view toml, std::string_view file) {
  return AtDoor([&]() -> Status {
    const auto spec = ParseTask(toml, file);
    return spec ? Status() : spec.error();
  });
}

Result<TaskPrompt> Assistant::RenderTask(std::string_view task, std::string_view text) const {
  return AtDoor([&]() -> Result<TaskPrompt> {
    if (!state_->chat_template) return state_->chat_template.error();
    TaskPrompt out;
    YIXIN_TRY(const TaskSpec spec, state_->LoadNamedTask(task, &out.note));
    const Tokenizer& tokenizer = state_->tokenizer;
    YIXIN_TRY(TextPrompt prompt, spec.head
                                     ? EncodeHeadPrompt(spec, tokenizer, *state_->chat_template)
                                     : EncodeTextPrompt(spec, tokenizer, *state_->chat_template));
    if (spec.head) {
      YIXIN_CHECK_OK(CheckHead(*spec.head->head, spec, PromptHash(prompt), state_->facts.layers,
                               state_->facts.hidden));
    }
    out.prefix = std::move(prompt.prefix);
    out.suffix = std::move(prompt.suffix);
    YIXIN_TRY(out.text, tokenizer.EncodeText(text));
    out.score_kind = ScoreKindOf(spec);
    if (spec.mode != TaskMode::kScore) return out;
    YIXIN_TRY(auto strings, EncodeLabels(spec, tokenizer));
    auto next = strings.begin();  // all strings of all labels, in the task's order
    for (const TaskLabel& label : spec.labels) {
      for (const std::string& string : label.strings) {
        out.labels.push_back({label.name, string, std::move((next++)->ids)});
      }
    }
    return out;
  });
}

}  // namespace yixin
