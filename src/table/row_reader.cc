// Tested by: row_reader_test.cc
#include "table/row_reader.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/utf8.h"
#include "table/csv_detect.h"
#include "table/csv_rows.h"
#include "table/format_detect.h"
#include "table/json_fields.h"
#include "table/json_rows.h"
#include "table/plain_rows.h"
#include "table/transcoder.h"

namespace yixin {
namespace {

constexpr size_t kSampleBytes = size_t{256} << 10;  // a thousand reviews

// The beginning of a source, and the same as text.
struct Sample {
  std::string bytes;
  bool is_whole = false;
  std::string text;  // UTF-8; whole lines, but for the last one of a whole file
};

Error Broken(const TableOptions& options, const std::string& words) {
  const std::string name = options.name.empty() ? "the input" : options.name;
  return {ErrorCode::kInvalidFile, name + ": " + words, options.name};
}

Error Named(const TableOptions& options, Error error) {
  if (!options.name.empty()) error.message = options.name + ": " + error.message;
  return error;
}

// At least one line, if there is one within the limit.
Result<Sample> ReadSample(ByteSource& source, size_t max_row_bytes) {
  Sample sample;
  const auto is_enough = [&] {
    return sample.bytes.size() >= kSampleBytes &&
           (sample.bytes.size() > max_row_bytes ||
            sample.bytes.find_first_of("\r\n") != std::string::npos);
  };
  size_t size = 0;
  while (!is_enough()) {
    sample.bytes.resize(size + kSampleBytes);
    // Up to the same size whatever the pieces that the source gives.
    while (size < sample.bytes.size()) {
      YIXIN_TRY(const size_t got,
                source.Read({sample.bytes.data() + size, sample.bytes.size() - size}));
      if (got == 0) {
        sample.bytes.resize(size);
        sample.is_whole = true;
        return sample;
      }
      size += got;
    }
  }
  return sample;
}

Status DecodeSample(Sample& sample, const TableShape& shape) {
  YIXIN_TRY(Transcoder transcoder, Transcoder::ToUtf8(shape.encoding));
  std::string_view bytes(sample.bytes);
  bytes.remove_prefix(MarkBytes(bytes, shape.encoding));
  transcoder.Append(bytes, sample.text);
  if (shape.line_break == LineBreak::kAny) {
    std::replace(sample.text.begin(), sample.text.end(), '\r', '\n');
  }
  if (!sample.is_whole) sample.text.resize(sample.text.rfind('\n') + 1);  // npos + 1 is 0
  return {};
}

Status CheckOptions(const TableOptions& options) {
  const auto refuse = [](const std::string& words, const char* subject) {
    return Error{ErrorCode::kInvalidArgument, words, subject};
  };
  for (const auto& [character, subject] :
       {std::pair{options.delimiter, "delimiter"}, std::pair{options.quote, "quote"}}) {
    if (!character) continue;
    const bool is_line_break = *character == '\n' || *character == '\r';
    if (is_line_break || *character == ' ' || static_cast<unsigned char>(*character) >= 0x80) {
      return refuse(std::string("the ") + subject +
                        " must be one ASCII character, and neither a space nor a line break",
                    subject);
    }
  }
  if (options.delimiter && options.quote && *options.delimiter == *options.quote &&
      *options.quote != '\0') {
    return refuse("delimiter and quote are the same character", "delimiter");
  }
  return {};
}

std::string NumberedName(size_t column) { return "column" + std::to_string(column + 1); }

Status NameColumns(const TableOptions& options, const std::vector<std::string>& header,
                   TableShape& shape) {
  std::set<std::string> names;
  for (size_t i = 0; i < header.size(); ++i) {
    const std::string name = header[i].empty() ? NumberedName(i) : header[i];
    if (!names.insert(name).second) {
      return Broken(options, "the header has the column " + QuoteName(name) +
                                 " twice; rename one, or read it without a header");
    }
    shape.columns.push_back(name);
  }
  return {};
}

Result<std::unique_ptr<RowSource>> OpenCsv(const TableOptions& options, const Sample& sample,
                                           TextLines lines, TableShape& shape) {
  std::optional<char> delimiter = options.delimiter;
  const bool has_tab_name = options.name.ends_with(".tsv") || options.name.ends_with(".tab");
  if (!delimiter && has_tab_name) delimiter = '\t';
  YIXIN_TRY(const FoundDialect found,
            DetectCsv(sample.text, sample.is_whole, {delimiter, options.quote}));
  shape.dialect = found.dialect;
  shape.dialect_why = options.delimiter ? "given"
                      : delimiter       ? "by name"
                                        : "of " + std::to_string(found.rows.size()) + " rows";
  const FoundHeader header =
      options.header ? FoundHeader{*options.header, "given"} : DetectHeader(found.rows);
  shape.has_header = header.is_header;
  shape.header_why = header.why;

  auto rows = std::make_unique<CsvRows>(std::move(lines), shape.dialect, options.max_row_bytes);
  if (!shape.has_header) {
    if (found.columns == 0) {
      return Broken(options, "no row of the first " + std::to_string(sample.bytes.size()) +
                                 " bytes can be read as CSV; name the delimiter and the quote");
    }
    for (size_t i = 0; i < found.columns; ++i) shape.columns.push_back(NumberedName(i));
    return std::unique_ptr<RowSource>(std::move(rows));
  }
  TableRow first;
  YIXIN_TRY(const bool is_there, rows->Next(first));
  if (!is_there) return Broken(options, "there is no row, expected a header");
  if (first.fault != RowFault::kNone) {
    return Broken(options, "the header cannot be read: " + first.message);
  }
  YIXIN_CHECK_OK(NameColumns(options, first.cells, shape));
  // Rows count from the first one of data.
  RowPosition data = rows->position();
  data.row = 0;
  YIXIN_CHECK_OK(rows->SkipTo(data));
  return std::unique_ptr<RowSource>(std::move(rows));
}

Result<std::unique_ptr<RowSource>> OpenJson(const TableOptions& options, const Sample& sample,
                                            TextLines lines, TableShape& shape) {
  std::set<std::string> names;
  const auto add = [&](const std::string& name) {
    if (shape.columns.size() < kMaxCells && names.insert(name).second) {
      shape.columns.push_back(name);
    }
  };
  std::string_view text(sample.text);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    for (const JsonField& field : ParseJsonFields(line, options.max_json_depth).fields) {
      add(field.key);
    }
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  for (const std::string& name : options.json_columns) add(name);
  const JsonRowsOptions row_options{shape.columns, options.max_json_depth, options.max_row_bytes};
  return std::unique_ptr<RowSource>(std::make_unique<JsonRows>(std::move(lines), row_options));
}

Status FindEncoding(const TableOptions& options, const Sample& sample, TableShape& shape) {
  if (options.encoding) {
    shape.encoding = *options.encoding;
    shape.encoding_why = "given";
    return {};
  }
  YIXIN_TRY(const FoundEncoding found, DetectEncoding(sample.bytes, sample.is_whole));
  shape.encoding = found.encoding;
  shape.encoding_why = found.why;
  return {};
}

Status FindFormat(const TableOptions& options, const Sample& sample, TableShape& shape) {
  const std::optional<TableFormat> by_name = FormatOfName(options.name);
  if (options.format) {
    shape.format = *options.format;
    shape.format_why = "given";
  } else if (by_name) {
    shape.format = *by_name;
    shape.format_why = "by name";
  } else {
    YIXIN_TRY(shape.format, FormatOfContent(sample.text, sample.is_whole));
    shape.format_why = "by content";
  }
  return {};
}

}  // namespace

Result<RowReader> RowReader::Open(std::unique_ptr<ByteSource> source, const TableOptions& options) {
  YIXIN_CHECK_OK(CheckOptions(options));
  YIXIN_TRY(Sample sample, ReadSample(*source, options.max_row_bytes));
  TableShape shape;
  const auto look = [&]() -> Status {
    YIXIN_CHECK_OK(CheckIsText(sample.bytes));
    YIXIN_CHECK_OK(FindEncoding(options, sample, shape));
    shape.line_break = DetectLineBreak(sample.bytes, shape.encoding);
    YIXIN_CHECK_OK(DecodeSample(sample, shape));
    return FindFormat(options, sample, shape);
  };
  if (Status looked = look(); !looked) return Named(options, std::move(looked).error());
  if (sample.is_whole && sample.bytes.size() == MarkBytes(sample.bytes, shape.encoding)) {
    return Broken(options, "the file is empty, expected rows");
  }

  YIXIN_TRY(TextLines lines,
            TextLines::Create(std::move(source), sample.bytes,
                              {shape.encoding, shape.line_break, options.max_row_bytes}));
  Result<std::unique_ptr<RowSource>> rows = std::unique_ptr<RowSource>();
  switch (shape.format) {
    case TableFormat::kCsv:
      rows = OpenCsv(options, sample, std::move(lines), shape);
      break;
    case TableFormat::kJsonLines:
      rows = OpenJson(options, sample, std::move(lines), shape);
      break;
    case TableFormat::kPlainLines:
      shape.columns = {"text"};
      rows = std::unique_ptr<RowSource>(
          std::make_unique<PlainRows>(std::move(lines), options.max_row_bytes));
      break;
  }
  if (!rows) return std::move(rows).error();
  return RowReader(std::move(shape), *std::move(rows));
}

Result<size_t> RowReader::FindColumn(std::string_view name) const {
  const std::vector<std::string>& columns = shape_.columns;
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found != columns.end()) return static_cast<size_t>(found - columns.begin());
  constexpr size_t kShown = 20;
  std::string words = "there is no column " + QuoteName(name) + "; the columns are";
  for (size_t i = 0; i < std::min(columns.size(), kShown); ++i) {
    words += ' ';
    words += QuoteName(columns[i]);
  }
  if (columns.empty()) words = "there is no column " + QuoteName(name) + ": no row could be read";
  if (columns.size() > kShown) words += " and " + std::to_string(columns.size() - kShown) + " more";
  return Error{ErrorCode::kNotFound, words, std::string(name)};
}

Result<bool> RowReader::Next(TableRow& row) {
  YIXIN_TRY(const bool is_there, rows_->Next(row));
  if (!is_there) return false;
  if (row.fault == RowFault::kNone && row.cells.size() != shape_.columns.size()) {
    row.Fail(RowFault::kCellCount, "the row has " + std::to_string(row.cells.size()) +
                                       " cells, expected " + std::to_string(shape_.columns.size()));
  }
  return true;
}

}  // namespace yixin
