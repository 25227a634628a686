// The bytes of an answer's head and of a stream's chunks.
// Tested by: response_text_test.cc
#pragma once

#include <string>
#include <string_view>

#include "server/http_types.h"

namespace yixin {

enum class Framing { kLength, kChunked, kUntilClose };

struct HeadOptions {
  std::string_view request_id;
  bool keep_alive = false;
  Framing framing = Framing::kLength;
};

// Header values with control characters are left out: none of ours has any.
std::string ResponseHead(const ServerResponse& response, const HeadOptions& options);
// Empty bytes give nothing: an empty chunk would be the end.
std::string ChunkOf(std::string_view bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

// {"time":...,"id":...}: one line without what the client sent. In: seconds since 1970.
std::string AccessLine(const AccessRecord& record, int64_t time_s);

}  // namespace yixin
