// yixin task check: whether a task file is right, and, where a model is here, whether the two fit.
// Tested by: tests/e2e/task_test.py
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_options.h"
#include "cli/task_verbs.h"
#include "cli/terminal.h"
#include "yixin/error_table.h"
#include "yixin/task_file.h"

namespace yixin {
namespace {

// Below it the model mostly wants to say something else than a label.
constexpr double kLittleMass = 0.5;

struct CheckFlags {
  ModelOptions model;
  bool no_model = false;
  bool json = false;
};

struct Findings {
  TaskFile file;
  bool with_model = false;
  size_t prefix_tokens = 0;
  std::string decides_by;
  size_t examples_right = 0;
  double label_mass = 0;  // of the examples, on average; 0 where it was not measured
  std::vector<std::string> warnings;
};

// A label whose ids begin another's takes the other's probability too (docs/tasks.md).
void WarnOfBeginnings(const TaskPrompt& prompt, std::vector<std::string>& warnings) {
  for (const auto& one : prompt.labels) {
    for (const auto& other : prompt.labels) {
      if (one.label == other.label || one.ids.size() >= other.ids.size()) continue;
      if (std::equal(one.ids.begin(), one.ids.end(), other.ids.begin())) {
        warnings.push_back(fmt::format(
            "labels: \"{}\" is the beginning of \"{}\", as tokens, and takes its probability too; "
            "choose words that begin differently (strings = [...])",
            one.string, other.string));
      }
    }
  }
}

// What examples are for: docs/tasks.md, "The other tasks". Neither a head nor a fitted calibration
// leaves much to them.
void WarnOfFewExamples(const TaskFile& file, bool head, std::vector<std::string>& warnings) {
  if (file.summary.mode != "score" || head || file.calibration == "fitted") return;
  if (file.examples.empty()) {
    warnings.emplace_back(
        "examples: there are none, and by the instruction alone a small model often prefers one "
        "label, whatever the text; write some of each, or teach it (yixin fit)");
    return;
  }
  for (const TaskFileLabel& label : file.labels) {
    if (std::ranges::find(file.examples, label.name, &TaskFileExample::answer) ==
        file.examples.end()) {
      warnings.push_back(fmt::format("examples: there is none of {}, beside {} of others",
                                     label.name, file.examples.size()));
    }
  }
}

// The examples stand in the prompt, so this is no measure of quality; one that comes out wrong says
// that the examples contradict each other, or that the labels are not what the model would say.
Status TryExamples(Assistant& assistant, const std::string& task, Findings& findings) {
  const TaskFile& file = findings.file;
  if (file.summary.mode == "chat" || file.examples.empty()) return {};
  std::vector<std::string> texts;
  for (const TaskFileExample& example : file.examples) texts.push_back(example.text);
  YIXIN_TRY(const auto results, assistant.ClassifyBatch(texts, {.task = task}));
  double mass = 0;
  for (size_t i = 0; i < results.size(); ++i) {
    const auto& result = results[i];
    if (result && result->label == file.examples[i].answer) {
      ++findings.examples_right;
    } else {
      findings.warnings.push_back(fmt::format(
          "examples[{}]: \"{}\" is labelled {}, and comes out as {}", i, file.examples[i].text,
          file.examples[i].answer, result ? result->label : result.error().message));
    }
    if (result) mass += result->label_mass;
  }
  if (findings.decides_by != "logprob") return {};
  findings.label_mass = mass / static_cast<double>(results.size());
  if (findings.label_mass < kLittleMass) {
    findings.warnings.push_back(fmt::format(
        "the labels have {:.0f} % of the model's probability on the examples, so it mostly wants "
        "to "
        "say something else; name the labels in system, or give strings that it would say",
        findings.label_mass * 100));
  }
  return {};
}

Result<Findings> Check(const std::string& task, std::optional<Assistant>& assistant) {
  Findings findings;
  YIXIN_TRY(findings.file, ReadTaskFile(task, ""));
  if (!assistant) {
    WarnOfFewExamples(findings.file, findings.file.head.has_value(), findings.warnings);
    return findings;
  }
  findings.with_model = true;
  YIXIN_TRY(const TaskPrompt prompt, assistant->RenderTask(task, "x"));
  findings.prefix_tokens = prompt.prefix.size();
  findings.decides_by = prompt.score_kind;
  if (!prompt.note.empty()) findings.warnings.push_back(prompt.note);
  const TaskFile& file = findings.file;
  WarnOfFewExamples(file, prompt.score_kind == "head", findings.warnings);
  if (file.head && prompt.score_kind != "head") {
    findings.warnings.push_back(fmt::format(
        "head: fitted on {}, not on {}, which is asked by the words; yixin fit teaches it",
        file.head->model_name, assistant->facts().name));
  }
  // A head reads states, not words.
  if (prompt.score_kind == "logprob") WarnOfBeginnings(prompt, findings.warnings);
  YIXIN_CHECK_OK(TryExamples(*assistant, task, findings));
  return findings;
}

void Print(const Findings& findings) {
  const TaskFile& file = findings.file;
  std::string line = fmt::format("ok  {}  ({})", file.summary.name, file.path);
  if (findings.with_model) {
    line += fmt::format(": {} tokens before a text, computed once", findings.prefix_tokens);
    if (findings.decides_by != "chat") line += ", decides by " + findings.decides_by;
    if (findings.decides_by != "chat" && !file.examples.empty()) {
      line += fmt::format(", {} of {} examples come out right", findings.examples_right,
                          file.examples.size());
    }
  }
  StandardOutput().Line(Printable(line));
  for (const std::string& warning : findings.warnings) {
    StandardOutput().Line("    warning: " + Printable(warning));
  }
}

Json ToJson(const Findings& findings) {
  Json json{{"task", findings.file.summary.name},
            {"path", findings.file.path},
            {"ok", true},
            {"warnings", findings.warnings}};
  if (!findings.with_model) return json;
  json["prefix_tokens"] = findings.prefix_tokens;
  json["score_kind"] = findings.decides_by;
  json["examples"] = findings.file.examples.size();
  json["examples_right"] = findings.examples_right;
  json["label_mass"] = findings.label_mass > 0 ? Json(findings.label_mass) : Json();
  return json;
}

}  // namespace

int RunTaskCheck(Words words) {
  CheckFlags flags;
  Arguments arguments(
      "yixin task check [OPTIONS] NAME|FILE...",
      "Whether task files are right: a mistake is named with file, line and key. Where a model is\n"
      "here, also whether its tokens can tell the labels apart, whether the head is its own, and\n"
      "what becomes of the examples. A warning is no failure.",
      "  yixin task check ./urgency.toml\n"
      "  yixin task check --no-model --json ./*.toml\n");
  AddLocalModelOptions(arguments, &flags.model);
  arguments.AddFlag("--no-model", "the files alone", &flags.no_model);
  arguments.AddFlag("--json", "a JSON object a task", &flags.json);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (arguments.operands().empty()) {
    return ReportError({ErrorCode::kInvalidArgument,
                        "give the tasks to check: files, or names of yixin task list", "NAME"});
  }
  std::optional<Assistant> assistant;
  if (!flags.no_model) {
    auto opened = OpenAssistantThatIsHere(flags.model);
    if (!opened) return ReportError(opened.error());
    assistant = *std::move(opened);
    if (!assistant) {
      PrintNote(
          "no model is here, so the files alone are checked; yixin pull gets one (--no-model: "
          "without this line)");
    }
  }
  int code = 0;
  for (const Operand& operand : arguments.operands()) {
    const auto findings = Check(operand.value, assistant);
    if (!findings) {
      const Error& error = findings.error();
      if (code == 0) code = TraitsOf(error.code).exit_code;
      if (flags.json) {
        Json json = ToJson(error);
        json["path"] = operand.value;
        json["ok"] = false;
        StandardOutput().Line(DumpLine(json));
      } else {
        ReportError(error);
      }
      continue;
    }
    if (flags.json) {
      StandardOutput().Line(DumpLine(ToJson(*findings)));
    } else {
      Print(*findings);
    }
  }
  return code;
}

}  // namespace yixin
