// Any bytes as what a client sends, read in one piece and in small ones: whichever way they arrive,
// the same request comes of them. Bodies are http_body_fuzz.cc's.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/request_reader.h"
#include "server/url_text.h"

namespace {

using yixin::RequestReader;

void Feed(RequestReader& reader, std::string_view bytes, size_t piece) {
  std::string unread;
  while (!bytes.empty()) {
    unread += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (bool moved = true; moved;) {
      const auto before = reader.state();
      const size_t taken = reader.Take(unread);
      if (taken > unread.size()) std::abort();
      unread.erase(0, taken);
      moved = taken > 0 || reader.state() != before;
    }
  }
}

bool IsTooLong(const RequestReader& reader) {
  return reader.state() == RequestReader::State::kBad &&
         std::string_view(reader.refusal().message) == "a line is longer than may be";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const yixin::ServerLimits limits{.header_bytes = 400, .body_bytes = 1000};
  RequestReader whole(limits);
  RequestReader pieces(limits);
  Feed(whole, bytes, bytes.size());
  Feed(pieces, bytes, size_t{1} + data[0] % 16);
  const bool is_done = whole.state() == RequestReader::State::kDone;
  // A line that has not ended yet is only too long where it comes in pieces: what is read whole
  // needs no more room for it.
  if (is_done && IsTooLong(pieces)) return 0;
  if (is_done != (pieces.state() == RequestReader::State::kDone)) std::abort();
  if (!is_done) return 0;
  const yixin::ServerRequest& request = whole.request();
  if (request.body != pieces.request().body || request.path != pieces.request().path ||
      request.query != pieces.request().query)
    std::abort();
  (void)yixin::ParseQuery(request.query, {"limit", "after"});
  (void)yixin::PercentDecoded(request.path);
  return 0;
}
