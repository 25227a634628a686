// Any bytes as a task file: parsed, and where that succeeds the result keeps the promises of
// task_spec.h. The seeds in corpus/task are the shipped tasks and broken ones.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tasks/task_spec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto task = yixin::ParseTask({reinterpret_cast<const char*>(data), size}, "fuzz.toml");
  if (!task) {
    if (task.error().code != yixin::ErrorCode::kInvalidFile) __builtin_trap();
    if (task.error().message.rfind("fuzz.toml:", 0) != 0) __builtin_trap();
    return 0;
  }
  if (task->name.empty()) __builtin_trap();
  if (!yixin::ValidateSamplingOptions(task->sampling)) __builtin_trap();
  if (task->mode != yixin::TaskMode::kScore && task->max_new_tokens < 1) __builtin_trap();
  if (task->mode != yixin::TaskMode::kChat && task->labels.empty()) __builtin_trap();
  for (const yixin::TaskLabel& label : task->labels) {
    if (label.name.empty() || label.strings.empty()) __builtin_trap();
    if (task->FindLabel(label.name) == nullptr) __builtin_trap();
  }
  for (const yixin::TaskExample& example : task->examples) {
    if (example.text.empty() || example.answer.empty()) __builtin_trap();
  }
  return 0;
}
