// Tested by: json_rows_test.cc
#include "table/json_fields.h"

#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "base/utf8.h"
#include "table/row_source.h"

namespace yixin {
namespace {

using nlohmann::json;

// nlohmann's SAX interface (its names are not ours to choose). A member that returns false ends the
// reading.
class FieldReader {
 public:
  using number_integer_t = json::number_integer_t;
  using number_unsigned_t = json::number_unsigned_t;
  using number_float_t = json::number_float_t;
  using string_t = json::string_t;
  using binary_t = json::binary_t;

  FieldReader(JsonFields& out, int max_depth) : out_(out), max_depth_(max_depth) {}

  bool null() {
    if (depth() == 1) return Put(CellKind::kNull, "");
    return Put(CellKind::kScalar, "null");
  }
  bool boolean(bool value) { return Put(CellKind::kScalar, value ? "true" : "false"); }
  bool number_integer(number_integer_t value) {
    return Put(CellKind::kScalar, std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) {
    return Put(CellKind::kScalar, std::to_string(value));
  }
  bool number_float(number_float_t, const string_t& written) {
    return Put(CellKind::kScalar, written);
  }
  bool string(string_t& value) {
    if (depth() == 1) return Put(CellKind::kText, std::move(value));
    return Put(CellKind::kScalar, json(value).dump());
  }
  bool binary(binary_t&) { return false; }  // JSON text has none
  bool start_object(std::size_t) { return Open('{'); }
  bool end_object() { return Close('}'); }
  bool start_array(std::size_t) { return Open('['); }
  bool end_array() { return Close(']'); }
  bool key(string_t& name) {
    Level& level = levels_.back();
    if (++keys_ > kMaxCells) {
      return Stop(RowFault::kTooManyCells, "more than " + std::to_string(kMaxCells) + " keys");
    }
    if (!level.keys.insert(name).second) {
      return Stop(RowFault::kDuplicateKey, "the key " + QuoteName(name) + " is there twice");
    }
    if (depth() == 1) {
      out_.fields.push_back({std::move(name), CellKind::kText, ""});
    } else {
      std::string& text = out_.fields.back().text;
      if (level.keys.size() > 1) text += ',';
      text += json(name).dump() + ":";
    }
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const json::exception& error) {
    // The parser's own words quote the text; the place says enough.
    const bool is_range = dynamic_cast<const json::out_of_range*>(&error) != nullptr;
    return Stop(RowFault::kNotJson,
                is_range ? std::string("a number that is out of range")
                         : "not JSON at byte " + std::to_string(position) + " of the line");
  }

 private:
  struct Level {
    bool is_array = false;
    size_t items = 0;
    std::unordered_set<std::string> keys;
  };

  size_t depth() const { return levels_.size(); }
  bool Stop(RowFault fault, std::string message) {
    out_.fault = fault;
    out_.message = std::move(message);
    return false;
  }
  // A comma before an item of an array that has one already.
  void Separate() {
    if (depth() > 1 && levels_.back().is_array && levels_.back().items++ > 0) {
      out_.fields.back().text += ',';
    }
  }
  bool Put(CellKind kind, std::string text) {
    if (levels_.empty()) return NotAnObject();
    Separate();
    JsonField& field = out_.fields.back();
    if (depth() > 1) {
      field.text += text;
    } else {
      field.kind = kind;
      field.text = std::move(text);
    }
    return true;
  }
  bool NotAnObject() {
    return Stop(RowFault::kNotAnObject, "expected a JSON object, {\"...\": ...}");
  }
  bool Open(char bracket) {
    if (levels_.empty() && bracket == '[') return NotAnObject();
    if (depth() == static_cast<size_t>(max_depth_)) {
      return Stop(RowFault::kTooDeep,
                  "nested too deeply, at most " + std::to_string(max_depth_) + " levels");
    }
    if (!levels_.empty()) {
      Separate();
      out_.fields.back().kind = CellKind::kNested;
      out_.fields.back().text += bracket;
    }
    levels_.push_back({bracket == '[', 0, {}});
    return true;
  }
  bool Close(char bracket) {
    levels_.pop_back();
    if (!levels_.empty()) out_.fields.back().text += bracket;
    return true;
  }

  JsonFields& out_;
  int max_depth_;
  std::vector<Level> levels_;  // of the objects and arrays that are open
  size_t keys_ = 0;
};

}  // namespace

JsonFields ParseJsonFields(std::string_view text, int max_depth) {
  JsonFields out;
  // The parser would take a byte order mark in the middle of a file for nothing.
  if (!text.starts_with('{')) {
    out.fault = RowFault::kNotAnObject;
    out.message = "expected a JSON object, {\"...\": ...}";
    return out;
  }
  // It would also take a NUL for the end of the text; JSON has none anywhere.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    out.fault = RowFault::kNotJson;
    out.message = "not JSON at byte " + std::to_string(nul + 1) + " of the line";
    return out;
  }
  FieldReader reader(out, max_depth);
  if (!json::sax_parse(text, &reader) && out.fault == RowFault::kNone) {
    out.fault = RowFault::kNotJson;
    out.message = "not JSON";
  }
  if (out.fault != RowFault::kNone) out.fields.clear();
  return out;
}

}  // namespace yixin
