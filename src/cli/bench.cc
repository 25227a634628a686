// yixin bench: how fast this machine runs a model, and how much of the machine that is.
// Tested by: tests/e2e/bench_test.py
#include <fmt/format.h>

#include <algorithm>

#include "bench/report.h"
#include "bench/suite.h"
#include "cli/console.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/model_options.h"
#include "cli/progress_bar.h"
#include "cli/verbs.h"

namespace yixin {
namespace {

constexpr size_t kMostTextBytes = size_t{64} << 20;
constexpr int kChatContext = 2048;

struct BenchFlags {
  ModelOptions model;
  std::optional<int> rounds;
  std::string only;
  std::string texts;
  bool quick = false;
  bool json = false;
  bool chat_memory = false;  // what the row `memory` starts: prints bytes and nothing else
};

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

Status PrintChatMemory(const BenchFlags& flags) {
  YIXIN_TRY(Assistant assistant, OpenAssistant(flags.model));
  YIXIN_TRY(const uint64_t bytes, MeasureChatMemory(assistant, flags.quick, &Interrupts()));
  StandardOutput().Line(std::to_string(bytes));
  return {};
}

Status Measure(BenchFlags flags) {
  BenchOptions options;
  YIXIN_TRY(options.rows, SelectRows(flags.only));
  if (!flags.texts.empty()) {
    YIXIN_TRY(const std::string text, ReadWholeFile(flags.texts, kMostTextBytes));
    options.texts = Lines(text);
    if (options.texts.empty()) {
      return Error{ErrorCode::kInvalidText, flags.texts + ": no line of text in it", flags.texts};
    }
  }
  // Located once: the rows that start a program of their own name the same file.
  YIXIN_TRY(flags.model.model, LocateModel(flags.model));
  if (!flags.model.context) {
    int longest = 0;
    for (const Row& row : options.rows) longest = std::max(longest, row.count);
    flags.model.context = std::max(longest, 4096);
  }
  YIXIN_TRY(Assistant assistant, OpenAssistant(flags.model));
  options.rounds = flags.rounds.value_or(flags.quick ? 1 : 5);
  options.quick = flags.quick;
  options.program = "/proc/self/exe";
  options.model_words = {"--model",   flags.model.model,
                         "--threads", std::to_string(assistant.facts().threads),
                         "--context", std::to_string(kChatContext)};
  options.kernels = flags.model.kernels;
  ProgressBar bar("measuring", stderr, LiveProgress());
  options.progress = [&](std::string_view, double share) { bar.Share(share); };
  const InterruptScope interrupts;
  const auto report = RunBench(assistant, options, &Interrupts());
  bar.Finish("");
  if (!report) return report.error();
  if (flags.json) {
    StandardOutput().Line(DumpLine(ToJson(*report)));
  } else {
    for (const std::string& line : ToLines(*report)) StandardOutput().Line(line);
  }
  return {};
}

}  // namespace

int RunBenchVerb(Words words) {
  BenchFlags flags;
  Arguments arguments(
      "yixin bench [OPTIONS]",
      "Measures prefill, decode, labels, start and memory in interleaved rounds: medians, how far\n"
      "the rounds spread, and the share of the machine's arithmetic and memory bandwidth, which\n"
      "are measured in the same rounds. Close other programs first.",
      "  yixin bench\n"
      "  yixin bench --only prefill,decode.1 --rounds 9\n"
      "  yixin bench --only context-prefill,context-decode --rounds 1   up to 32,768 tokens\n"
      "  yixin bench --kernels avx2 --json\n");
  AddModelOptions(arguments, &flags.model);
  arguments.AddText("--kernels", "NAME", "force a kernel table (yixin doctor lists them)",
                    &flags.model.kernels);
  arguments.AddInteger("--rounds", "rounds (default 5)", 1, 1000, &flags.rounds);
  arguments.AddText("--only", "ROWS",
                    "prefill, decode, labels, start, memory, context-prefill, context-decode; or "
                    "one row: prefill.512",
                    &flags.only);
  arguments.AddText("--texts", "FILE", "texts to label, one a line (default: made up)",
                    &flags.texts);
  arguments.AddFlag("--quick", "one short round: a check that all works, no measurement",
                    &flags.quick);
  arguments.AddFlag("--json", "one JSON object", &flags.json);
  arguments.AddFlag("--chat-memory",
                    "only the peak memory in bytes of this process after a chat of 2,048 tokens",
                    &flags.chat_memory);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (!arguments.operands().empty()) {
    return ReportError({ErrorCode::kInvalidArgument, "bench takes no texts; --texts FILE", "TEXT"});
  }
  const Status status = flags.chat_memory ? PrintChatMemory(flags) : Measure(flags);
  return status ? 0 : ReportError(status.error());
}

}  // namespace yixin
