// Which head a task decides by: the table [head] of a task file. What a head is: task_head.h.
// Tested by: head_rule_test.cc
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "tasks/toml_table.h"
#include "yixin/result.h"

namespace yixin {

struct TaskHead;

struct HeadRule {
  std::string file;      // beside the task file
  std::string checksum;  // HeadChecksum of its bytes
  // With a model that the head was not fitted on the task is asked untaught; else that is an error.
  bool untaught_elsewhere = false;
  std::shared_ptr<const TaskHead> head;  // as LoadHead has read it
};

// In: a task's top table, of mode score. Out: empty where there is no [head].
std::optional<HeadRule> ReadHeadRule(TomlTable& top);

// Reads the file of the rule, which lies in `folder`. Errors: those of ParseHead; kNotFound, kIo;
// kInvalidFile for another checksum, or more than kMaxHeadBytes.
Status LoadHead(const std::filesystem::path& folder, HeadRule& rule);

}  // namespace yixin
