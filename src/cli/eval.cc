// yixin eval: how good the labels of tasks are, on rows whose labels are known. The figures are the
// room eval's; here are the words, the reading and the bar.
// Tested by: tests/e2e/eval_test.py
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <optional>
#include <utility>

#include "bulk/batch_reader.h"
#include "bulk/bulk_input.h"
#include "cli/analyze_flags.h"
#include "cli/console.h"
#include "cli/data_columns.h"
#include "cli/eval_page.h"
#include "cli/eval_view.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/model_options.h"
#include "cli/page_options.h"
#include "cli/progress_bar.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "yixin/version.h"

namespace yixin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSomeRowsFailed = 3;  // as yixin analyze
constexpr size_t kPriorRows = 200;  // as yixin analyze

struct EvalFlags {
  AnalyzeFlags input;               // model, and how the file is read
  std::vector<std::string> models;  // none: the default one
  std::vector<std::string> tasks;
  std::vector<std::string> names;  // --map
  DataColumns columns;
  std::optional<int> limit;
  bool no_neutral = false;
  bool untaught = false;
  bool beside_untaught = false;
  bool json = false;
  std::string html;
  std::string html_language;
};

// A task, the model that is asked and how.
struct Setting {
  size_t model = 0;  // of the open assistants
  std::string name;
  TaskFacts facts;
  ClassifyOptions options;
  double seconds = 0;
};

void Describe(Arguments& arguments, EvalFlags* flags) {
  arguments.AddTexts("-m,--model", "NAME|ORG/REPO|PATH",
                     "the model (see: yixin models); several stand side by side, each in memory",
                     &flags->models);
  AddComputeOptions(arguments, &flags->input.model);
  arguments.AddText("--kernels", "NAME", "force a kernel table (yixin doctor lists them)",
                    &flags->input.model.kernels);
  arguments.AddTexts("--task", "NAME|FILE",
                     "sentiment.zh (default); several stand side by side, on the same rows",
                     &flags->tasks);
  AddDataFlags(arguments, &flags->columns, &flags->input);
  arguments.AddTexts("--map", "DATA=TASK",
                     "a label of the data and the task's name for it: --map 1=正面 --map 0=负面",
                     &flags->names);
  arguments.AddText("--group-column", "NAME", "figures for each value of this column",
                    &flags->columns.group);
  arguments.AddInteger("--limit", "only the first N rows", 1, std::numeric_limits<int>::max(),
                       &flags->limit);
  arguments.AddFlag("--no-neutral", "leave the neutral label out, where the task has probabilities",
                    &flags->no_neutral);
  arguments.AddFlag("--untaught", "leave the tasks' heads out", &flags->untaught);
  arguments.AddFlag("--beside-untaught", "each task once more, without its head",
                    &flags->beside_untaught);
  arguments.AddFlag("--json", "everything as a JSON object", &flags->json);
  arguments.AddText("--html", "FILE.html", "everything as a page to read, beside what is printed",
                    &flags->html);
  arguments.AddChoice("--html-language", {"zh", "en"},
                      "what the page opens in (default: by the locale)", &flags->html_language);
}

struct LabelledRows {
  std::vector<LabelledText> texts;
  std::string input;  // what it is, for a person
  uint64_t bad = 0;   // rows that cannot be read
  std::string first_fault;
};

Result<LabelledRows> ReadRows(const EvalFlags& flags, const std::string& path) {
  YIXIN_TRY(const TableOptions options, ToTableOptions(flags.input));
  YIXIN_TRY(BulkInput input, BulkInput::Open(path, options, &Interrupts()));
  RowReader& reader = input.reader();
  BatchReader batches(reader, {});
  YIXIN_TRY(const auto first, batches.Peek(kPeekRows, kPeekBytes));
  YIXIN_TRY(const ColumnPlaces places, FindDataColumns(reader, flags.columns, first));
  LabelledRows out;
  const std::vector<std::string>& columns = reader.shape().columns;
  out.input = fmt::format("{}: {}; texts in \"{}\", truth in \"{}\"", input.name(),
                          Describe(reader.shape()), columns[places.text], columns[places.label]);
  const auto limit = static_cast<size_t>(flags.limit.value_or(std::numeric_limits<int>::max()));
  const auto take = [&](const TableRow& row) {
    if (out.texts.size() >= limit) return;
    if (row.fault != RowFault::kNone) {
      if (out.bad++ == 0) out.first_fault = row.message;
    } else if (!places.split || row.cells[*places.split] == flags.columns.split) {
      out.texts.push_back({row.cells[places.text], row.cells[places.label],
                           places.group ? row.cells[*places.group] : "", row.position.line});
    }
  };
  for (const TableRow& row : first) take(row);
  for (TableRow row; out.texts.size() < limit;) {
    YIXIN_TRY(const bool is_there, reader.Next(row));
    if (!is_there) break;
    take(row);
  }
  if (!out.texts.empty()) return out;
  std::string why = "no rows to judge";
  if (places.split) {
    why += fmt::format(" with \"{}\" in the column \"{}\"", flags.columns.split,
                       columns[*places.split]);
  }
  if (out.bad > 0) why += fmt::format("; {} cannot be read, first {}", out.bad, out.first_fault);
  return Error{ErrorCode::kInvalidFile, why, path};
}

// What it may answer, so that every label has a row and a column.
std::vector<std::string> LabelsOf(const Setting& setting) {
  std::vector<std::string> labels = setting.facts.scored;
  if (labels.empty()) labels = setting.facts.summary.labels;
  const std::string& neutral = setting.facts.neutral;
  if (setting.options.no_neutral) {
    std::erase(labels, neutral);
  } else if (!neutral.empty() && std::find(labels.begin(), labels.end(), neutral) == labels.end()) {
    labels.push_back(neutral);
  }
  return labels;
}

// Its options, and what its tables are called.
Result<Setting> OpenSetting(Assistant& assistant, const EvalFlags& flags, const std::string& task,
                            bool untaught, std::span<const std::string> first_texts) {
  Setting out;
  YIXIN_TRY(out.facts, untaught ? assistant.DescribeUntaught(task) : assistant.DescribeTask(task));
  out.name = out.facts.summary.name + (untaught ? " untaught" : "");
  if (flags.models.size() > 1) out.name += ", " + assistant.facts().name;
  out.options.task = task;
  out.options.untaught = untaught;
  out.options.no_neutral = flags.no_neutral && out.facts.summary.mode != "generate";
  if (flags.no_neutral && !out.options.no_neutral) {
    PrintNote(out.name + " generates text: it may say " + out.facts.neutral +
              " in spite of --no-neutral");
  }
  if (!out.facts.note.empty()) PrintNote(out.facts.note);
  if (out.facts.needs_prior) {
    YIXIN_TRY(out.options.prior, assistant.EstimatePrior(first_texts, out.options, &Interrupts()));
  }
  YIXIN_CHECK_OK(assistant.WarmUp(task));  // its prefix is not the rows' time
  return out;
}

std::vector<std::string> FirstTexts(const LabelledRows& rows) {
  std::vector<std::string> out;
  for (const LabelledText& row : rows.texts) {
    if (out.size() == kPriorRows) break;
    out.push_back(row.text);
  }
  return out;
}

Result<std::vector<Setting>> OpenSettings(std::span<Assistant> assistants, const EvalFlags& flags,
                                          const LabelledRows& rows) {
  const std::vector<std::string> first = FirstTexts(rows);
  const std::vector<std::string> tasks =
      flags.tasks.empty() ? std::vector<std::string>{ClassifyOptions().task} : flags.tasks;
  std::vector<Setting> out;
  for (size_t model = 0; model < assistants.size(); ++model) {
    for (const std::string& task : tasks) {
      for (const bool untaught : {false, true}) {
        if (untaught ? !(flags.untaught || flags.beside_untaught) : flags.untaught) continue;
        YIXIN_TRY(Setting setting, OpenSetting(assistants[model], flags, task, untaught, first));
        setting.model = model;
        out.push_back(std::move(setting));
      }
    }
  }
  return out;
}

Result<std::vector<Assistant>> OpenModels(const EvalFlags& flags) {
  std::vector<Assistant> out;
  for (const std::string& model :
       flags.models.empty() ? std::vector<std::string>{""} : flags.models) {
    ModelOptions options = flags.input.model;
    options.model = model;
    YIXIN_TRY(Assistant assistant, OpenAssistant(options));
    out.push_back(std::move(assistant));
  }
  return out;
}

void Show(const EvalFlags& flags, const LabelledRows& rows, std::span<const Assistant> assistants,
          const Evaluation& evaluation, const std::vector<SettingFigures>& figures) {
  if (flags.json) {
    Json out = EvaluationJson(evaluation, figures);
    out["unreadable_rows"] = rows.bad;
    for (const Assistant& assistant : assistants) {
      out["models"].push_back(
          {{"name", assistant.facts().name}, {"kernels", assistant.facts().kernels}});
    }
    out["no_neutral"] = flags.no_neutral;
    StandardOutput().Line(DumpLine(out));
    return;
  }
  for (const std::string& line : FormatEvaluation(evaluation, figures)) {
    StandardOutput().Line(Printable(line));
  }
  if (rows.bad == 0) return;
  StandardOutput().Line(Printable(fmt::format(
      "  {} rows were left out: they cannot be read, first {}", rows.bad, rows.first_fault)));
}

Status WritePage(const EvalFlags& flags, const std::string& path,
                 std::span<const Assistant> assistants, const Evaluation& evaluation,
                 const std::vector<SettingFigures>& figures) {
  EvalPageFacts facts;
  facts.language = ChoosePageLanguage(flags.html_language);
  // A page is handed on; where the file lies here is nobody's business.
  facts.input = path == "-" ? "-" : std::filesystem::path(path).filename().string();
  for (const Assistant& assistant : assistants) {
    facts.models += (facts.models.empty() ? "" : ", ") + assistant.facts().name;
    facts.kernels = assistant.facts().kernels;
  }
  facts.version = kVersion;
  facts.made = NowForPeople();
  return WriteWholeFile(flags.html, RenderEvalPage(facts, evaluation, figures));
}

Status CheckHtml(const EvalFlags& flags, const std::string& path) {
  if (flags.html.empty()) {
    if (flags.html_language.empty()) return {};
    return Error{ErrorCode::kInvalidArgument, "--html-language is for --html", "--html-language"};
  }
  std::error_code ignored;
  if (flags.html == path || std::filesystem::equivalent(flags.html, path, ignored)) {
    return Error{ErrorCode::kInvalidArgument, "--html: is the file of the rows", flags.html};
  }
  return CheckPageFolder("--html", flags.html);
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
  YIXIN_CHECK_OK(CheckHtml(flags, path));
  YIXIN_TRY(const LabelledRows rows, ReadRows(flags, path));
  if (LiveProgress()) PrintNote(rows.input);
  YIXIN_TRY(std::vector<Assistant> assistants, OpenModels(flags));
  YIXIN_TRY(std::vector<Setting> settings, OpenSettings(assistants, flags, rows));
  std::vector<std::string> names;
  std::vector<std::string> neutral;
  for (const Setting& setting : settings) {
    options.setting_labels.push_back(LabelsOf(setting));
    names.push_back(setting.name);
    neutral.push_back(setting.facts.neutral);
  }
  ProgressBar bar(path, stderr, LiveProgress());
  options.progress = [&](uint64_t done, uint64_t all) {
    bar.Share(static_cast<double>(done) / static_cast<double>(all));
  };
  const ClassifySetting classify = [&](std::span<const std::string> texts, size_t index) {
    const Clock::time_point began = Clock::now();
    Setting& setting = settings[index];
    auto answers = assistants[setting.model].ClassifyBatch(texts, setting.options, &Interrupts());
    setting.seconds += std::chrono::duration<double>(Clock::now() - began).count();
    return answers;
  };
  YIXIN_TRY(const Evaluation evaluation, Evaluate(rows.texts, classify, options, &Interrupts()));
  bar.Finish("");
  YIXIN_TRY(auto figures, MeasureSettings(evaluation, rows.texts, names, neutral));
  bool has_failed = rows.bad > 0;
  for (size_t i = 0; i < figures.size(); ++i) {
    figures[i].seconds = settings[i].seconds;
    has_failed = has_failed || figures[i].labels.failed > 0;
  }
  Show(flags, rows, assistants, evaluation, figures);
  if (!flags.html.empty()) {
    YIXIN_CHECK_OK(WritePage(flags, path, assistants, evaluation, figures));
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
      "  yixin eval everyday.zh.jsonl --group-column kind --split report --html figures.html\n"
      "  yixin eval dev.csv --model qwen2.5-coder-0.5b --model smollm2\n");
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
