// Tested by: append_check_test.cc
#include "bulk/append_check.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>

#include "table/byte_source.h"
#include "table/row_reader.h"

namespace yixin {
namespace {

Error Refused(const std::string& path, const std::string& words) {
  return {ErrorCode::kInvalidArgument, "--append: " + path + " " + words + "; name another file",
          path};
}

// JSONL has no header: its first row says what it is of.
Status CheckFirstRow(const std::string& path, std::span<const std::string> tasks) {
  YIXIN_TRY(FileSource source, FileSource::Open(path));
  TableOptions options;
  options.name = path;
  options.format = TableFormat::kJsonLines;
  YIXIN_TRY(RowReader reader,
            RowReader::Open(std::make_unique<FileSource>(std::move(source)), options));
  TableRow row;
  YIXIN_TRY(const bool is_there, reader.Next(row));
  if (!is_there || row.fault != RowFault::kNone) return Refused(path, "does not begin with a row");
  for (const std::string& task : tasks) {
    const auto column = reader.FindColumn(task);
    if (!column || row.kinds[*column] != CellKind::kNested) {
      return Refused(path, "has no results of " + task + " in its first row");
    }
  }
  return {};
}

}  // namespace

Status CheckAppendable(const std::string& path, TableFormat format, std::string_view header,
                       std::span<const std::string> tasks) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file && errno == ENOENT) return {};
  const std::streamoff size = file.tellg();
  if (size == 0) return {};
  std::string begin(std::min(header.size(), static_cast<size_t>(std::max(size, std::streamoff{0}))),
                    '\0');
  char last = 0;
  file.seekg(0);
  file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  file.seekg(-1, std::ios::end);
  file.get(last);
  if (!file) {
    return Error{ErrorCode::kIo, "cannot read " + path + ": " + std::strerror(errno), path};
  }
  if (begin != header) {
    return Refused(path, "begins with other columns, or in another encoding, than these rows have");
  }
  if (last != '\n') return Refused(path, "does not end with a whole row");
  return format == TableFormat::kJsonLines ? CheckFirstRow(path, tasks) : Status();
}

}  // namespace yixin
