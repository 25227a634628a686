// RowWriter for CSV. Lines end in LF. Cells are quoted where reading them again needs it.
// Tested by: row_writer_test.cc
#pragma once

#include <span>
#include <string>
#include <utility>

#include "table/row_writer.h"
#include "table/transcoder.h"

namespace yixin {

class CsvWriter : public RowWriter {
 public:
  CsvWriter(const RowWriterOptions& options, Transcoder transcoder)
      : options_(options), transcoder_(std::move(transcoder)) {}

  void AppendHeader(std::string& out) override;
  Status AppendRow(const TableRow& row, std::span<const FieldValue> added,
                   std::string& out) override;

 private:
  void AppendCell(std::string_view cell);  // to line_
  void EndLine(std::string& out);

  RowWriterOptions options_;
  Transcoder transcoder_;
  std::string line_;  // UTF-8
  size_t cells_ = 0;  // in line_
};

}  // namespace yixin
