// A result's value as text.
// Tested by: row_writer_test.cc
#pragma once

#include <string>

#include "table/row_writer.h"

namespace yixin {

bool HasValue(const FieldValue& value);  // false for none, NaN and infinity
// Text as it is, numbers and true or false as JSON has them; empty without a value.
std::string FieldText(const FieldValue& value);
// {"sentiment.zh", "label"} -> "sentiment.zh.label".
std::string JoinPath(const FieldPath& path);

}  // namespace yixin
