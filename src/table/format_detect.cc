// Tested by: format_detect_test.cc
#include "table/format_detect.h"

#include <algorithm>
#include <array>
#include <string>

#include "table/csv_detect.h"
#include "table/json_fields.h"

namespace yixin {
namespace {

struct NamedFormat {
  std::string_view ending;
  TableFormat format;
};
constexpr std::array<NamedFormat, 5> kEndings = {{{".csv", TableFormat::kCsv},
                                                  {".tsv", TableFormat::kCsv},
                                                  {".tab", TableFormat::kCsv},
                                                  {".jsonl", TableFormat::kJsonLines},
                                                  {".ndjson", TableFormat::kJsonLines}}};

struct BinaryFormat {
  std::string_view magic;
  const char* what;
  const char* advice;
};
constexpr std::array<BinaryFormat, 5> kBinaries = {
    {{"\x1f\x8b", "a gzip file", "unpack it first (gzip -d)"},
     {"PK\x03\x04", "a zip file or an Excel workbook", "unpack it, or save it as CSV in UTF-8"},
     {"PAR1", "a Parquet file", "write it as CSV or JSONL first"},
     {"SQLite format 3", "an SQLite database", "write the table as CSV first"},
     {"%PDF-", "a PDF", "write its text to a file first"}}};

constexpr std::string_view kSpace = " \t\r\n";
constexpr size_t kLinesLookedAt = 20;
// Prose has commas too, but not the same number of them in nine lines of ten.
constexpr double kTableAgreement = 0.9;

bool HasJsonObject(std::string_view text) {
  for (size_t i = 0; i < kLinesLookedAt && !text.empty(); ++i) {
    const size_t end = std::min(text.find_first_of("\r\n"), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), end + 1));
    line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
    const size_t last = line.find_last_not_of(kSpace);
    if (last == std::string_view::npos || line[0] != '{' || line[last] != '}') continue;
    if (ParseJsonFields(line.substr(0, last + 1), 64).fault == RowFault::kNone) return true;
  }
  return false;
}

bool IsJsonArray(std::string_view text) {
  const size_t bracket = text.find_first_not_of(kSpace);
  if (bracket == std::string_view::npos || text[bracket] != '[') return false;
  const size_t item = text.find_first_not_of(kSpace, bracket + 1);
  return item != std::string_view::npos && text[item] == '{';
}

}  // namespace

std::optional<TableFormat> FormatOfName(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const NamedFormat& named : kEndings) {
    if (lower.ends_with(named.ending)) return named.format;
  }
  return {};
}

Status CheckIsText(std::string_view bytes) {
  for (const BinaryFormat& binary : kBinaries) {
    if (bytes.starts_with(binary.magic)) {
      return Error{ErrorCode::kInvalidFile,
                   std::string("this is ") + binary.what + ", expected text; " + binary.advice,
                   "format"};
    }
  }
  return {};
}

Result<TableFormat> FormatOfContent(std::string_view text, bool is_whole) {
  if (HasJsonObject(text)) return TableFormat::kJsonLines;
  if (IsJsonArray(text)) {
    return Error{ErrorCode::kUnsupported,
                 "this is a JSON array; write one object a line (jq -c '.[]')", "format"};
  }
  YIXIN_TRY(const FoundDialect found, DetectCsv(text, is_whole, {}));
  const bool is_table =
      found.columns > 1 && found.rows.size() > 1 && found.agreement >= kTableAgreement;
  return is_table ? TableFormat::kCsv : TableFormat::kPlainLines;
}

}  // namespace yixin
