// A task by its name or path, with the chat that its in_chat names. No model is needed.
// Tested by: task_file_test.cc, reader_test.cc
#pragma once

#include <filesystem>
#include <string_view>

#include "tasks/task_spec.h"
#include "yixin/result.h"
#include "yixin/task.h"

namespace yixin {

enum class Taught { kAsTheFileSays, kUntaught };  // kUntaught: as if it had no head

// In: as ClassifyOptions::task. Errors: those of FindTask, LoadTask; kInvalidFile for in_chat.
Result<TaskSpec> ReadNamedTask(const std::filesystem::path& share, std::string_view task,
                               Taught taught);

// How a task's answer is found: Classification::score_kind, and "chat". In: without a head that is
// not the model's.
std::string_view ScoreKindOf(const TaskSpec& task);

// What a caller is told of a task in a list.
TaskSummary SummaryOf(const TaskSpec& task);

}  // namespace yixin
