// Tested by: row_writer_test.cc
#include "table/json_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <variant>

#include "base/utf8.h"
#include "table/field_text.h"

namespace yixin {
namespace {

using nlohmann::json;

std::string Quoted(const std::string& text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string ValueText(const FieldValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? Quoted(*text) : FieldText(value);
}

// An object's text without its braces, and without the white space inside them.
std::string_view Inside(std::string_view object) {
  object = object.substr(1, object.size() - 2);
  const size_t begin = object.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return object.substr(begin, object.find_last_not_of(" \t\r\n") - begin + 1);
}

}  // namespace

JsonWriter::JsonWriter(const RowWriterOptions& options) : options_(options) {
  for (const FieldPath& path : options_.added) added_keys_.insert(path[0]);
}

void JsonWriter::AppendHeader(std::string&) {}

std::string JsonWriter::OwnFields(const TableRow& row) const {
  if (row.fault == RowFault::kNone && !row.raw.empty()) return std::string(Inside(row.raw));
  std::string fields;
  if (row.cells.size() != options_.columns.size()) return fields;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    if (i > 0) fields += ',';
    fields += Quoted(options_.columns[i]) + ":" + Quoted(row.cells[i]);
  }
  return fields;
}

// Objects are opened when their first value comes: those without a value are not there.
std::string JsonWriter::AddedFields(std::span<const FieldValue> added) const {
  std::string text;
  FieldPath open;        // objects
  bool is_first = true;  // in the innermost one
  for (size_t i = 0; i < std::min(added.size(), options_.added.size()); ++i) {
    if (!HasValue(added[i])) continue;
    const FieldPath& path = options_.added[i];
    size_t shared = 0;
    while (shared < open.size() && shared + 1 < path.size() && open[shared] == path[shared]) {
      ++shared;
    }
    text.append(open.size() - shared, '}');
    is_first = is_first && open.size() == shared;
    open.assign(path.begin(), path.end() - 1);
    for (size_t level = shared; level < open.size(); ++level) {
      if (!is_first) text += ',';
      text += Quoted(open[level]) + ":{";
      is_first = true;
    }
    if (!is_first) text += ',';
    text += Quoted(path.back()) + ":" + ValueText(added[i]);
    is_first = false;
  }
  text.append(open.size(), '}');
  return text;
}

Status JsonWriter::AppendRow(const TableRow& row, std::span<const FieldValue> added,
                             std::string& out) {
  for (const std::string& key : row.other_keys) {
    if (added_keys_.contains(key)) {
      return Error{ErrorCode::kInvalidFile,
                   "line " + std::to_string(row.position.line) + ": the row has a field " +
                       QuoteName(key) + " already, where the results would stand; rename it",
                   key};
    }
  }
  const std::string own = OwnFields(row);
  const std::string results = AddedFields(added);
  out += '{';
  out += own;
  if (!own.empty() && !results.empty()) out += ',';
  out += results;
  out += "}\n";
  return {};
}

}  // namespace yixin
