// Tested by: tests/e2e/fit_test.py, tests/e2e/eval_test.py
#include "cli/data_columns.h"

#include "bulk/column_choice.h"

namespace yixin {
namespace {

Result<size_t> LabelColumn(const RowReader& reader, const std::string& given, size_t text) {
  YIXIN_TRY(const size_t label, reader.FindColumn(given.empty() ? "label" : given));
  if (label != text) return label;
  return Error{ErrorCode::kInvalidArgument,
               "the texts and the labels are to be read from the same column \"" +
                   reader.shape().columns[label] + "\"; name the texts' with --column",
               "label-column"};
}

}  // namespace

void AddDataFlags(Arguments& arguments, DataColumns* columns, AnalyzeFlags* input) {
  arguments.AddText("--column", "NAME", "the column with the texts (default: found by its name)",
                    &columns->text);
  AddLabelFlags(arguments, columns, input);
}

void AddLabelFlags(Arguments& arguments, DataColumns* columns, AnalyzeFlags* input) {
  arguments.AddText("--label-column", "NAME", "the column with the labels (default label)",
                    &columns->label);
  arguments.AddText("--split", "NAME", "only rows that have this in --split-column",
                    &columns->split);
  arguments.AddText("--split-column", "NAME", "(default split)", &columns->split_column);
  arguments.AddChoice("--input-format", {"csv", "tsv", "jsonl"}, "of the data (default: found)",
                      &input->input_format);
  arguments.AddText("--input-encoding", "NAME",
                    "utf-8, utf-16le, utf-16be or gb18030 (default: found)",
                    &input->input_encoding);
  arguments.AddText("--delimiter", "C", "of CSV cells: a character or tab (default: found)",
                    &input->delimiter);
}

Result<ColumnPlaces> FindDataColumns(const RowReader& reader, const DataColumns& columns,
                                     std::span<const TableRow> first) {
  const size_t width = reader.shape().columns.size();
  ColumnPlaces places;
  if (columns.text.empty() && width == 2) {
    // Of two columns the one that does not hold the labels.
    YIXIN_TRY(const size_t label, LabelColumn(reader, columns.label, width));
    places.text = 1 - label;
  } else {
    YIXIN_TRY(const ColumnChoice choice, ChooseTextColumn(reader, columns.text, first));
    places.text = choice.column;
  }
  YIXIN_TRY(places.label, LabelColumn(reader, columns.label, places.text));
  if (!columns.split.empty()) {
    YIXIN_TRY(places.split, reader.FindColumn(columns.split_column));
  }
  if (!columns.group.empty()) {
    YIXIN_TRY(places.group, reader.FindColumn(columns.group));
  }
  return places;
}

}  // namespace yixin
