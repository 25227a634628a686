// Tested by: head_rule_test.cc
#include "tasks/head_rule.h"

#include <utility>

#include "base/mapped_file.h"
#include "tasks/task_head.h"

namespace yixin {

std::optional<HeadRule> ReadHeadRule(TomlTable& top) {
  auto table = top.Table("head");
  if (!table) return std::nullopt;
  HeadRule rule;
  rule.file = table->NeededString("file");
  // A task file that was sent by somebody must not read others' files.
  if (rule.file.find_first_of("/\\") != std::string::npos || rule.file == "..") {
    table->Fail("file", "expected the name of a file beside this one, without a folder");
  }
  rule.checksum = table->NeededString("checksum");
  const std::string elsewhere = table->String("other_models", "error");
  rule.untaught_elsewhere = elsewhere == "untaught";
  if (elsewhere != "error" && elsewhere != "untaught") {
    table->Fail("other_models", "expected error or untaught, got " + elsewhere);
  }
  table->RefuseUnknownKeys();
  return rule;
}

Status LoadHead(const std::filesystem::path& folder, HeadRule& rule) {
  const std::filesystem::path path = folder / rule.file;
  const auto refuse = [&](const std::string& words) {
    return Error{ErrorCode::kInvalidFile, path.string() + ": " + words, path.string()};
  };
  YIXIN_TRY(const MappedFile file, MappedFile::Open(path));
  const auto bytes = file.bytes();
  if (bytes.size() > kMaxHeadBytes) {
    return refuse("is larger than the " + std::to_string(kMaxHeadBytes >> 20) +
                  " MiB that a head may have");
  }
  if (HeadChecksum(bytes) != rule.checksum) {
    return refuse("is not the head that the task was written with (checksum " + rule.checksum +
                  "); put the two files of one yixin fit side by side, or fit again");
  }
  YIXIN_TRY(TaskHead head, ParseHead(bytes, path.string()));
  rule.head = std::make_shared<const TaskHead>(std::move(head));
  return {};
}

}  // namespace yixin
