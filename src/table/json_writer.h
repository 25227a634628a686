// RowWriter for JSONL. An object that came as JSONL keeps its own text, character by character, and
// the results stand before its closing brace; cells of CSV become strings.
// Tested by: row_writer_test.cc
#pragma once

#include <set>
#include <span>
#include <string>

#include "table/row_writer.h"

namespace yixin {

class JsonWriter : public RowWriter {
 public:
  explicit JsonWriter(const RowWriterOptions& options);

  void AppendHeader(std::string& out) override;
  Status AppendRow(const TableRow& row, std::span<const FieldValue> added,
                   std::string& out) override;

 private:
  // "key":"cell" for each column, or the inside of the object as it came.
  std::string OwnFields(const TableRow& row) const;
  std::string AddedFields(std::span<const FieldValue> added) const;

  RowWriterOptions options_;
  std::set<std::string> added_keys_;  // the paths' first parts
};

}  // namespace yixin
