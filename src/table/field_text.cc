// Tested by: row_writer_test.cc
#include "table/field_text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace yixin {
namespace {

constexpr int kDecimals = 6;

std::string FixedText(double number) {
  if (number == 0) number = 0;  // no -0.000000
  std::array<char, 400> text;   // the largest double has 309 digits before the point
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number,
                                 std::chars_format::fixed, kDecimals);
  return {text.data(), end.ptr};
}

}  // namespace

bool HasValue(const FieldValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return std::isfinite(*number);
  return !std::holds_alternative<std::monostate>(value);
}

std::string FieldText(const FieldValue& value) {
  if (!HasValue(value)) return "";
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<double>(&value)) return FixedText(*number);
  if (const auto* integer = std::get_if<int64_t>(&value)) return std::to_string(*integer);
  return std::get<bool>(value) ? "true" : "false";
}

std::string JoinPath(const FieldPath& path) {
  std::string name;
  for (const std::string& part : path) {
    if (!name.empty()) name += '.';
    name += part;
  }
  return name;
}

}  // namespace yixin
