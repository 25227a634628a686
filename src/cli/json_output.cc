#include "cli/json_output.h"

#include <fmt/format.h>

#include <cmath>

#include "yixin/error_table.h"

namespace yixin {
namespace {

constexpr int kMostDepth = 64;  // far more than any line of ours has, far less than a stack holds

Json Finite(double number) { return std::isfinite(number) ? Json(number) : Json(nullptr); }

double ToMilliseconds(double ms) { return std::round(ms * 1000) / 1000; }  // to the microsecond

// Brackets outside of strings. Only an upper bound is needed: the parser judges the rest.
bool TooDeep(const std::string& text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMostDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

std::string DumpLine(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json ToJson(const Classification& classification) {
  Json probs = nullptr;
  if (!classification.probs.empty()) {
    probs = Json::object();
    for (const auto& [label, probability] : classification.probs) probs[label] = probability;
  }
  return Json{{"label", classification.label},
              {"probs", probs},
              {"margin", Finite(classification.margin)},
              {"score_kind", classification.score_kind},
              {"task", classification.task},
              {"model", classification.model},
              {"ms", ToMilliseconds(classification.elapsed_ms)},
              {"label_mass", Finite(classification.label_mass)},
              {"kernels", classification.kernels}};
}

Json ToJson(const Error& error, std::optional<uint64_t> line) {
  Json json{{"error",
             {{"code", TraitsOf(error.code).name},
              {"message", error.message},
              {"subject", error.subject}}}};
  if (line) json["line"] = *line;
  return json;
}

const char* FinishName(FinishReason reason) {
  switch (reason) {
    case FinishReason::kEnd:
      return "end";
    case FinishReason::kLength:
      return "length";
    case FinishReason::kTimeout:
      return "timeout";
    case FinishReason::kStopped:
      return "stopped";
    case FinishReason::kRepetition:
      return "repetition";
  }
  return "unknown";
}

Json ToJson(const Reply& reply) {
  return Json{{"text", reply.text},
              {"finish", FinishName(reply.finish)},
              {"dropped_turns", reply.dropped_turns},
              {"prompt_tokens", reply.prompt_tokens},
              {"reused_tokens", reply.reused_tokens},
              {"new_tokens", reply.new_tokens},
              {"prefill_ms", ToMilliseconds(reply.prefill_ms)},
              {"decode_ms", ToMilliseconds(reply.decode_ms)}};
}

Result<Json> ParseJsonLine(const std::string& line) {
  const auto failure = [](std::string message) {
    return Error{ErrorCode::kInvalidFile, "not valid JSON: " + std::move(message), "json"};
  };
  if (TooDeep(line)) return failure(fmt::format("nested more than {} deep", kMostDepth));
  try {
    return Json::parse(line);
  } catch (const Json::parse_error& error) {
    // The parser quotes its input, which may not be UTF-8; the position says enough.
    return failure(fmt::format("stops making sense at byte {}", error.byte));
  } catch (const Json::exception& error) {
    return failure(error.what());
  }
}

}  // namespace yixin
