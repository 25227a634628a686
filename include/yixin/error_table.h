// The one table by which every door reports an error: HTTP status, OpenAI error type, exit code.
#pragma once

#include <array>

#include "yixin/result.h"

namespace yixin {

struct ErrorTraits {
  ErrorCode code;
  const char* name;
  int http_status;
  const char* openai_type;
  int exit_code;  // after sysexits.h where it has a word for it
};

inline constexpr std::array<ErrorTraits, 12> kErrorTable{{
    {ErrorCode::kInvalidArgument, "invalid_argument", 400, "invalid_request_error", 64},
    {ErrorCode::kInvalidText, "invalid_text", 400, "invalid_request_error", 65},
    {ErrorCode::kInvalidFile, "invalid_file", 422, "invalid_request_error", 65},
    {ErrorCode::kUnsupported, "unsupported", 422, "invalid_request_error", 69},
    {ErrorCode::kNotFound, "not_found", 404, "not_found_error", 66},
    {ErrorCode::kIo, "io", 500, "server_error", 74},
    {ErrorCode::kNetwork, "network", 502, "server_error", 68},
    {ErrorCode::kVerification, "verification", 500, "server_error", 76},
    {ErrorCode::kBusy, "busy", 429, "rate_limit_error", 75},
    {ErrorCode::kCancelled, "cancelled", 499, "server_error", 130},
    {ErrorCode::kOutOfMemory, "out_of_memory", 503, "server_error", 71},
    {ErrorCode::kInternal, "internal", 500, "server_error", 70},
}};

constexpr const ErrorTraits& TraitsOf(ErrorCode code) {
  return kErrorTable[static_cast<size_t>(code)];
}

// The table is indexed by the code.
static_assert([] {
  for (size_t i = 0; i < kErrorTable.size(); ++i) {
    if (static_cast<size_t>(kErrorTable[i].code) != i) return false;
  }
  return true;
}());

}  // namespace yixin
