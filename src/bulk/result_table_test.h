// An output as a run writes it, for this room's tests. Not part of the program.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "bulk/result_fields.h"
#include "bulk/result_reader.h"
#include "bulk/table_in_memory_test.h"

namespace yixin {

// Of a table with a column "text" (JSONL), written in another format. Rows with a fault or without
// a text fail; of the others the label is "good", but for those that say bad.
inline ResultTable WriteResults(const std::string& path, const std::string& json_lines,
                                const RowWriterOptions& format, std::vector<BulkTask> tasks) {
  TableOptions options;
  options.format = TableFormat::kJsonLines;
  RowReader reader = OpenTable(json_lines, options);
  ResultTable table{path, format, "text", std::move(tasks)};
  table.writing.columns = reader.shape().columns;
  for (const BulkTask& task : table.tasks) AppendFieldPaths(task, table.writing.added);
  auto writer = RowWriter::Create(table.writing);
  EXPECT_TRUE(writer) << writer.error().message;
  std::string bytes;
  (*writer)->AppendHeader(bytes);
  for (const TableRow& row : AllRows(reader)) {
    std::vector<FieldValue> values;
    const bool is_bad_row = row.fault != RowFault::kNone || row.cells[0].empty();
    for (const BulkTask& task : table.tasks) {
      TaskOutcome outcome = FailedOutcome("invalid_text", "empty input");
      if (!is_bad_row) {
        const bool is_good = row.cells[0].find("bad") == std::string::npos;
        outcome = {is_good ? "good" : "bad", {}, 0.5, 0.25, "", ""};
        if (!task.scored.empty()) outcome.probs = {is_good ? 0.75 : 0.125, is_good ? 0.25 : 0.875};
      }
      AppendFieldValues(task, outcome, "line 9: ", std::nullopt, values);
    }
    EXPECT_TRUE((*writer)->AppendRow(row, values, bytes));
  }
  std::ofstream(path, std::ios::binary) << bytes;
  return table;
}

inline const BulkTask kMoodTask = {"mood.zh", {"good", "bad"}};
inline const BulkTask kWrittenTask = {"written", {}};

}  // namespace yixin
