// Tested by: task_edit_test.cc
#include "tasks/task_edit.h"

#include <sstream>

#include "tasks/task_spec.h"
#include "tasks/toml_table.h"

namespace yixin {
namespace {

void CorrectLabels(toml::table& task, const TaskEdit& edit) {
  toml::array* labels = task["labels"].as_array();
  if (labels == nullptr) return;
  for (toml::node& node : *labels) {
    toml::table* label = node.as_table();
    if (label == nullptr) continue;
    label->erase("scale");
    for (const LabelCorrection& correction : edit.corrections) {
      if ((*label)["name"].value_or(std::string_view()) != correction.label) continue;
      label->insert_or_assign("scale", correction.scale);
      label->insert_or_assign("bias", correction.bias);
    }
  }
}

}  // namespace

Result<std::string> EditTask(std::string_view toml, std::string_view file, const TaskEdit& edit) {
  YIXIN_TRY([[maybe_unused]] const TaskSpec before, ParseTask(toml, file));
  toml::parse_result parsed = toml::parse(toml, std::string(file));
  toml::table& task = parsed.table();
  task.insert_or_assign("name", edit.name);
  task.insert_or_assign("title", edit.title);
  task.erase("head");
  task.erase("calibration");
  CorrectLabels(task, edit);
  if (!edit.corrections.empty()) {
    task.insert_or_assign("calibration", toml::table{{"kind", "fitted"}, {"model", edit.model}});
  }
  if (!edit.head_file.empty()) {
    task.insert_or_assign("head",
                          toml::table{{"file", edit.head_file}, {"checksum", edit.head_checksum}});
  }
  std::ostringstream out;
  for (const std::string& line : edit.comments) out << "# " << line << "\n";
  out << task << "\n";
  std::string text = std::move(out).str();
  YIXIN_TRY([[maybe_unused]] const TaskSpec after, ParseTask(text, file));
  return text;
}

}  // namespace yixin
