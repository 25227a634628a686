// yixin analyze: labels of all rows of a file. What a run is made of is the room bulk's; here are
// the words, the bar, the summary and the exit code. Tested by: tests/e2e/analyze_test.py
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <utility>

#include "bulk/append_check.h"
#include "bulk/batch_reader.h"
#include "bulk/bulk_input.h"
#include "bulk/bulk_output.h"
#include "bulk/bulk_run.h"
#include "bulk/column_choice.h"
#include "cli/analyze_engine.h"
#include "cli/analyze_export.h"
#include "cli/analyze_flags.h"
#include "cli/analyze_identity.h"
#include "cli/analyze_report.h"
#include "cli/analyze_view.h"
#include "cli/console.h"
#include "cli/interrupt.h"
#include "cli/progress_bar.h"
#include "cli/terminal.h"
#include "cli/verbs.h"

namespace yixin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSomeRowsFailed = 3;
// EX_CONFIG of sysexits.h: a script must not take a model that is not there for a bad input.
constexpr int kModelFailed = 78;
// Rows that the column is chosen by, and their most bytes.
constexpr size_t kPeekRows = 200;
constexpr size_t kPeekBytes = size_t{1} << 20;
constexpr uint64_t kFirstRows = 200;  // enough for a speed to go by

class Analysis {
 public:
  Analysis(const AnalyzeFlags& flags, std::string input) : flags_(flags), path_(std::move(input)) {}

  Status Run() {
    YIXIN_CHECK_OK(OpenInput());
    if (flags_.dry_run) return DryRun();
    YIXIN_CHECK_OK(OpenOutput());
    const BulkManifest* earlier = output_ ? output_->earlier() : nullptr;
    auto engine = AnalyzeEngine::Open(flags_, first_, earlier, facts_);
    if (!engine) {
      const ErrorCode code = engine.error().code;
      model_failed_ = code == ErrorCode::kNotFound || code == ErrorCode::kInvalidFile ||
                      code == ErrorCode::kUnsupported || code == ErrorCode::kVerification ||
                      code == ErrorCode::kNetwork || code == ErrorCode::kIo;
      return std::move(engine).error();
    }
    engine_.emplace(*std::move(engine));
    const Status computed = Compute();
    if (!computed) return KeepOrDiscard(computed.error());
    if (!facts_.exported.empty()) {
      const ResultTable table{output_->path(), writing_, facts_.column, engine_->tasks};
      YIXIN_CHECK_OK(Export(table, engine_->labels, facts_));
    }
    if (!flags_.report.empty()) {
      const ResultTable table{output_->path(), writing_, facts_.column, engine_->tasks};
      YIXIN_CHECK_OK(WriteReport(table, engine_->reported, flags_, facts_));
    }
    Summarise();
    return {};
  }

  bool can_resume() const { return output_ && input_->is_file() && output_->kept_rows() > 0; }
  // What failed was the model or a task file, and not the input.
  bool model_failed() const { return model_failed_; }
  int exit_code() const { return counts_.failed > 0 ? kSomeRowsFailed : 0; }

 private:
  Status OpenInput() {
    YIXIN_TRY(const TableOptions options, ToTableOptions(flags_));
    YIXIN_TRY(BulkInput input, BulkInput::Open(path_, options, &Interrupts()));
    input_.emplace(std::move(input));
    BatchReaderOptions reading;
    if (flags_.limit) reading.limit = static_cast<uint64_t>(*flags_.limit);
    reader_.emplace(input_->reader(), reading);
    first_row_ = input_->reader().position();
    YIXIN_TRY(const auto rows, reader_->Peek(kPeekRows, kPeekBytes));
    peeked_ = rows.size();
    auto choice = ChooseTextColumn(input_->reader(), flags_.column, rows);
    if (!choice) {
      Error error = std::move(choice).error();
      error.message = input_->name() + ": " + error.message;
      return error;
    }
    choice_ = *std::move(choice);
    if (!flags_.compare_column.empty()) {
      YIXIN_TRY(rating_column_, input_->reader().FindColumn(flags_.compare_column));
      first_.ratings.emplace();
    }
    for (const TableRow& row : rows) {
      if (row.fault != RowFault::kNone) continue;
      first_.texts.push_back(row.cells[choice_.column]);
      if (rating_column_) first_.ratings->push_back(row.cells[*rating_column_]);
    }
    for (const std::string* column : {&flags_.truth_column, &flags_.date_column}) {
      if (column->empty()) continue;
      YIXIN_TRY([[maybe_unused]] const size_t found, input_->reader().FindColumn(*column));
    }
    if (!flags_.id_column.empty()) {
      YIXIN_TRY(id_column_, input_->reader().FindColumn(flags_.id_column));
    }
    const TableShape& shape = input_->reader().shape();
    facts_.input = input_->name();
    facts_.input_shape = Describe(shape);
    facts_.column = shape.columns[choice_.column];
    facts_.column_why = choice_.why;
    if (LiveProgress() && !flags_.dry_run) {
      PrintNote(fmt::format("{}: {}; texts in \"{}\" ({})", facts_.input, facts_.input_shape,
                            facts_.column, facts_.column_why));
    }
    if (flags_.sample && !input_->is_file()) {
      return Error{ErrorCode::kInvalidArgument,
                   "--sample reads the input twice, so it needs a file", "sample"};
    }
    return {};
  }

  Status DryRun() {
    const RowPosition behind = input_->reader().position();
    Output& out = StandardOutput();
    out.Line(fmt::format("input   {}: {}", facts_.input, facts_.input_shape));
    out.Line(fmt::format("texts   column \"{}\" ({})", facts_.column, facts_.column_why));
    if (!input_->is_file() || peeked_ == 0) {
      out.Line(fmt::format("rows    {} seen", peeked_));
    } else if (behind.offset >= input_->bytes()) {
      out.Line(fmt::format("rows    {}", behind.row));
    } else {
      const double rows = static_cast<double>(input_->bytes()) /
                          static_cast<double>(behind.offset) * static_cast<double>(behind.row);
      out.Line(fmt::format("rows    about {:.0f}, by the size of the first {}", rows, behind.row));
    }
    out.Line("nothing was computed; yixin bench --only labels says how many rows a second");
    return {};
  }

  Status OpenOutput() {
    if (flags_.writes_to_stdout()) {
      if (input_->IsSameFile(STDOUT_FILENO)) {
        return Error{ErrorCode::kInvalidArgument, "the input and the output are the same file",
                     path_};
      }
      return {};
    }
    const OutputStart start = flags_.resume    ? OutputStart::kResume
                              : flags_.restart ? OutputStart::kRestart
                                               : OutputStart::kNew;
    YIXIN_TRY(output_, BulkOutput::Open(flags_.output, input_->fd(), {start, flags_.append}));
    facts_.output = flags_.output;
    facts_.exported = ExportPath(flags_);
    facts_.report = flags_.report;
    const std::vector<std::string> own = {path_, output_->path(), output_->partial_path()};
    if (!facts_.exported.empty()) {
      YIXIN_CHECK_OK(CheckIsOther("--export-file", facts_.exported, own));
    }
    if (flags_.report.empty()) return {};
    return CheckReport(flags_.report, own);
  }

  Status Compute() {
    RowScorerOptions scoring;
    scoring.tasks = engine_->tasks;
    scoring.text_column = choice_.column;
    scoring.id_column = id_column_;
    scoring.fail_fast = flags_.fail_fast;
    scoring.rating = engine_->rating;
    scoring.rating_column = rating_column_.value_or(0);
    writing_ = ToWriterOptions(flags_, input_->reader().shape());
    for (const BulkTask& task : engine_->tasks) AppendFieldPaths(task, writing_.added);
    YIXIN_TRY(const auto writer, RowWriter::Create(writing_));
    BulkRunOptions run;
    if (output_) {
      YIXIN_CHECK_OK(BeginOutput());
      if (const BulkManifest* earlier = output_->earlier()) {
        scoring.counts = counts_ = first_counts_ = earlier->counts;
        if (output_->is_finished()) {
          PrintNote(output_->path() + " is whole already; nothing was computed");
          return output_->Finish();
        }
        YIXIN_CHECK_OK(reader_->SkipTo(earlier->next));
        first_offset_ = earlier->next.offset;
      } else if (flags_.append) {
        std::string header;
        writer->AppendHeader(header);
        YIXIN_CHECK_OK(CheckAppendable(output_->path(), writing_.format, header, facts_.tasks));
      }
      run.writes_header = output_->size() == 0;
    }
    if (flags_.sample) {
      YIXIN_TRY(auto rows,
                input_->Sample(static_cast<uint64_t>(*flags_.sample), flags_.seed.value_or(0)));
      sampled_ = rows.size();
      reader_->Select(std::move(rows));
    }
    RowScorer scorer(
        [&](std::span<const std::string> texts) {
          return engine_->assistant.ClassifyTasks(texts, engine_->options, &Interrupts());
        },
        scoring);
    StreamSink stream([](std::string_view bytes) -> Status {
      if (StandardOutput().Write(bytes) && StandardOutput().Flush()) return {};
      return Error{ErrorCode::kIo, "cannot write to standard output", "stdout"};
    });
    RowSink& sink = output_ ? static_cast<RowSink&>(*output_) : stream;
    ProgressBar bar(facts_.input, stderr, LiveProgress());
    run.checkpoint_every_ms = flags_.checkpoint_ms.value_or(run.checkpoint_every_ms);
    run.stop = &Interrupts();
    run.halt = [&] { input_->Halt(); };
    run.progress = [&](const BulkProgress& progress) { Show(progress, bar); };
    first_counts_ = scorer.counts();
    started_ = Clock::now();
    Status done = RunBulk(*reader_, scorer, *writer, sink, run);
    counts_ = scorer.counts();
    bar.Finish("");
    if (!done) return done;
    YIXIN_CHECK_OK(input_->CheckUnchanged());
    return output_ ? output_->Finish() : Status();
  }

  Status BeginOutput() {
    RunStart start;
    start.input = facts_.input;
    start.first = first_row_;
    start.resumable = input_->is_file();
    std::string hash;
    if (input_->is_file()) {
      YIXIN_TRY(hash, input_->Hash());
    }
    YIXIN_TRY(start.identity,
              IdentityOf({flags_, facts_, engine_->assistant.facts(), engine_->hashes, writing_},
                         hash, &Interrupts()));
    facts_.run = start.identity;
    return output_->Begin(std::move(start), &Interrupts());
  }

  RunPace Pace(const BulkCounts& counts, std::optional<uint64_t> offset) const {
    RunPace pace;
    pace.rows = counts.rows - first_counts_.rows;
    pace.computed = pace.rows - (counts.reused - first_counts_.reused);
    pace.seconds = std::chrono::duration<double>(Clock::now() - started_).count();
    if (!offset) return pace;
    const auto share = [&](uint64_t rows, uint64_t bytes) -> std::optional<double> {
      const uint64_t all =
          flags_.sample ? sampled_ : static_cast<uint64_t>(flags_.limit.value_or(0));
      std::optional<double> part;
      if (all > 0) part = static_cast<double>(rows) / static_cast<double>(all);
      if (input_->bytes() > 0 && !flags_.sample) {
        const double of_bytes = static_cast<double>(bytes) / static_cast<double>(input_->bytes());
        part = std::max(part.value_or(0), of_bytes);
      }
      return part;
    };
    pace.share = share(counts.rows, *offset);
    pace.first_share = share(first_counts_.rows, first_offset_);
    return pace;
  }

  void Show(const BulkProgress& progress, ProgressBar& bar) {
    if (!LiveProgress()) return;
    const RunPace pace = Pace(progress.counts, progress.input_offset);
    if (!said_first_ && pace.rows >= kFirstRows) {
      said_first_ = true;
      for (const std::string& line :
           FormatFirstRows(progress.samples, pace, static_cast<int64_t>(std::time(nullptr)))) {
        bar.Say(line);
      }
    }
    bar.Share(pace.share.value_or(0), FormatPace(progress.counts, pace));
  }

  // What was computed stays for --resume; a run that has no row leaves nothing.
  Error KeepOrDiscard(Error error) {
    if (!output_) return error;
    if (output_->kept_rows() == 0) {
      if (output_->earlier() == nullptr) output_->Discard();
      return error;
    }
    error.message += input_->is_file()
                         ? fmt::format("; {} rows are kept for --resume", output_->kept_rows())
                         : fmt::format("; the first {} rows are in {}", output_->kept_rows(),
                                       output_->partial_path());
    return error;
  }

  void Summarise() {
    const RunPace pace = Pace(counts_, std::nullopt);
    if (flags_.json) {
      StandardOutput().Line(DumpLine(SummaryJson(facts_, counts_, pace)));
      return;
    }
    if (!output_ && !LiveProgress()) return;
    for (const std::string& line : FormatSummary(facts_, counts_, pace)) {
      if (output_) {
        StandardOutput().Line(Printable(line));
      } else {
        fmt::print(stderr, "{}\n", Printable(line));
      }
    }
  }

  const AnalyzeFlags& flags_;
  std::string path_;
  AnalyzeFacts facts_;
  std::optional<BulkInput> input_;
  std::optional<BatchReader> reader_;
  size_t peeked_ = 0;
  ColumnChoice choice_;
  FirstRows first_;
  std::optional<size_t> id_column_;
  std::unique_ptr<BulkOutput> output_;  // none: standard output
  std::optional<AnalyzeEngine> engine_;
  RowWriterOptions writing_;
  std::optional<size_t> rating_column_;
  uint64_t sampled_ = 0;
  Clock::time_point started_ = Clock::now();
  RowPosition first_row_;
  uint64_t first_offset_ = 0;
  BulkCounts first_counts_;
  BulkCounts counts_;
  bool said_first_ = false;
  bool model_failed_ = false;
};

// The words that go on where these were stopped.
std::string ResumeCommand(Words words) {
  std::vector<std::string> command = {"yixin", "analyze"};
  for (const char* word : words) {
    if (std::string_view(word) != "--restart") command.emplace_back(word);
  }
  if (std::find(command.begin(), command.end(), "--resume") == command.end()) {
    command.insert(command.begin() + 2, "--resume");
  }
  return ShellCommand(command);
}

}  // namespace

int RunAnalyze(Words words) {
  AnalyzeFlags flags;
  Arguments arguments(
      "yixin analyze [OPTIONS] FILE | -",
      "Labels of all texts of a file (CSV, TSV, JSONL, plain lines; UTF-8, UTF-16, GB18030). The\n"
      "rows come out in their order with all their columns; results stand under the task's name:\n"
      "sentiment.zh.label, sentiment.zh.probs.正面 ... A row that fails has sentiment.zh.error.\n"
      "\n"
      "Exit codes: 0 all rows have labels; 3 some rows failed; 64 wrong words; 65, 66, 69 an "
      "input\n"
      "that cannot be used; 78 a model or task that cannot; 74 reading or writing failed; 75 the\n"
      "output is being written by another process; 76 --resume of another run; 130 Ctrl-C.",
      "  yixin analyze reviews.csv -o labels.csv\n"
      "  yixin analyze reviews.csv -o labels.csv --resume      after Ctrl-C, or whatever ended it\n"
      "  yixin analyze tickets.jsonl --column body --task sentiment.zh --task my.task.toml -o "
      "x.jsonl\n"
      "  yixin analyze reviews.csv --sample 500 --format jsonl > some.jsonl\n");
  AddAnalyzeFlags(arguments, &flags);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (arguments.operands().size() != 1) {
    return ReportError(
        {ErrorCode::kInvalidArgument, "give one file to analyze, or - for standard input", "FILE"});
  }
  const Operand& input = arguments.operands()[0];
  const std::string path = input.value == "-" && input.literal ? "./-" : input.value;
  if (Status checked = CheckAnalyzeFlags(flags, path); !checked)
    return ReportError(checked.error());
  const InterruptScope interrupts;
  Analysis analysis(flags, path);
  const Status done = analysis.Run();
  if (done) return analysis.exit_code();
  const bool is_reader_gone = !StandardOutput().ok();  // FinishOutput says what there is to say
  if (is_reader_gone) return kIoExitCode;
  const int code = ReportError(done.error());
  if (analysis.model_failed()) return kModelFailed;
  if (done.error().code != ErrorCode::kCancelled) return code;
  if (analysis.can_resume()) {
    PrintNote("go on with: " + ResumeCommand(words));
  }
  return InterruptExitCode();
}

}  // namespace yixin
