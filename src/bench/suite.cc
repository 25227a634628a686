// Tested by: suite_test.cc, tests/e2e/bench_test.py
#include "bench/suite.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <map>
#include <utility>

#include "bench/child_process.h"
#include "bench/review_texts.h"
#include "yixin/system.h"

namespace yixin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kMegabyte = 1e6;
// A prompt before each stream's first new token: short, so that decoding is what is measured.
constexpr int kDecodePrompt = 64;
// Tokens of each stream: enough that the clock and the first pass do not count.
constexpr int kDecodeTokens = 48;
constexpr int kContextDecodeTokens = 16;
constexpr int kManyTexts = 256;  // four full batches and more: prefill's rate, not its edges
constexpr int kFewTexts = 16;    // one at a time
constexpr int kChatContext = 2048;

struct Group {
  std::string_view name;
  RowKind kind;
  std::string_view unit;
  std::vector<int> counts;
  bool asked_only;
};

const std::vector<Group>& Groups() {
  static const std::vector<Group> groups{
      {"prefill", RowKind::kPrefill, "tok/s", {64, 512, 2048}, false},
      {"decode", RowKind::kDecode, "tok/s", {1, 4, 8, 16}, false},
      {"labels", RowKind::kLabels, "labels/s", {1, kManyTexts}, false},
      {"start", RowKind::kStart, "ms", {0}, false},
      {"memory", RowKind::kMemory, "MB", {0}, false},
      {"context-prefill", RowKind::kContext, "tok/s", {512, 2048, 8192, 32768}, true},
      // Measured in the same runs as the rows above it.
      {"context-decode", RowKind::kContext, "tok/s", {512, 2048, 8192, 32768}, true},
  };
  return groups;
}

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

bool IsContextDecode(const Row& row) { return row.name.starts_with("context-decode"); }

// One run of rows over one assistant.
class Bench {
 public:
  Bench(Assistant& assistant, const BenchOptions& options, const StopFlag* stop)
      : assistant_(assistant),
        options_(options),
        stop_(stop),
        texts_(options.texts.empty() ? MakeReviews(kManyTexts) : options.texts) {}

  // Out: the row's number in its unit. In: result's costs are filled in.
  Result<double> Measure(RowResult& result) {
    const Row& row = result.row;
    switch (row.kind) {
      case RowKind::kPrefill:
        return Prefill(row.count, result);
      case RowKind::kDecode:
        return Decode({row.count, kDecodePrompt, options_.quick ? 4 : kDecodeTokens}, result);
      case RowKind::kLabels:
        return Labels(row.count, result);
      case RowKind::kStart:
        return Start();
      case RowKind::kMemory:
        return Memory();
      case RowKind::kContext:
        return Context(row.count, IsContextDecode(row), result);
    }
    return Error{ErrorCode::kInternal, "no such row", row.name};
  }

 private:
  double PrefillOperations(int tokens) const {
    const ModelCost cost = assistant_.cost();
    const double mean_context = (tokens + 1) / 2.0;
    return cost.layer_operations + cost.attention_operations * mean_context +
           cost.head_operations / tokens;
  }

  Result<double> Prefill(int tokens, RowResult& result) {
    result.operations = PrefillOperations(tokens);
    YIXIN_TRY(const PassTiming timing,
              assistant_.Measure({.streams = 1, .prompt_tokens = tokens}, stop_));
    return tokens / timing.prefill_ms * 1000;
  }

  void CountDecode(const PassShape& shape, RowResult& result) const {
    const ModelCost cost = assistant_.cost();
    const double context = shape.prompt_tokens + shape.new_tokens / 2.0;
    result.operations =
        cost.layer_operations + cost.head_operations + cost.attention_operations * context;
    // Weights are read once a pass for all streams, keys and values for each.
    result.bytes = static_cast<double>(cost.layer_bytes + cost.head_bytes) / shape.streams +
                   static_cast<double>(cost.kv_bytes) * context;
  }

  Result<double> Decode(const PassShape& shape, RowResult& result) {
    CountDecode(shape, result);
    YIXIN_TRY(const PassTiming timing, assistant_.Measure(shape, stop_));
    return shape.streams * shape.new_tokens / timing.decode_ms * 1000;
  }

  // A long context is computed once for both of its rows: what the first one measured is kept for
  // the second.
  Result<double> Context(int depth, bool decode, RowResult& result) {
    const int new_tokens = options_.quick ? 2 : kContextDecodeTokens;
    const PassShape shape{1, depth - new_tokens, new_tokens};
    if (decode) {
      CountDecode(shape, result);
    } else {
      result.operations = PrefillOperations(shape.prompt_tokens);
    }
    PassTiming timing;
    const auto kept = kept_.find({depth, !decode});
    if (kept != kept_.end()) {
      timing = kept->second;
      kept_.erase(kept);
    } else {
      YIXIN_TRY(timing, assistant_.Measure(shape, stop_));
      kept_.insert_or_assign({depth, decode}, timing);
    }
    return decode ? new_tokens / timing.decode_ms * 1000
                  : shape.prompt_tokens / timing.prefill_ms * 1000;
  }

  // By all layers and the output head, whatever head the default task has.
  Result<double> Labels(int a_call, RowResult& result) {
    const bool one = a_call == 1;
    size_t count = one ? kFewTexts : kManyTexts;
    if (options_.quick) count = 4;
    count = std::min(count, texts_.size());
    const uint64_t computed = assistant_.stats().tokens_computed;
    const auto start = Clock::now();
    for (size_t begin = 0; begin < count;) {
      const size_t size = one ? 1 : count;
      YIXIN_TRY(const auto labels, assistant_.ClassifyBatch(std::span(texts_).subspan(begin, size),
                                                            {.untaught = true}, stop_));
      for (const auto& label : labels) {
        if (!label) return label.error();
      }
      begin += size;
    }
    const double seconds = SecondsSince(start);
    const auto tokens = static_cast<double>(assistant_.stats().tokens_computed - computed);
    result.operations = assistant_.cost().layer_operations * tokens / static_cast<double>(count);
    return static_cast<double>(count) / seconds;
  }

  ChildCommand Command(std::vector<std::string> words) const {
    ChildCommand command;
    command.program = options_.program;
    command.words = std::move(words);
    command.words.insert(command.words.end(), options_.model_words.begin(),
                         options_.model_words.end());
    if (!options_.kernels.empty()) command.variables = {{"YIXIN_KERNELS", options_.kernels}};
    return command;
  }

  // Process start to the label on standard output.
  Result<double> Start() {
    ChildCommand command = Command({"classify"});
    command.words.insert(command.words.end(), {"--", texts_.front()});
    YIXIN_TRY(const ChildOutput output, RunChild(command, stop_));
    return output.first_byte_ms;
  }

  Result<double> Memory() {
    std::vector<std::string> words{"bench", "--chat-memory"};
    if (options_.quick) words.emplace_back("--quick");
    YIXIN_TRY(const ChildOutput output, RunChild(Command(std::move(words)), stop_));
    const double bytes = std::atof(output.text.c_str());
    if (bytes <= 0) {
      return Error{ErrorCode::kInternal, "the child's peak memory is not a number", "memory"};
    }
    return bytes / kMegabyte;
  }

  Assistant& assistant_;
  const BenchOptions& options_;
  const StopFlag* stop_;
  std::vector<std::string> texts_;
  // Runs of which one row has taken its number: by depth, and whether that was decode.
  std::map<std::pair<int, bool>, PassTiming> kept_;
};

Error WithRow(const Error& error, const Row& row) {
  if (error.code == ErrorCode::kCancelled) return error;
  return {error.code, row.name + ": " + error.message, row.name};
}

}  // namespace

const std::vector<Row>& AllRows() {
  static const std::vector<Row> rows = [] {
    std::vector<Row> all;
    for (const Group& group : Groups()) {
      for (const int count : group.counts) {
        std::string name(group.name);
        if (count > 0) name.append(".").append(std::to_string(count));
        all.push_back({group.kind, count, std::move(name), group.unit, group.asked_only});
      }
    }
    return all;
  }();
  return rows;
}

Result<std::vector<Row>> SelectRows(std::string_view only) {
  std::vector<bool> wanted;
  for (const Row& row : AllRows()) wanted.push_back(only.empty() && !row.asked_only);
  while (!only.empty()) {
    const size_t comma = std::min(only.find(','), only.size());
    const std::string_view name = only.substr(0, comma);
    only.remove_prefix(std::min(comma + 1, only.size()));
    bool found = false;
    for (size_t i = 0; i < wanted.size(); ++i) {
      const std::string& row = AllRows()[i].name;
      if (row == name || row.starts_with(std::string(name) + ".")) found = wanted[i] = true;
    }
    if (!found) {
      std::string known;
      for (const Group& group : Groups()) known.append(" ").append(group.name);
      return Error{
          ErrorCode::kInvalidArgument,
          "no row \"" + std::string(name) + "\"; groups:" + known + "; a row of one: prefill.512",
          "--only"};
    }
  }
  std::vector<Row> rows;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) rows.push_back(AllRows()[i]);
  }
  return rows;
}

Result<BenchReport> RunBench(Assistant& assistant, const BenchOptions& options,
                             const StopFlag* stop) {
  BenchReport report;
  report.model = assistant.facts();
  report.cpu = DescribeSystem().cpu;
  report.quick = options.quick;
  for (const Row& row : options.rows) {
    // A row that the context is too short for is left out, not refused: small models have less.
    if (row.count > report.model.context &&
        (row.kind == RowKind::kPrefill || row.kind == RowKind::kContext)) {
      continue;
    }
    report.rows.push_back({row, {}, 0, 0});
  }
  const ArithmeticProbe* probe = FindProbe(report.model.kernels);
  report.has_probe = probe != nullptr;
  MachineOptions machine;
  machine.threads = report.model.threads;
  if (options.quick) {
    machine.probe_ms = 5;
    machine.buffer_bytes = size_t{16} << 20;
  }

  Bench bench(assistant, options, stop);
  const auto steps = static_cast<double>(report.rows.size() + 1);
  const auto say = [&](std::string_view what, int round, size_t step) {
    if (options.progress) {
      options.progress(what, (round * steps + static_cast<double>(step)) /
                                 (steps * std::max(options.rounds, 1)));
    }
  };
  // Once before the clock counts: pages are mapped, caches and the task's prefix are there.
  const auto warm_up = [&](RowResult& row) -> Status {
    const bool once = row.row.kind == RowKind::kPrefill || row.row.kind == RowKind::kDecode ||
                      row.row.kind == RowKind::kLabels || row.row.kind == RowKind::kStart;
    if (options.quick) return {};
    if (row.row.kind == RowKind::kContext) {
      // A whole context would take minutes; a short prompt maps the weights' pages as well.
      const auto ignored = assistant.Measure({.streams = 1, .prompt_tokens = 64}, stop);
      return ignored ? Status() : WithRow(ignored.error(), row.row);
    }
    if (!once) return {};
    if (const auto ignored = bench.Measure(row); !ignored) return WithRow(ignored.error(), row.row);
    return {};
  };
  for (int round = 0; round < options.rounds; ++round) {
    say("machine", round, 0);
    report.machine.push_back(MeasureMachine(probe, machine));
    for (size_t i = 0; i < report.rows.size(); ++i) {
      RowResult& row = report.rows[i];
      say(row.row.name, round, i + 1);
      if (round == 0) YIXIN_CHECK_OK(warm_up(row));
      const auto sample = bench.Measure(row);
      if (!sample) return WithRow(sample.error(), row.row);
      row.samples.push_back(*sample);
    }
  }
  return report;
}

Result<uint64_t> MeasureChatMemory(Assistant& assistant, bool quick, const StopFlag* stop) {
  YIXIN_TRY(const Classification mood,
            assistant.Classify(MakeReviews(1).front(), ClassifyOptions{}, stop));
  YIXIN_TRY(Conversation chat, assistant.StartConversation({}));
  ReplyOptions reply;
  reply.max_new_tokens = quick ? 2 : 64;
  reply.temperature = 0;
  // As much text as the context takes beside the system prompt and the reply.
  std::vector<std::string> sentences = MakeReviews(kChatContext / 32);
  while (true) {
    std::string text;
    for (const std::string& sentence : sentences) text += sentence;
    const auto answer = chat.Say(
        text, mood.label, reply, [](std::string_view) { return true; }, stop);
    if (answer) break;
    if (answer.error().code != ErrorCode::kInvalidText || sentences.size() < 2) {
      return answer.error();
    }
    sentences.pop_back();
  }
  return assistant.stats().peak_memory_bytes;
}

}  // namespace yixin
