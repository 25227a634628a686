#include "store/download.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <optional>
#include <thread>

#include "store/url.h"

namespace yixin {
namespace {

constexpr int kMaxAttempts = 6;        // that each brought bytes
constexpr int kMaxWaits = 3;           // for a server that says when to come back
constexpr int64_t kLongestWaitS = 30;  // longer, and the next source is sooner

struct ContentRange {
  uint64_t begin = 0;
  uint64_t total = 0;  // 0: not said
};

// "bytes 100-199/200" or "bytes 100-199/*".
std::optional<ContentRange> ParseContentRange(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (!text.starts_with(kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  ContentRange range;
  const char* end = text.data() + text.size();
  const auto begin = std::from_chars(text.data(), end, range.begin);
  const size_t slash = text.find('/');
  if (begin.ec != std::errc() || begin.ptr == end || *begin.ptr != '-' ||
      slash == std::string_view::npos) {
    return std::nullopt;
  }
  if (text.substr(slash + 1) == "*") return range;
  const auto total = std::from_chars(text.data() + slash + 1, end, range.total);
  if (total.ec != std::errc() || total.ptr != end) return std::nullopt;
  return range;
}

bool IsWebPage(const HttpHead& head) {
  const std::string type = head.Header("content-type");
  return type.starts_with("text/html") || type.starts_with("application/xhtml");
}

Error Wrong(const std::string& problem, const std::string& url) {
  return Error{ErrorCode::kVerification, problem, DisplayUrl(url)};
}

std::string SizeProblem(uint64_t expected, uint64_t got) {
  return "the file there has another size: expected " + std::to_string(expected) + " bytes, got " +
         std::to_string(got);
}

// One download's state over its attempts.
class Attempts {
 public:
  Attempts(const DownloadRequest& request, const DownloadContext& context, PartialFile* partial)
      : request_(request), context_(context), partial_(*partial), bytes_(request.bytes) {}

  std::optional<DownloadFailure> Run() {
    const bool too_long = bytes_ > 0 && partial_.size() > bytes_;
    // Without a hash nothing could tell an old beginning from the present one.
    if (request_.sha256.empty() || too_long) {
      if (auto reset = partial_.Reset(); !reset) return Fail(reset.error());
    }
    bool has_old_bytes = partial_.size() > 0;
    while (true) {
      if (auto failure = Complete()) return failure;
      if (request_.sha256.empty()) return std::nullopt;
      const std::string got = partial_.HexDigest();
      if (got == request_.sha256) return std::nullopt;
      if (auto reset = partial_.Reset(); !reset) return Fail(reset.error());
      if (!has_old_bytes) {
        return Fail(Wrong("wrong bytes: expected SHA-256 " + request_.sha256 + ", got " + got,
                          request_.url));
      }
      // The fault may be in what was here before, of another source or run: once from the
      // beginning.
      has_old_bytes = false;
    }
  }

 private:
  DownloadFailure Fail(const Error& error, const std::string& dead_host = "") const {
    return DownloadFailure{error, IsFinal(error), dead_host};
  }

  bool Whole() const {
    if (bytes_ > 0) return partial_.size() == bytes_;
    // A run that was killed after the last byte.
    return partial_.size() > 0 && !request_.sha256.empty() &&
           partial_.HexDigest() == request_.sha256;
  }

  // Fetches until the file is whole.
  std::optional<DownloadFailure> Complete() {
    int attempts = 0;
    int waits = 0;
    bool restarted = false;
    if (!context_.meter.started()) context_.meter.Start(partial_.size());
    while (!Whole()) {
      const uint64_t before = partial_.size();
      const HttpOutcome outcome = Fetch();
      using Kind = HttpOutcome::Kind;
      if (outcome.kind == Kind::kOk) {
        if (bytes_ == 0 || Whole()) return std::nullopt;
        return Fail(Wrong("short file: expected " + std::to_string(bytes_) + " bytes, got " +
                              std::to_string(partial_.size()),
                          request_.url));
      }
      const bool brought_bytes = partial_.size() > before;
      if (outcome.kind == Kind::kCut && !request_.sha256.empty() && brought_bytes &&
          ++attempts < kMaxAttempts) {
        continue;
      }
      if (WantsRestart(outcome, before) && !restarted) {
        restarted = true;
        if (auto reset = partial_.Reset(); !reset) return Fail(reset.error());
        continue;
      }
      if (outcome.kind == Kind::kStatus && waits < kMaxWaits && WaitAsAsked(outcome.head)) {
        ++waits;
        continue;
      }
      return Fail(outcome.error, outcome.kind == Kind::kNotReached ? outcome.host : "");
    }
    return std::nullopt;
  }

  HttpOutcome Fetch() {
    range_mismatch_ = false;
    HttpRequest http;
    http.url = request_.url;
    http.bearer_token = request_.bearer_token;
    http.range_begin = partial_.size();
    return context_.client.Fetch(
        http, [this](const HttpHead& head) { return CheckHead(head); },
        [this](std::span<const std::byte> bytes) { return Take(bytes); }, context_.stop);
  }

  Status CheckHead(const HttpHead& head) {
    if (IsWebPage(head)) {
      return Wrong("a web page (" + head.Header("content-type") + ") instead of the file",
                   request_.url);
    }
    if (head.status == 206) {
      const auto range = ParseContentRange(head.Header("content-range"));
      if (!range || range->begin != partial_.size()) {
        range_mismatch_ = true;
        return Wrong("the server sent another range than was asked for", request_.url);
      }
      return range->total == 0 ? Status() : CheckSize(range->total);
    }
    if (const auto length = head.ContentLength()) YIXIN_CHECK_OK(CheckSize(*length));
    // The server ignores Range: the whole file comes again.
    if (partial_.size() > 0) return partial_.Reset();
    return {};
  }

  // What the server says about the size, against what is known; learned where nothing is.
  Status CheckSize(uint64_t size) {
    if (bytes_ != 0 && size != bytes_) return Wrong(SizeProblem(bytes_, size), request_.url);
    if (bytes_ == 0 && size > request_.max_bytes) {
      return Wrong("larger than expected: at most " + std::to_string(request_.max_bytes) +
                       " bytes, got " + std::to_string(size),
                   request_.url);
    }
    bytes_ = size;
    return {};
  }

  Status Take(std::span<const std::byte> bytes) {
    const uint64_t limit = bytes_ > 0 ? bytes_ : request_.max_bytes;
    if (bytes.size() > limit - std::min(limit, partial_.size())) {
      return Wrong("longer than expected: more than " + std::to_string(limit) + " bytes",
                   request_.url);
    }
    YIXIN_CHECK_OK(partial_.Append(bytes));
    context_.meter.Report(partial_.size());
    return {};
  }

  // 416, or a range that is not the one asked for: without Range it may work.
  bool WantsRestart(const HttpOutcome& outcome, uint64_t before) const {
    if (before == 0) return false;
    return (outcome.kind == HttpOutcome::Kind::kStatus && outcome.head.status == 416) ||
           (outcome.kind == HttpOutcome::Kind::kRejected && range_mismatch_);
  }

  // False: the server does not say when to come back, or it is too long.
  bool WaitAsAsked(const HttpHead& head) const {
    if (head.status != 429 && head.status != 503) return false;
    const auto wait = ParseRetryAfter(head.Header("retry-after"), std::time(nullptr));
    if (!wait || *wait > kLongestWaitS) return false;
    context_.events.Tell(
        PullEvent::Kind::kWaiting, request_.source,
        request_.source + ": the server asks to wait " + std::to_string(*wait) + " s");
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(*wait);
    while (std::chrono::steady_clock::now() < end) {
      if (context_.stop != nullptr && context_.stop->requested()) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return true;
  }

  const DownloadRequest& request_;
  const DownloadContext& context_;
  PartialFile& partial_;
  uint64_t bytes_ = 0;  // 0: not known yet
  bool range_mismatch_ = false;
};

}  // namespace

std::optional<DownloadFailure> Download(const DownloadRequest& request,
                                        const DownloadContext& context, PartialFile* partial) {
  return Attempts(request, context, partial).Run();
}

std::optional<DownloadFailure> FetchPage(const PageRequest& request, HttpClient& client,
                                         const StopFlag* stop, std::string* page, HttpHead* head) {
  page->clear();
  const auto take = [&](std::span<const std::byte> bytes) -> Status {
    if (page->size() + bytes.size() > request.max_bytes) {
      return Error{ErrorCode::kVerification,
                   "the page is longer than " + std::to_string(request.max_bytes) + " bytes",
                   DisplayUrl(request.http.url)};
    }
    page->append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  };
  HttpOutcome outcome = client.Fetch(request.http, {}, take, stop);
  if (head != nullptr) *head = std::move(outcome.head);
  if (outcome.kind == HttpOutcome::Kind::kOk) return std::nullopt;
  DownloadFailure failure{outcome.error, IsFinal(outcome.error), ""};
  failure.error.message = DisplayUrl(request.http.url) + ": " + failure.error.message;
  if (outcome.kind == HttpOutcome::Kind::kNotReached) failure.dead_host = outcome.host;
  return failure;
}

std::optional<int64_t> ParseRetryAfter(const std::string& header, int64_t now_unix_s) {
  if (header.empty()) return std::nullopt;
  int64_t seconds = 0;
  const char* end = header.data() + header.size();
  const auto number = std::from_chars(header.data(), end, seconds);
  if (number.ec == std::errc() && number.ptr == end) {
    return seconds >= 0 ? std::optional<int64_t>(seconds) : std::nullopt;
  }
  const time_t date = curl_getdate(header.c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return std::max<int64_t>(0, static_cast<int64_t>(date) - now_unix_s);
}

bool IsFinal(const Error& error) {
  return error.code == ErrorCode::kIo || error.code == ErrorCode::kCancelled ||
         error.code == ErrorCode::kOutOfMemory;
}

}  // namespace yixin
