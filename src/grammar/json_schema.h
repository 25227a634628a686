// A JSON schema (json-schema.org, draft 2020-12) to the grammar of the JSON texts that satisfy it.
// A part of it: what OpenAI's structured outputs have, and what pydantic writes. A keyword that is
// not known here is an error that names it, never ignored; titles, descriptions, defaults and
// examples bind nothing.
// Tested by: json_schema_test.cc, tests/fuzz/json_schema_fuzz.cc
#pragma once

#include <cstddef>
#include <string_view>

#include "grammar/byte_grammar.h"
#include "yixin/result.h"

namespace yixin {

inline constexpr size_t kMostSchemaBytes = size_t{64} << 10;

// Some texts that satisfy the schema are not in the grammar: members come in the order in which the
// schema names them, and those that it does not name are left out where it names any.
// Errors: kInvalidArgument (subject json_schema): no JSON, too large, a keyword that is not known
// or not with this value, nothing that satisfies it. Cost: some milliseconds.
Result<ByteGrammar> CompileJsonSchema(std::string_view schema);

}  // namespace yixin
