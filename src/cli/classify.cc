// yixin classify: labels and probabilities of texts, from the command line or line by line from
// standard input, in batches that share one pass.
// Tested by: tests/e2e/classify_test.py
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/line_reader.h"
#include "cli/model_options.h"
#include "cli/mood.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "yixin/error_table.h"
#include "yixin/utf8.h"

namespace yixin {
namespace {

constexpr size_t kBatchLines = 64;               // rows that keep the kernels busy
constexpr size_t kBatchBytes = size_t{1} << 20;  // so that long lines do not pile up

struct ClassifyFlags {
  ModelOptions model;
  ClassifyOptions options;
  std::string truncate;
  bool json = false;
  bool replace = false;
};

void Describe(Arguments& arguments, ClassifyFlags* flags) {
  AddModelOptions(arguments, &flags->model);
  arguments.AddText("--task", "NAME|FILE",
                    "sentiment.zh (default), sentiment.article.zh, a TOML file",
                    &flags->options.task);
  arguments.AddFlag("--json", "a JSON object a text", &flags->json);
  arguments.AddFlag("--no-neutral", "leave the neutral label out", &flags->options.no_neutral);
  arguments.AddFlag("--untaught", "leave the task's head out (docs/fit.md)",
                    &flags->options.untaught);
  arguments.AddChoice("--truncate", {"head", "tail", "middle"},
                      "what is kept of a text that is too long (both ends: middle)",
                      &flags->truncate);
  arguments.AddFlag("--replace", "bytes that are not UTF-8 become U+FFFD instead of an error",
                    &flags->replace);
}

Truncation ToTruncation(std::string_view name) {
  if (name == "head") return Truncation::kHead;
  if (name == "tail") return Truncation::kTail;
  if (name == "middle") return Truncation::kMiddle;
  return Truncation::kError;
}

// A text, or why there is none, and its line where it has one.
struct Input {
  std::string text;
  std::optional<uint64_t> line;
  std::optional<Error> failure;
};

class Classifier {
 public:
  Classifier(Assistant& assistant, const ClassifyFlags& flags)
      : assistant_(assistant),
        flags_(flags),
        colours_(WantsColour(STDOUT_FILENO)),
        columns_(IsTerminal(STDOUT_FILENO) ? static_cast<size_t>(TerminalColumns(STDOUT_FILENO))
                                           : 0) {}

  // Prints a line for every input, in order. Errors: what concerns the task and not a text.
  Status Run(std::vector<Input> inputs) {
    std::vector<std::string> texts;
    for (Input& input : inputs) {
      if (flags_.replace) input.text = ReplaceInvalidUtf8(input.text);
      if (!input.failure) texts.push_back(input.text);
    }
    YIXIN_TRY(const auto results, assistant_.ClassifyBatch(texts, flags_.options));
    size_t next = 0;
    for (const Input& input : inputs) {
      if (input.failure) {
        Fail(*input.failure, input.line);
      } else if (const auto& result = results[next++]; result) {
        Show(*result, input.text);
      } else {
        Fail(result.error(), input.line);
      }
    }
    StandardOutput().Flush();
    return {};
  }

  int exit_code() const { return exit_code_; }

 private:
  void Show(const Classification& classification, const std::string& text) {
    if (flags_.json) {
      StandardOutput().Write(DumpLine(ToJson(classification)) + "\n");
      return;
    }
    std::string head = fmt::format("{} {}", MoodFace(classification.label), classification.label);
    const double probability = LabelProbability(classification);
    if (!std::isnan(probability)) head += fmt::format(" ({:.2f})", probability);
    std::string tail;
    for (const auto& [label, share] : classification.probs) {
      tail += fmt::format("{}{} {:.3f}", tail.empty() ? "  " : " · ", label, share);
    }
    std::string shown = Printable(text);
    std::replace(shown.begin(), shown.end(), '\n', ' ');
    std::replace(shown.begin(), shown.end(), '\t', ' ');
    const size_t taken = DisplayWidth(head) + 2 + DisplayWidth(tail);
    if (columns_ > taken + 10 && DisplayWidth(shown) > columns_ - taken) {
      shown = FitColumns(shown, columns_ - taken);
    }
    StandardOutput().Write(fmt::format("{}  {}{}\n",
                                       Painted(head, MoodColour(classification.label), colours_),
                                       shown, Painted(tail, Colour::kDim, colours_)));
  }

  void Fail(const Error& error, std::optional<uint64_t> line) {
    if (exit_code_ == 0) exit_code_ = TraitsOf(error.code).exit_code;
    if (flags_.json) {
      StandardOutput().Write(DumpLine(ToJson(error, line)) + "\n");
    } else if (line) {
      ReportLineError(error, *line);
    } else {
      ReportError(error);
    }
  }

  Assistant& assistant_;
  const ClassifyFlags& flags_;
  bool colours_;
  size_t columns_;  // 0: no terminal, nothing is cut
  int exit_code_ = 0;
};

// Lines that are there already go together; a slow writer gets each answer at once.
Status ClassifyLines(Classifier& classifier) {
  LineReader reader(STDIN_FILENO);
  for (bool more = true; more && StandardOutput().ok();) {
    std::vector<Input> batch;
    size_t bytes = 0;
    do {
      YIXIN_TRY(auto line, reader.Next());
      more = line.has_value();
      if (!more) break;
      Input input{std::move(line->text), line->number, std::nullopt};
      if (line->too_long) {
        input.failure = Error{ErrorCode::kInvalidText, "the line is longer than 16 MiB", ""};
      }
      bytes += input.text.size();
      batch.push_back(std::move(input));
    } while (batch.size() < kBatchLines && bytes < kBatchBytes && reader.Ready());
    if (!batch.empty()) YIXIN_CHECK_OK(classifier.Run(std::move(batch)));
  }
  return {};
}

Status ClassifyOperands(Classifier& classifier, const std::vector<Operand>& operands) {
  std::vector<Input> batch;
  for (const Operand& operand : operands) {
    if (!operand.is_standard_input()) {
      batch.push_back({operand.value, std::nullopt, std::nullopt});
      if (batch.size() < kBatchLines) continue;
    }
    if (!batch.empty()) YIXIN_CHECK_OK(classifier.Run(std::exchange(batch, {})));
    if (operand.is_standard_input()) YIXIN_CHECK_OK(ClassifyLines(classifier));
  }
  if (!batch.empty()) YIXIN_CHECK_OK(classifier.Run(std::move(batch)));
  return {};
}

}  // namespace

int RunClassify(Words words) {
  ClassifyFlags flags;
  Arguments arguments("yixin classify [OPTIONS] TEXT... | -",
                      "The label of each text, with probabilities. `-` stands for the lines of "
                      "standard input; what\n"
                      "stands after `--` is text, whatever it begins with.",
                      "  yixin classify 今天真开心 '[流泪] 又下雨了'\n"
                      "  yixin classify --json - < comments.txt\n"
                      "  yixin classify --task sentiment.article.zh -- '-_- 无语'\n");
  Describe(arguments, &flags);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (arguments.operands().empty()) {
    return ReportError({ErrorCode::kInvalidArgument,
                        "give the texts to classify, or - for the lines of standard input",
                        "TEXT"});
  }
  flags.options.truncation = ToTruncation(flags.truncate);
  auto assistant = OpenAssistant(flags.model);
  if (!assistant) return ReportError(assistant.error());
  PrintTaskNote(*assistant, flags.options.task);
  Classifier classifier(*assistant, flags);
  if (auto status = ClassifyOperands(classifier, arguments.operands()); !status) {
    return ReportError(status.error());
  }
  return classifier.exit_code();
}

}  // namespace yixin
