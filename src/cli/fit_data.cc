// Tested by: tests/e2e/fit_test.py
#include "cli/fit_data.h"

#include <fmt/format.h>

#include <iterator>

#include "bulk/batch_reader.h"
#include "bulk/bulk_input.h"

namespace yixin {
namespace {

// Twenty times what is learned from; the rows lie in memory.
constexpr size_t kMostRows = 200'000;
constexpr size_t kMostBytes = size_t{256} << 20;

}  // namespace

Result<FitData> ReadFitData(const std::string& path, const TableOptions& options,
                            const DataColumns& columns, const StopFlag* stop) {
  YIXIN_TRY(BulkInput input, BulkInput::Open(path, options, stop));
  RowReader& reader = input.reader();
  BatchReader batches(reader, {});
  YIXIN_TRY(const auto first, batches.Peek(kPeekRows, kPeekBytes));
  YIXIN_TRY(const ColumnPlaces places, FindDataColumns(reader, columns, first));
  FitData data;
  data.input = fmt::format("{}: {}; texts in \"{}\", labels in \"{}\"", input.name(),
                           Describe(reader.shape()), reader.shape().columns[places.text],
                           reader.shape().columns[places.label]);
  size_t bytes = 0;
  const auto take = [&](const TableRow& row) {
    if (row.fault != RowFault::kNone) {
      if (data.bad++ == 0) data.first_fault = row.message;
    } else if (!places.split || row.cells[*places.split] == columns.split) {
      bytes += row.cells[places.text].size() + row.cells[places.label].size();
      data.rows.push_back({row.cells[places.text], row.cells[places.label], row.position.line});
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
