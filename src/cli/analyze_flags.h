// The words of `yixin analyze`, and what they say to the rooms table and bulk.
// Tested by: analyze_flags_test.cc, tests/e2e/analyze_test.py
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/model_options.h"
#include "table/row_reader.h"
#include "table/row_writer.h"
#include "yixin/task.h"

namespace yixin {

struct AnalyzeFlags {
  ModelOptions model;
  std::string output;
  std::vector<std::string> tasks;
  std::string column;
  std::string id_column;
  std::string compare_column;
  std::string compare_scale;
  std::string format;           // of the output
  std::string output_encoding;  // of the output
  std::string input_format;
  std::string input_encoding;
  std::string delimiter;
  std::string quote;
  std::string truncate;
  std::string export_format;
  std::string export_file;
  std::string report;
  std::string report_language;
  std::string truth_column;
  std::string date_column;
  std::optional<int> limit;
  std::optional<int> sample;
  std::optional<uint64_t> seed;
  std::optional<int> checkpoint_ms;
  bool header = false;
  bool no_header = false;
  bool no_neutral = false;
  bool untaught = false;
  bool append = false;
  bool fail_fast = false;
  bool dry_run = false;
  bool resume = false;
  bool restart = false;
  bool json = false;

  bool writes_to_stdout() const { return output.empty() || output == "-"; }
};

// Where --export goes: what --export-file says, or beside the output. Empty without --export.
std::string ExportPath(const AnalyzeFlags& flags);

// The flags must outlive it.
void AddAnalyzeFlags(Arguments& arguments, AnalyzeFlags* flags);

// Errors: kInvalidArgument for words that contradict each other.
Status CheckAnalyzeFlags(const AnalyzeFlags& flags, const std::string& input);
// Errors: kInvalidArgument for a delimiter, a quote or an encoding that is none.
Result<TableOptions> ToTableOptions(const AnalyzeFlags& flags);
// Format by --format, else by the output's name, else as the input; `added` stays empty.
RowWriterOptions ToWriterOptions(const AnalyzeFlags& flags, const TableShape& input);
ClassifyOptions ToClassifyOptions(const AnalyzeFlags& flags, const std::string& task);

}  // namespace yixin
