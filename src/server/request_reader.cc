// Tested by: request_reader_test.cc, tests/fuzz/http_request_fuzz.cc
#include "server/request_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <limits>
#include <string>
#include <utility>

namespace yixin {
namespace {

namespace http = boost::beast::http;

constexpr const char* kApiKey = "X-Api-Key";  // Anthropic's

// `0 CR LF CR LF`, with which every chunked body ends. Beast 1.81 asserts that it never sees less
// of one (basic_parser.ipp, parse_chunk_header); what is shorter is not yet worth showing to it.
bool MayBeCutLastChunk(std::string_view bytes) { return bytes.size() < 5 && bytes[0] == '0'; }

std::string Text(boost::beast::string_view view) { return {view.data(), view.size()}; }

// A line that ends without CR, which some programs take for an end and others do not.
bool HasBareLineFeed(std::string_view lines) {
  for (size_t at = lines.find('\n'); at != lines.npos; at = lines.find('\n', at + 1)) {
    if (at == 0 || lines[at - 1] != '\r') return true;
  }
  return false;
}

bool HasFoldedLine(std::string_view lines, bool begins_a_line) {
  if (begins_a_line && !lines.empty() && (lines[0] == ' ' || lines[0] == '\t')) return true;
  return lines.find("\r\n ") != lines.npos || lines.find("\r\n\t") != lines.npos;
}

bool EndsInVersion(std::string_view line) {
  constexpr std::string_view kVersion = " HTTP/1.1";
  return line.size() >= kVersion.size() &&
         line.substr(line.size() - kVersion.size(), 6) == kVersion.substr(0, 6);
}

}  // namespace

struct RequestReader::Parser {
  Parser() { beast.on_chunk_header(check_extension); }

  http::request_parser<http::string_body> beast;
  // Beast lets line breaks stand in a quoted value.
  std::function<void(uint64_t, boost::beast::string_view, boost::system::error_code&)>
      check_extension =
          [](uint64_t, boost::beast::string_view extension, boost::system::error_code& error) {
            if (extension.find_first_of("\r\n") != extension.npos) {
              error = http::error::bad_chunk_extension;
            }
          };
};

RequestReader::RequestReader(const ServerLimits& limits)
    // A line that does not end: of the header, or of a chunk.
    : most_unread_(limits.header_bytes), parser_(std::make_unique<Parser>()) {
  parser_->beast.header_limit(std::numeric_limits<uint32_t>::max());
  parser_->beast.body_limit(uint64_t{limits.body_bytes});
}

RequestReader::~RequestReader() = default;

void RequestReader::Refuse(int status, const char* message) {
  state_ = State::kBad;
  refusal_ = {status, message};
}

// What Beast lets through and this door does not.
void RequestReader::ReadHeader() {
  const auto& message = parser_->beast.get();
  const auto value = [&](http::field name) { return Text(message[name]); };
  is_http_1_0_ = message.version() == 10;
  keep_alive_ = message.keep_alive();
  for (const http::field name :
       {http::field::host, http::field::origin, http::field::authorization,
        http::field::content_length, http::field::transfer_encoding, http::field::content_type}) {
    if (message.count(name) > 1) return Refuse(400, "a header that may come once came twice");
  }
  if (message.count(kApiKey) > 1) return Refuse(400, "a header that may come once came twice");
  if (message.version() != 10 && message.version() != 11) {
    return Refuse(505, "HTTP/1.1 or HTTP/1.0 is expected");
  }
  if (!is_http_1_0_ && message.count(http::field::host) == 0) {
    return Refuse(400, "the header Host is missing");
  }
  if (message.count(http::field::transfer_encoding) != 0) {
    if (message.count(http::field::content_length) != 0) {
      return Refuse(400, "Content-Length and Transfer-Encoding exclude each other");
    }
    std::string coding = value(http::field::transfer_encoding);
    std::transform(coding.begin(), coding.end(), coding.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (is_http_1_0_ || coding != "chunked") {
      return Refuse(400, "the only Transfer-Encoding here is chunked, in HTTP/1.1");
    }
  }
  if (message.count(http::field::content_encoding) != 0) {
    return Refuse(415, "send the body without Content-Encoding");
  }
  const std::string expectation = value(http::field::expect);
  if (!expectation.empty()) {
    if (expectation != "100-continue") return Refuse(417, "the only Expect here is 100-continue");
    expects_continue_ = !is_http_1_0_;
  }
  const std::string target = Text(message.target());
  if (!target.starts_with('/')) return Refuse(400, "the request's target must begin with /");
  request_.method = Text(message.method_string());
  request_.path = target.substr(0, target.find('?'));
  if (request_.path.size() < target.size())
    request_.query = target.substr(request_.path.size() + 1);
  request_.host = value(http::field::host);
  if (message.count(http::field::origin) != 0) request_.origin = value(http::field::origin);
  request_.authorization = value(http::field::authorization);
  request_.api_key = Text(message[kApiKey]);
  request_.content_type = value(http::field::content_type);
  state_ = State::kBody;
}

// Said at once, for Beast would wait for the header's end. In: what of the header was not taken
// yet.
void RequestReader::CheckLines(std::string_view bytes) {
  // Beast takes whole lines, and the last one may have gone without the empty one behind it.
  if (header_taken_ > 0 && bytes.starts_with("\r\n")) return;
  const std::string_view header = bytes.substr(0, bytes.find("\r\n\r\n"));
  if (HasFoldedLine(header, header_taken_ > 0)) {
    return Refuse(400, "a header goes on in a second line");  // RFC 9112, 5.2: obsolete
  }
  if (HasBareLineFeed(header)) return Refuse(400, "lines end in CR LF");
  const size_t end = header.find("\r\n");
  const std::string_view line = header.substr(0, end);
  const bool is_whole = end != header.npos || line.size() < bytes.size();
  if (has_request_line_ || !is_whole) return;
  has_request_line_ = true;
  if (!EndsInVersion(line)) Refuse(400, "this is not an HTTP/1.1 request");
}

size_t RequestReader::Take(std::string_view bytes) {
  auto& beast = parser_->beast;
  size_t taken = 0;
  while (state_ == State::kHeader || state_ == State::kBody) {
    if (state_ == State::kBody && beast.is_done()) {
      request_.body = std::move(beast.get().body());
      state_ = State::kDone;
      break;
    }
    if (taken == bytes.size()) break;
    if (state_ == State::kHeader) CheckLines(bytes.substr(taken));
    if (state_ == State::kBad) break;
    if (state_ == State::kBody && beast.chunked() && MayBeCutLastChunk(bytes.substr(taken))) break;
    boost::system::error_code error;
    const boost::asio::const_buffer rest(bytes.data() + taken, bytes.size() - taken);
    const size_t step = beast.put(rest, error);
    taken += step;
    if (state_ == State::kHeader) {
      // Counted here: Beast's count depends on how the bytes are cut.
      header_taken_ += step;
      const size_t unread = beast.is_header_done() ? 0 : bytes.size() - taken;
      if (header_taken_ + unread > most_unread_) {
        Refuse(431, "the request's header is longer than may be");
        break;
      }
    }
    if (error == http::error::need_more) {
      if (state_ == State::kBody && HasBareLineFeed(bytes.substr(taken))) {
        Refuse(400, "lines end in CR LF");  // of a chunk, the only lines that a body has
      } else if (bytes.size() - taken > most_unread_) {
        Refuse(400, "a line is longer than may be");
      } else {
        break;
      }
    } else if (error == http::error::body_limit) {
      Refuse(413, "the request's body is longer than may be");
    } else if (error) {
      Refuse(400, "this is not an HTTP/1.1 request");
    } else if (state_ == State::kHeader && beast.is_header_done()) {
      ReadHeader();
      // Whoever asks decides here whether to go on.
      if (state_ == State::kBody && !beast.is_done()) break;
    } else if (step == 0) {
      break;
    }
  }
  return taken;
}

}  // namespace yixin
