// yixin eval: how good the labels of tasks are, on rows whose labels are known. The figures are the
// room eval's; here are the words, the reading and the bar. Not yet tested as a whole.
#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <optional>
#include <utility>

#include "bulk/bulk_input.h"
#include "cli/console.h"
#include "cli/eval_view.h"
#include "cli/interrupt.h"
#include "cli/model_options.h"
#include "cli/progress_bar.h"
#include "cli/terminal.h"
#include "cli/verbs.h"

namespace yixin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSomeRowsFailed = 3;  // as yixin analyze

struct EvalFlags {
  ModelOptions model;
  std::vector<std::string> tasks;
  std::vector<std::string> names;  // --map
  std::string column = "text";
  std::string label_column = "label";
  std::string group_column;
  std::string split_column = "split";
  std::string split;
  std::optional<int> limit;
  bool no_neutral = false;
  bool json = false;
};

void Describe(Arguments& arguments, EvalFlags* flags) {
  AddModelOptions(arguments, &flags->model);
  arguments.AddText("--kernels", "NAME", "force a kernel table (yixin doctor lists them)",
                    &flags->model.kernels);
  arguments.AddTexts("--task", "NAME|FILE",
                     "sentiment.zh (default); several stand side by side, on the same rows",
                     &flags->tasks);
  arguments.AddText("--column", "NAME", "the column with the texts (default text)", &flags->column);
  arguments.AddText("--label-column", "NAME", "the column with the truth (default label)",
                    &flags->label_column);
  arguments.AddTexts("--map", "DATA=TASK",
                     "a label of the data and the task's name for it: --map 1=正面 --map 0=负面",
                     &flags->names);
  arguments.AddText("--group-column", "NAME", "figures for each value of this column",
                    &flags->group_column);
  arguments.AddText("--split", "NAME", "only rows that have this in --split-column", &flags->split);
  arguments.AddText("--split-column", "NAME", "(default split)", &flags->split_column);
  arguments.AddInteger("--limit", "only the first N rows", 1, std::numeric_limits<int>::max(),
                       &flags->limit);
  arguments.AddFlag("--no-neutral", "leave the neutral label out", &flags->no_neutral);
  arguments.AddFlag("--json", "everything as a JSON object", &flags->json);
}

struct LabelledRows {
  std::vector<LabelledText> texts;
  uint64_t bad = 0;  // rows that cannot be read
  std::string first_fault;
};

Result<LabelledRows> ReadRows(const EvalFlags& flags, const std::string& path) {
  YIXIN_TRY(BulkInput input, BulkInput::Open(path, {}, &Interrupts()));
  RowReader& reader = input.reader();
  YIXIN_TRY(const size_t text, reader.FindColumn(flags.column));
  YIXIN_TRY(const size_t label, reader.FindColumn(flags.label_column));
  std::optional<size_t> group;
  std::optional<size_t> split;
  if (!flags.group_column.empty()) {
    YIXIN_TRY(group, reader.FindColumn(flags.group_column));
  }
  if (!flags.split.empty()) {
    YIXIN_TRY(split, reader.FindColumn(flags.split_column));
  }
  LabelledRows out;
  TableRow row;
  const auto limit = static_cast<size_t>(flags.limit.value_or(std::numeric_limits<int>::max()));
  while (out.texts.size() < limit) {
    YIXIN_TRY(const bool is_there, reader.Next(row));
    if (!is_there) break;
    if (row.fault != RowFault::kNone) {
      if (out.bad++ == 0) out.first_fault = row.message;
      continue;
    }
    if (split && row.cells[*split] != flags.split) continue;
    out.texts.push_back(
        {row.cells[text], row.cells[label], group ? row.cells[*group] : "", row.position.line});
  }
  if (!out.texts.empty()) return out;
  std::string why = "no rows to judge";
  if (split) why += " with \"" + flags.split + "\" in the column \"" + flags.split_column + "\"";
  if (out.bad > 0) why += fmt::format("; {} cannot be read, first {}", out.bad, out.first_fault);
  return Error{ErrorCode::kInvalidFile, why, path};
}

// Gives the exit code.
Result<int> RunEvaluation(const EvalFlags& flags, const std::string& path) {
  EvaluationOptions options;
  for (const std::string& word : flags.names) {
    YIXIN_TRY(auto name, ParseLabelName(word));
    if (!options.label_names.insert(std::move(name)).second) {
      return Error{ErrorCode::kInvalidArgument, "--map names a label of the data twice: " + word,
                   "map"};
    }
  }
  YIXIN_TRY(const LabelledRows rows, ReadRows(flags, path));
  YIXIN_TRY(Assistant assistant, OpenAssistant(flags.model));
  const std::vector<std::string> tasks =
      flags.tasks.empty() ? std::vector<std::string>{ClassifyOptions().task} : flags.tasks;
  std::vector<std::string> names;
  std::vector<std::string> neutral;
  for (const std::string& task : tasks) {
    YIXIN_TRY(TaskFacts facts, assistant.DescribeTask(task));
    if (flags.no_neutral) std::erase(facts.summary.labels, facts.neutral);
    options.setting_labels.push_back(facts.summary.labels);
    names.push_back(facts.summary.name);
    neutral.push_back(facts.neutral);
    YIXIN_CHECK_OK(assistant.WarmUp(task));  // its prefix is not the rows' time
  }
  ProgressBar bar(path, stderr, LiveProgress());
  options.progress = [&](uint64_t done, uint64_t all) {
    bar.Share(static_cast<double>(done) / static_cast<double>(all));
  };
  std::vector<double> seconds(tasks.size());
  const ClassifySetting classify = [&](std::span<const std::string> texts, size_t setting) {
    ClassifyOptions asked;
    asked.task = tasks[setting];
    asked.no_neutral = flags.no_neutral;
    const Clock::time_point began = Clock::now();
    auto answers = assistant.ClassifyBatch(texts, asked, &Interrupts());
    seconds[setting] += std::chrono::duration<double>(Clock::now() - began).count();
    return answers;
  };
  YIXIN_TRY(const Evaluation evaluation, Evaluate(rows.texts, classify, options, &Interrupts()));
  bar.Finish("");
  YIXIN_TRY(auto figures, MeasureSettings(evaluation, rows.texts, names, neutral));
  bool has_failed = rows.bad > 0;
  for (size_t i = 0; i < figures.size(); ++i) {
    figures[i].seconds = seconds[i];
    has_failed = has_failed || figures[i].labels.failed > 0;
  }
  if (flags.json) {
    Json out = EvaluationJson(evaluation, figures);
    out["unreadable_rows"] = rows.bad;
    out["model"] = assistant.facts().name;
    out["kernels"] = assistant.facts().kernels;
    out["no_neutral"] = flags.no_neutral;
    StandardOutput().Line(DumpLine(out));
  } else {
    for (const std::string& line : FormatEvaluation(evaluation, figures)) {
      StandardOutput().Line(Printable(line));
    }
    if (rows.bad > 0) {
      StandardOutput().Line(Printable(fmt::format(
          "  {} rows were left out: they cannot be read, first {}", rows.bad, rows.first_fault)));
    }
  }
  return has_failed ? kSomeRowsFailed : 0;
}

}  // namespace

int RunEval(Words words) {
  EvalFlags flags;
  Arguments arguments(
      "yixin eval [OPTIONS] FILE | -",
      "How good the labels are, on rows that have the truth (CSV, TSV, JSONL): accuracy, F1,\n"
      "mistakes, calibration. A row that fails counts as wrong.\n"
      "\n"
      "Exit codes: 0 all rows were judged; 3 some rows failed or cannot be read; others as yixin\n"
      "analyze.",
      "  yixin eval reviews.csv --map 1=正面 --map 0=负面 --no-neutral\n"
      "  yixin eval dev.jsonl --task sentiment.article.zh --task sentiment.zh\n"
      "  yixin eval everyday.zh.jsonl --group-column kind --split report\n");
  Describe(arguments, &flags);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (arguments.operands().size() != 1) {
    return ReportError({ErrorCode::kInvalidArgument,
                        "give one file of labelled rows, or - for standard input", "FILE"});
  }
  const Operand& input = arguments.operands()[0];
  const InterruptScope interrupts;
  const auto code = RunEvaluation(flags, input.value == "-" && input.literal ? "./-" : input.value);
  if (code) return *code;
  const int exit_code = ReportError(code.error());
  return code.error().code == ErrorCode::kCancelled ? InterruptExitCode() : exit_code;
}

}  // namespace yixin
