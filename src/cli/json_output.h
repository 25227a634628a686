// What --json prints: one object a line. Keys stand in a fixed order; bytes that are not UTF-8
// become U+FFFD; numbers that are not finite become null. Tested by: json_output_test.cc
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "yixin/chat.h"
#include "yixin/result.h"
#include "yixin/task.h"

namespace yixin {

using Json = nlohmann::ordered_json;

std::string DumpLine(const Json& value);  // without the line break

// {"label", "probs", "margin", "score_kind", "task", "model", "ms", "label_mass", "kernels"}; probs
// and label_mass are null for a task of mode `generate`.
Json ToJson(const Classification& classification);
// {"error": {"code", "message", "subject"}, "line"}; the line counts from 1, and only lines have
// one.
Json ToJson(const Error& error, std::optional<uint64_t> line = std::nullopt);
// {"text", "finish", "prompt_tokens", ...}
Json ToJson(const Reply& reply);

const char* FinishName(FinishReason reason);

// Reads one JSON value from a line of input. Depth is bounded before parsing, for the parser
// recurses. Errors: kInvalidFile.
Result<Json> ParseJsonLine(const std::string& line);

}  // namespace yixin
