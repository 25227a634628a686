// Tested by: row_writer_test.cc
#include "table/row_writer.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/utf8.h"
#include "table/csv_writer.h"
#include "table/field_text.h"
#include "table/json_writer.h"

namespace yixin {
namespace {

Error Refused(const std::string& words, const std::string& subject) {
  return {ErrorCode::kInvalidArgument, words, subject};
}

// Every path once, no path that is the beginning of another, and paths that begin alike side by
// side: what can be written as one object.
Status CheckPaths(const std::vector<FieldPath>& paths) {
  std::set<FieldPath> fields;
  std::set<FieldPath> objects;
  FieldPath last;
  for (const FieldPath& path : paths) {
    const std::string name = QuoteName(JoinPath(path));
    if (path.empty()) return Refused("an added field without a name", "");
    FieldPath begin;
    for (size_t i = 0; i < path.size(); ++i) {
      begin.push_back(path[i]);
      const bool is_field = i + 1 == path.size();
      const bool continues =
          last.size() > i + 1 && std::equal(begin.begin(), begin.end(), last.begin());
      if (fields.contains(begin) || (is_field && objects.contains(begin))) {
        return Refused("the added field " + name + " is there twice", JoinPath(path));
      }
      if (!is_field && !objects.insert(begin).second && !continues) {
        return Refused("the added field " + name + " does not stand beside its likes",
                       JoinPath(path));
      }
    }
    fields.insert(path);
    last = path;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<RowWriter>> RowWriter::Create(const RowWriterOptions& options) {
  YIXIN_CHECK_OK(CheckPaths(options.added));
  const bool is_json = options.format == TableFormat::kJsonLines;
  std::set<std::string> names(options.columns.begin(), options.columns.end());
  std::set<std::string> added;
  for (const FieldPath& path : options.added) {
    const std::string name = is_json ? path[0] : JoinPath(path);
    if (names.contains(name) || (!is_json && !added.insert(name).second)) {
      return Refused("the results would stand in a column " + QuoteName(name) +
                         ", which the table has already; rename or drop that one",
                     name);
    }
  }
  if (is_json) {
    if (options.encoding != TextEncoding::kUtf8) {
      return Error{ErrorCode::kUnsupported,
                   std::string("JSONL is UTF-8, not ") + EncodingName(options.encoding) +
                       "; write CSV instead",
                   "encoding"};
    }
    return std::unique_ptr<RowWriter>(std::make_unique<JsonWriter>(options));
  }
  if (options.format != TableFormat::kCsv) {
    return Error{ErrorCode::kUnsupported, "results are written as CSV or JSONL", "format"};
  }
  if (options.encoding != TextEncoding::kUtf8 && options.encoding != TextEncoding::kGb18030) {
    return Error{
        ErrorCode::kUnsupported,
        std::string("CSV is written in utf-8 or gb18030, not ") + EncodingName(options.encoding),
        "encoding"};
  }
  YIXIN_TRY(Transcoder transcoder, Transcoder::FromUtf8(options.encoding));
  return std::unique_ptr<RowWriter>(std::make_unique<CsvWriter>(options, std::move(transcoder)));
}

}  // namespace yixin
