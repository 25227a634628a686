// Tested by: tests/e2e/fit_test.py
#include "cli/fit_data.h"

#include <fmt/format.h>

#include <iterator>
#include <optional>

#include "bulk/batch_reader.h"
#include "bulk/bulk_input.h"
#include "bulk/column_choice.h"

namespace yixin {
namespace {

// Twenty times what is learned from; the rows lie in memory.
constexpr size_t kMostRows = 200'000;
constexpr size_t kMostBytes = size_t{256} << 20;
constexpr size_t kPeekRows = 200;
constexpr size_t kPeekBytes = size_t{1} << 20;

Result<size_t> LabelColumn(const RowReader& reader, const std::string& given, size_t text) {
  YIXIN_TRY(const size_t label, reader.FindColumn(given.empty() ? "label" : given));
  if (label != text) return label;
  return Error{ErrorCode::kInvalidArgument,
               "the texts and the labels are to be read from the same column \"" +
                   reader.shape().columns[label] + "\"; name the texts' with --column",
               "label-column"};
}

}  // namespace

Result<FitData> ReadFitData(const std::string& path, const TableOptions& options,
                            const DataColumns& columns, const StopFlag* stop) {
  YIXIN_TRY(BulkInput input, BulkInput::Open(path, options, stop));
  RowReader& reader = input.reader();
  BatchReader batches(reader, {});
  YIXIN_TRY(const auto first, batches.Peek(kPeekRows, kPeekBytes));
  size_t text = 0;
  if (columns.text.empty() && reader.shape().columns.size() == 2) {
    // Of two columns the one that does not hold the labels.
    YIXIN_TRY(const size_t label,
              LabelColumn(reader, columns.label, reader.shape().columns.size()));
    text = 1 - label;
  } else {
    YIXIN_TRY(const ColumnChoice choice, ChooseTextColumn(reader, columns.text, first));
    text = choice.column;
  }
  YIXIN_TRY(const size_t label, LabelColumn(reader, columns.label, text));
  std::optional<size_t> split;
  if (!columns.split.empty()) {
    YIXIN_TRY(split, reader.FindColumn(columns.split_column));
  }
  FitData data;
  data.input = fmt::format("{}: {}; texts in \"{}\", labels in \"{}\"", input.name(),
                           Describe(reader.shape()), reader.shape().columns[text],
                           reader.shape().columns[label]);
  size_t bytes = 0;
  const auto take = [&](const TableRow& row) {
    if (row.fault != RowFault::kNone) {
      if (data.bad++ == 0) data.first_fault = row.message;
    } else if (!split || row.cells[*split] == columns.split) {
      bytes += row.cells[text].size() + row.cells[label].size();
      data.rows.push_back({row.cells[text], row.cells[label], row.position.line});
    }
  };
  for (const TableRow& row : first) take(row);
  for (TableRow row; data.rows.size() <= kMostRows && bytes <= kMostBytes;) {
    YIXIN_TRY(const bool is_there, reader.Next(row));
    if (!is_there) return data;
    take(row);
  }
  return Error{
      ErrorCode::kInvalidFile,
      fmt::format("{}: has more than {} labelled rows or {} MB; a head is fitted on 10,000 at "
                  "most, so give a part of them",
                  input.name(), kMostRows, kMostBytes >> 20),
      path};
}

void Append(FitData&& more, FitData& data) {
  std::move(more.rows.begin(), more.rows.end(), std::back_inserter(data.rows));
  data.input += (data.input.empty() ? "" : "\n") + more.input;
  if (data.bad == 0) data.first_fault = std::move(more.first_fault);
  data.bad += more.bad;
}

}  // namespace yixin
