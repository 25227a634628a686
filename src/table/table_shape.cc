// Tested by: row_reader_test.cc
#include "table/table_shape.h"

namespace yixin {
namespace {

std::string CharacterName(char c) {
  switch (c) {
    case ',':
      return "comma";
    case '\t':
      return "tab";
    case ';':
      return "semicolon";
    case '|':
      return "bar";
    default:
      return std::string("'") + c + "'";
  }
}

std::string DescribeCsv(const TableShape& shape) {
  const CsvDialect& dialect = shape.dialect;
  std::string words = dialect.delimiter == '\0'
                          ? "one cell a line"
                          : CharacterName(dialect.delimiter) + " between cells";
  if (dialect.quote == '\0') {
    words += ", quotes are text";
  } else if (dialect.quote != '"') {
    words += std::string(", quoted with ") + dialect.quote;
  }
  words += " (" + shape.dialect_why + "), ";
  return words + (shape.has_header ? "header" : "no header") + " (" + shape.header_why + ")";
}

}  // namespace

const char* FormatName(TableFormat format) {
  switch (format) {
    case TableFormat::kCsv:
      return "csv";
    case TableFormat::kJsonLines:
      return "jsonl";
    case TableFormat::kPlainLines:
      return "lines";
  }
  return "unknown";
}

std::string Describe(const TableShape& shape) {
  std::string words = std::string(FormatName(shape.format)) + " (" + shape.format_why + "), " +
                      EncodingName(shape.encoding) + " (" + shape.encoding_why + ")";
  if (shape.line_break == LineBreak::kAny) words += ", lines end in CR";
  if (shape.format == TableFormat::kCsv) words += ", " + DescribeCsv(shape);
  const size_t columns = shape.columns.size();
  return words + ", " + std::to_string(columns) + (columns == 1 ? " column" : " columns");
}

}  // namespace yixin
