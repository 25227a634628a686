// yixin demo: the reviews that ship with it, labelled on this computer: a line each, a chart, and
// how fast that was.
// Tested by: tests/e2e/demo_test.py
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "cli/console.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/model_options.h"
#include "cli/mood.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "yixin/system.h"

namespace yixin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMostBytes = size_t{1} << 20;
// Enough runs for a median, and never long: a slow machine has fewer.
constexpr int kRuns = 5;
constexpr double kEnoughSeconds = 5;
constexpr size_t kBarColumns = 30;

struct DemoFlags {
  ModelOptions model;
  bool json = false;
};

struct Demo {
  std::vector<std::string> texts;
  TaskFacts task;
  std::vector<Classification> labels;
  double labels_per_s = 0;
  int runs = 0;
};

Result<std::vector<std::string>> ReadReviews() {
  const std::string share = DescribeSystem().share_path;
  if (share.empty()) {
    return Error{ErrorCode::kNotFound,
                 "the folder share/ of yixin, which has the reviews, is not found; yixin doctor "
                 "says where it was looked for",
                 "share"};
  }
  const std::filesystem::path path = std::filesystem::path(share) / "demo" / "reviews.zh.txt";
  YIXIN_TRY(const std::string bytes, ReadWholeFile(path.string(), kMostBytes));
  std::vector<std::string> texts;
  for (size_t begin = 0; begin < bytes.size();) {
    const size_t end = std::min(bytes.find('\n', begin), bytes.size());
    if (end > begin) texts.push_back(bytes.substr(begin, end - begin));
    begin = end + 1;
  }
  return texts;
}

Result<Demo> RunDemoOf(Assistant& assistant) {
  Demo demo;
  YIXIN_TRY(demo.texts, ReadReviews());
  const ClassifyOptions options;
  YIXIN_TRY(demo.task, assistant.DescribeTask(options.task));
  YIXIN_CHECK_OK(assistant.WarmUp(options.task));  // the examples in its prompt, once
  std::vector<double> seconds;
  double spent = 0;
  while (demo.runs < kRuns && spent < kEnoughSeconds) {
    const Clock::time_point start = Clock::now();
    YIXIN_TRY(const auto results, assistant.ClassifyBatch(demo.texts, options, &Interrupts()));
    seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    spent += seconds.back();
    ++demo.runs;
    if (demo.runs > 1) continue;
    for (const auto& result : results) {
      if (!result) return result.error();
      demo.labels.push_back(*result);
    }
  }
  const auto median = seconds.begin() + static_cast<ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), median, seconds.end());
  demo.labels_per_s = static_cast<double>(demo.texts.size()) / *median;
  return demo;
}

std::vector<std::pair<std::string, size_t>> Count(const Demo& demo) {
  std::vector<std::pair<std::string, size_t>> counts;
  for (const std::string& label : demo.task.summary.labels) {
    const auto given = std::ranges::count(demo.labels, label, &Classification::label);
    counts.emplace_back(label, static_cast<size_t>(given));
  }
  return counts;
}

void ShowReviews(const Demo& demo, size_t columns, bool colours) {
  for (size_t i = 0; i < demo.texts.size(); ++i) {
    const Classification& one = demo.labels[i];
    const std::string head =
        fmt::format("{} {} {:.2f}", MoodFace(one.label), one.label, LabelProbability(one));
    const size_t room = columns - std::min(columns, DisplayWidth(head) + 4);
    const bool fits = DisplayWidth(demo.texts[i]) <= room;
    StandardOutput().Line(fmt::format("  {}  {}", Painted(head, MoodColour(one.label), colours),
                                      fits ? demo.texts[i] : FitColumns(demo.texts[i], room)));
  }
}

void ShowChart(const Demo& demo, bool colours) {
  const auto counts = Count(demo);
  size_t most = 1;
  for (const auto& [label, count] : counts) most = std::max(most, count);
  StandardOutput().Line("");
  for (const auto& [label, count] : counts) {
    std::string bar;
    for (size_t i = 0; i < count * kBarColumns / most; ++i) bar += "█";
    StandardOutput().Line(
        fmt::format("  {} {} {}", label, Painted(bar, MoodColour(label), colours), count));
  }
}

void Show(const Demo& demo, const ModelFacts& model) {
  const bool colours = WantsColour(STDOUT_FILENO);
  const bool is_terminal = IsTerminal(STDOUT_FILENO);
  ShowReviews(demo,
              is_terminal ? static_cast<size_t>(TerminalColumns(STDOUT_FILENO)) : size_t{10000},
              colours);
  ShowChart(demo, colours);
  StandardOutput().Line("");
  StandardOutput().Line(
      fmt::format("  {:.0f} labels a second on this computer: {} threads, kernels {}, {}",
                  demo.labels_per_s, model.threads, model.kernels, model.name));
  StandardOutput().Line("  a file of your own: yixin analyze reviews.csv -o labels.csv");
}

Json ToJson(const Demo& demo, const ModelFacts& model) {
  Json out;
  out["reviews"] = Json::array();
  for (size_t i = 0; i < demo.texts.size(); ++i) {
    Json row = {{"text", demo.texts[i]}, {"label", demo.labels[i].label}};
    row["probs"] = Json::object();
    for (const auto& [label, share] : demo.labels[i].probs) row["probs"][label] = share;
    out["reviews"].push_back(std::move(row));
  }
  for (const auto& [label, count] : Count(demo)) out["counts"][label] = count;
  out["labels_per_s"] = demo.labels_per_s;
  out["runs"] = demo.runs;
  out["task"] = demo.task.summary.name;
  out["model"] = model.name;
  out["kernels"] = model.kernels;
  out["threads"] = model.threads;
  return out;
}

}  // namespace

int RunDemo(Words words) {
  DemoFlags flags;
  Arguments arguments(
      "yixin demo [OPTIONS]",
      "Twenty reviews that ship with yixin, labelled here and now: what each says,\n"
      "a chart, and how many such labels this computer makes a second.",
      "  yixin demo\n");
  AddModelOptions(arguments, &flags.model);
  arguments.AddFlag("--json", "everything as a JSON object", &flags.json);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (!arguments.operands().empty()) {
    return ReportError({ErrorCode::kInvalidArgument,
                        "takes no texts; yixin classify labels texts, yixin analyze files",
                        "operand"});
  }
  const InterruptScope interrupts;
  auto assistant = OpenAssistant(flags.model);
  if (!assistant) return ReportError(assistant.error());
  const auto demo = RunDemoOf(*assistant);
  if (!demo) {
    const int code = ReportError(demo.error());
    return demo.error().code == ErrorCode::kCancelled ? InterruptExitCode() : code;
  }
  if (flags.json) {
    StandardOutput().Line(DumpLine(ToJson(*demo, assistant->facts())));
  } else {
    Show(*demo, assistant->facts());
  }
  return 0;
}

}  // namespace yixin
