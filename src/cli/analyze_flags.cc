// Tested by: analyze_flags_test.cc, tests/e2e/analyze_test.py
#include "cli/analyze_flags.h"

#include <limits>

#include "table/format_detect.h"

namespace yixin {
namespace {

Error Refused(const std::string& words, const char* subject) {
  return {ErrorCode::kInvalidArgument, words, subject};
}

// "tab", "none" (where a quote may be none), or one character.
Result<std::optional<char>> ToCharacter(const std::string& word, const char* name) {
  if (word.empty()) return std::optional<char>();
  if (word == "tab" || word == "\\t") return std::optional('\t');
  if (word == "none") return std::optional('\0');
  if (word.size() == 1) return std::optional(word[0]);
  return Refused(
      std::string(name) + ": expected one ASCII character, tab or none, not \"" + word + "\"",
      name);
}

}  // namespace

void AddAnalyzeFlags(Arguments& arguments, AnalyzeFlags* flags) {
  AddModelOptions(arguments, &flags->model);
  arguments.AddText("--kernels", "NAME", "force a kernel table (yixin doctor lists them)",
                    &flags->model.kernels);
  arguments.AddText("-o,--output", "FILE",
                    "where the rows go; there whole or not at all (default: standard output)",
                    &flags->output);
  arguments.AddTexts("--task", "NAME|FILE", "sentiment.zh (default); may be given several times",
                     &flags->tasks);
  arguments.AddText("--column", "NAME", "the column with the texts (default: found by its name)",
                    &flags->column);
  arguments.AddText("--id-column", "NAME", "a column that messages about a row name",
                    &flags->id_column);
  arguments.AddText("--compare-column", "NAME",
                    "ratings (1-5, 1-10, 0-100, 好评, labels): which rows say the opposite?",
                    &flags->compare_column);
  arguments.AddChoice("--compare-scale", {"0-1", "1-5", "1-10", "0-100"},
                      "of those numbers (default: found)", &flags->compare_scale);
  arguments.AddChoice("--format", {"csv", "jsonl"},
                      "of the output (default: by its name, else as the input)", &flags->format);
  arguments.AddChoice("--output-encoding", {"utf-8-bom", "utf-8", "gb18030"},
                      "of CSV (default utf-8-bom, which Excel knows)", &flags->output_encoding);
  arguments.AddChoice("--input-format", {"csv", "tsv", "jsonl", "lines"},
                      "of the input (default: found)", &flags->input_format);
  arguments.AddText("--input-encoding", "NAME",
                    "utf-8, utf-16le, utf-16be or gb18030 (default: found)",
                    &flags->input_encoding);
  arguments.AddText("--delimiter", "C", "of CSV cells: a character or tab (default: found)",
                    &flags->delimiter);
  arguments.AddText("--quote", "C", "of CSV cells: a character or none (default: found)",
                    &flags->quote);
  arguments.AddFlag("--header", "the first row names the columns", &flags->header);
  arguments.AddFlag("--no-header", "it does not (default: found)", &flags->no_header);
  arguments.AddInteger("--limit", "only the first N rows", 1, std::numeric_limits<int>::max(),
                       &flags->limit);
  arguments.AddInteger("--sample", "N rows drawn from all", 1, 100'000'000, &flags->sample);
  arguments.AddSeed("--seed", "another sample (default 0)", &flags->seed);
  arguments.AddFlag("--no-neutral", "leave the neutral label out", &flags->no_neutral);
  arguments.AddFlag("--untaught", "leave the tasks' heads out (docs/fit.md)", &flags->untaught);
  arguments.AddChoice("--truncate", {"head", "tail", "middle"},
                      "what is kept of a text that is too long (default: an error row)",
                      &flags->truncate);
  arguments.AddChoice("--export", {"label-studio"},
                      "the finished output once more, as tasks with predictions to correct",
                      &flags->export_format);
  arguments.AddText("--export-file", "FILE", "where to (default: FILE.label-studio.json)",
                    &flags->export_file);
  arguments.AddText("--report", "FILE.html", "the finished output as a page to read",
                    &flags->report);
  arguments.AddText("--truth-column", "NAME",
                    "for --report: what the labels should be (default: a column \"label\" that has "
                    "them)",
                    &flags->truth_column);
  arguments.AddText("--date-column", "NAME",
                    "for --report: labels over time (default: a column called date or so)",
                    &flags->date_column);
  arguments.AddChoice("--report-language", {"zh", "en"},
                      "which one the page opens in (default: that of the locale)",
                      &flags->report_language);
  arguments.AddFlag("--fail-fast", "stop at the first row that fails", &flags->fail_fast);
  arguments.AddFlag("--append",
                    "put the rows behind those of FILE as they come, where others can read them",
                    &flags->append);
  arguments.AddFlag("--resume", "go on with a run that was stopped, if there is one",
                    &flags->resume);
  arguments.AddFlag("--restart", "throw a run that was stopped away", &flags->restart);
  arguments.AddInteger("--checkpoint-ms",
                       "how often what is done is made durable for --resume (default 1000)", 0,
                       3'600'000, &flags->checkpoint_ms);
  arguments.AddFlag("--dry-run", "say what was found in the input; compute nothing",
                    &flags->dry_run);
  arguments.AddFlag("--json", "the summary as a JSON object", &flags->json);
}

std::string ExportPath(const AnalyzeFlags& flags) {
  if (flags.export_format.empty()) return "";
  return flags.export_file.empty() ? flags.output + ".label-studio.json" : flags.export_file;
}

Status CheckAnalyzeFlags(const AnalyzeFlags& flags, const std::string& input) {
  if (flags.header && flags.no_header) {
    return Refused("--header and --no-header contradict each other", "header");
  }
  if (flags.resume && flags.restart) {
    return Refused("--resume and --restart contradict each other", "resume");
  }
  if (flags.limit && flags.sample) {
    return Refused("--limit and --sample do not go together: a sample is drawn from all rows",
                   "sample");
  }
  if (flags.seed && !flags.sample) return Refused("--seed is for --sample", "seed");
  if (!flags.compare_scale.empty() && flags.compare_column.empty()) {
    return Refused("--compare-scale is for --compare-column", "compare-scale");
  }
  if (!flags.export_file.empty() && flags.export_format.empty()) {
    return Refused("--export-file is for --export", "export-file");
  }
  if (!flags.export_format.empty() && flags.writes_to_stdout()) {
    return Refused("--export needs -o FILE: it is made of the finished output", "export");
  }
  if (!flags.report.empty() && flags.writes_to_stdout()) {
    return Refused("--report needs -o FILE: it is made of the finished output", "report");
  }
  if (flags.report.empty() &&
      !(flags.truth_column.empty() && flags.date_column.empty() && flags.report_language.empty())) {
    return Refused("--truth-column, --date-column and --report-language are for --report",
                   "report");
  }
  if (flags.append && flags.writes_to_stdout()) {
    return Refused("--append needs -o FILE; for standard output use the shell's >>", "append");
  }
  if (flags.resume && flags.writes_to_stdout()) {
    return Refused("--resume needs -o FILE: what went to standard output is gone", "resume");
  }
  if (flags.json && flags.writes_to_stdout() && !flags.dry_run) {
    return Refused("--json needs -o FILE: the rows go to standard output", "json");
  }
  if (input == "-" && flags.resume) {
    return Refused("--resume needs a file: standard input cannot be read again", "resume");
  }
  return {};
}

Result<TableOptions> ToTableOptions(const AnalyzeFlags& flags) {
  TableOptions options;
  YIXIN_TRY(options.delimiter, ToCharacter(flags.delimiter, "--delimiter"));
  YIXIN_TRY(options.quote, ToCharacter(flags.quote, "--quote"));
  if (options.delimiter == '\0') return Refused("--delimiter: a character, not none", "delimiter");
  if (flags.header || flags.no_header) options.header = flags.header;
  if (flags.input_format == "csv") options.format = TableFormat::kCsv;
  if (flags.input_format == "jsonl") options.format = TableFormat::kJsonLines;
  if (flags.input_format == "lines") options.format = TableFormat::kPlainLines;
  if (flags.input_format == "tsv") {
    options.format = TableFormat::kCsv;
    if (!options.delimiter) options.delimiter = '\t';
  }
  if (!flags.input_encoding.empty()) {
    options.encoding = EncodingOfName(flags.input_encoding);
    if (!options.encoding) {
      return Refused("--input-encoding: utf-8, utf-16le, utf-16be or gb18030, not \"" +
                         flags.input_encoding + "\"",
                     "input-encoding");
    }
  }
  return options;
}

RowWriterOptions ToWriterOptions(const AnalyzeFlags& flags, const TableShape& input) {
  RowWriterOptions options;
  const std::optional<TableFormat> by_name =
      flags.writes_to_stdout() ? std::nullopt : FormatOfName(flags.output);
  if (!flags.format.empty()) {
    options.format = flags.format == "csv" ? TableFormat::kCsv : TableFormat::kJsonLines;
  } else if (by_name) {
    options.format = *by_name;
  } else {
    const bool is_csv = input.format == TableFormat::kCsv;
    options.format = is_csv ? TableFormat::kCsv : TableFormat::kJsonLines;
  }
  const bool is_tsv = flags.output.ends_with(".tsv") || flags.output.ends_with(".tab");
  if (options.format == TableFormat::kCsv && is_tsv) options.delimiter = '\t';
  options.columns = input.columns;
  if (flags.output_encoding == "gb18030") options.encoding = TextEncoding::kGb18030;
  options.byte_order_mark = flags.output_encoding != "utf-8";
  return options;
}

ClassifyOptions ToClassifyOptions(const AnalyzeFlags& flags, const std::string& task) {
  ClassifyOptions options;
  options.task = task;
  options.no_neutral = flags.no_neutral;
  options.untaught = flags.untaught;
  if (flags.truncate == "head") options.truncation = Truncation::kHead;
  if (flags.truncate == "tail") options.truncation = Truncation::kTail;
  if (flags.truncate == "middle") options.truncation = Truncation::kMiddle;
  return options;
}

}  // namespace yixin
