#include "store/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <mutex>
#include <new>
#include <set>

#include "store/url.h"

namespace yixin {
namespace {

constexpr int kMaxHops = 10;  // the hub needs two
constexpr size_t kMaxHeaderBytes = 4096;
// How much of an error page is read so that the connection can be used again.
constexpr size_t kMaxErrorPageBytes = 64 * 1024;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r' ||
                           text.back() == '\n')) {
    text.remove_suffix(1);
  }
  return text;
}

// One hop as its callbacks see it.
struct Hop {
  CURL* curl = nullptr;
  HttpHead* head = nullptr;
  const std::function<Status(const HttpHead&)>* on_head = nullptr;
  const std::function<Status(std::span<const std::byte>)>* on_body = nullptr;
  const StopFlag* stop = nullptr;
  bool head_seen = false;
  size_t error_page_bytes = 0;
  std::optional<Error> rejected;

  bool Good() const { return head->status == 200 || head->status == 206; }

  // Exceptions must not pass through libcurl's C frames.
  template <typename Call>
  bool Accept(Call call) {
    try {
      const Status status = call();
      if (!status) rejected = status.error();
    } catch (const std::bad_alloc&) {
      rejected = Error{ErrorCode::kOutOfMemory, "out of memory", ""};
    }
    return !rejected;
  }

  bool SeeHead() {
    if (head_seen) return true;
    head_seen = true;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &head->status);
    return !Good() || !*on_head || Accept([&] { return (*on_head)(*head); });
  }
};

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  auto* hop = static_cast<Hop*>(user);
  const std::string_view line(data, size * count);
  hop->Accept([&]() -> Status {
    if (line.starts_with("HTTP/")) {
      // A new response: what an earlier one of this hop (100 Continue) said is void.
      std::erase_if(hop->head->headers,
                    [](const auto& header) { return !header.first.starts_with("x-linked-"); });
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || line.size() > kMaxHeaderBytes) return {};
    const std::string name = Lower(Trim(line.substr(0, colon)));
    // The first hop's hash counts; a later host cannot replace it.
    if (name.starts_with("x-linked-") && hop->head->headers.contains(name)) return {};
    constexpr size_t kMaxHeaders = 200;
    if (hop->head->headers.size() < kMaxHeaders) {
      hop->head->headers[name] = std::string(Trim(line.substr(colon + 1)));
    }
    return {};
  });
  return hop->rejected ? 0 : size * count;
}

size_t OnBody(char* data, size_t size, size_t count, void* user) {
  auto* hop = static_cast<Hop*>(user);
  const size_t bytes = size * count;
  if (!hop->SeeHead()) return 0;
  if (!hop->Good()) {
    hop->error_page_bytes += bytes;
    return hop->error_page_bytes > kMaxErrorPageBytes ? 0 : bytes;
  }
  if (!*hop->on_body) return bytes;
  const std::span<const char> body(data, bytes);
  return hop->Accept([&] { return (*hop->on_body)(std::as_bytes(body)); }) ? bytes : 0;
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto* hop = static_cast<const Hop*>(user);
  return hop->stop != nullptr && hop->stop->requested() ? 1 : 0;
}

void InitialiseOnce() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

bool IsRedirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

HttpOutcome Failure(HttpOutcome::Kind kind, ErrorCode code, const std::string& message,
                    const std::string& url) {
  HttpOutcome outcome;
  outcome.kind = kind;
  outcome.error = Error{code, message, DisplayUrl(url)};
  return outcome;
}

std::string StatusText(long status) {
  std::string text = "HTTP " + std::to_string(status);
  switch (status) {
    case 401:
    case 403:
      return text + " (no access: a token or password is needed, or the given one is not right)";
    case 404:
      return text + " (not there)";
    case 407:
      return text + " (the proxy wants a password)";
    case 416:
      return text + " (the range is not in the file)";
    case 429:
      return text + " (too many requests)";
    default:
      return text;
  }
}

}  // namespace

struct HttpClient::State {
  CURL* curl = nullptr;
  // What went wrong, in more words than the code has.
  std::array<char, CURL_ERROR_SIZE> reason{};
  ~State() {
    if (curl != nullptr) curl_easy_cleanup(curl);
  }
};

namespace {

void SetCommonOptions(CURL* curl, const HttpOptions& options, const HttpRequest& request) {
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);  // a name server that hangs must not hold us
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "yixin");
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 256L * 1024);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout_ms));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(options.stall_bytes_per_s));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_s));
  if (!options.ca_bundle.empty()) {
    std::error_code error;
    const bool folder = std::filesystem::is_directory(options.ca_bundle, error);
    curl_easy_setopt(curl, folder ? CURLOPT_CAPATH : CURLOPT_CAINFO, options.ca_bundle.c_str());
  }
  if (!options.client_cert.empty()) {
    curl_easy_setopt(curl, CURLOPT_SSLCERT, options.client_cert.c_str());
  }
  if (!options.proxy.empty()) curl_easy_setopt(curl, CURLOPT_PROXY, options.proxy.c_str());
  if (!options.netrc.empty()) {
    curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_OPTIONAL));
    curl_easy_setopt(curl, CURLOPT_NETRC_FILE, options.netrc.c_str());
  }
  if (request.head) curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  if (request.range_begin > 0) {
    const std::string range = std::to_string(request.range_begin) + "-";
    curl_easy_setopt(curl, CURLOPT_RANGE, range.c_str());
  }
}

void SetHop(CURL* curl, const UrlParts& url, const HttpOptions& options, Hop* hop) {
  curl_easy_setopt(curl, CURLOPT_URL, url.bare.c_str());
  const bool trusted = std::any_of(
      options.trusted_hosts.begin(), options.trusted_hosts.end(), [&](const std::string& host) {
        return Lower(host) == url.host || Lower(host) == url.host + ":" + url.port;
      });
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, trusted ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, trusted ? 0L : 2L);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, hop);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, hop);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &OnProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, hop);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

// The request's own headers; the token only where `own_origin`.
HeaderList MakeHeaders(const HttpRequest& request, bool own_origin) {
  const std::string accept = "Accept: " + request.accept;
  HeaderList headers(curl_slist_append(nullptr, accept.c_str()));
  if (own_origin && !request.bearer_token.empty()) {
    const std::string bearer = "Authorization: Bearer " + request.bearer_token;
    // On failure the list stays as it was, so nothing leaks and the server says 401.
    curl_slist_append(headers.get(), bearer.c_str());
  }
  return headers;
}

HttpOutcome TransferFailure(CURL* curl, CURLcode code, const std::string& details,
                            const HttpOptions& options, const std::string& url) {
  using Kind = HttpOutcome::Kind;
  curl_off_t connected_us = 0;
  curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &connected_us);
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    return Failure(Kind::kStopped, ErrorCode::kCancelled, "stopped", url);
  }
  if (code == CURLE_OUT_OF_MEMORY) {
    return Failure(Kind::kRejected, ErrorCode::kOutOfMemory, "out of memory", url);
  }
  if (code == CURLE_OPERATION_TIMEDOUT && connected_us > 0) {
    return Failure(Kind::kStalled, ErrorCode::kNetwork,
                   "slower than " + std::to_string(options.stall_bytes_per_s / 1024) +
                       " KB/s for " + std::to_string(options.stall_s) + " s",
                   url);
  }
  if (connected_us > 0) {
    return Failure(Kind::kCut, ErrorCode::kNetwork, "the connection broke: " + details, url);
  }
  std::string reason = details;
  if (code == CURLE_OPERATION_TIMEDOUT) {
    reason = "no connection within " + std::to_string(options.connect_timeout_ms / 1000) + " s";
  }
  return Failure(Kind::kNotReached, ErrorCode::kNetwork, reason, url);
}

}  // namespace

std::string HttpHead::Header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

std::optional<uint64_t> HttpHead::ContentLength() const {
  const std::string text = Header("content-length");
  uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return length;
}

HttpClient::HttpClient(HttpOptions options)
    : options_(std::move(options)), state_(std::make_unique<State>()) {
  InitialiseOnce();
  state_->curl = curl_easy_init();
  if (state_->curl == nullptr) throw std::bad_alloc();
}

HttpClient::~HttpClient() = default;

HttpOutcome HttpClient::Fetch(const HttpRequest& request,
                              const std::function<Status(const HttpHead&)>& on_head,
                              const std::function<Status(std::span<const std::byte>)>& on_body,
                              const StopFlag* stop) {
  using Kind = HttpOutcome::Kind;
  CURL* curl = state_->curl;
  const auto first = ParseUrl(request.url);
  if (!first) {
    return Failure(Kind::kRedirect, ErrorCode::kInvalidArgument, "expected a http or https URL",
                   request.url);
  }
  HttpHead head;
  std::set<std::string> visited;
  UrlParts url = *first;
  for (int i = 0; i < kMaxHops; ++i) {
    const std::string host = url.host + ":" + url.port;
    const auto at_host = [&](HttpOutcome outcome) {
      outcome.host = host;
      outcome.head = head;
      return outcome;
    };
    if (!visited.insert(url.bare).second) break;
    curl_easy_reset(curl);
    Hop hop{curl, &head, &on_head, &on_body, stop, false, 0, std::nullopt};
    SetCommonOptions(curl, options_, request);
    SetHop(curl, url, options_, &hop);
    state_->reason[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, state_->reason.data());
    const bool own_origin = url.Origin() == first->Origin();
    const HeaderList headers = MakeHeaders(request, own_origin);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    if (own_origin && !first->user.empty()) {
      curl_easy_setopt(curl, CURLOPT_USERNAME, first->user.c_str());
      curl_easy_setopt(curl, CURLOPT_PASSWORD, first->password.c_str());
    }
    head.url = url.bare;
    const CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK) hop.SeeHead();  // a body of no bytes never called back
    if (hop.rejected) {
      HttpOutcome outcome;
      outcome.kind = Kind::kRejected;
      outcome.error = *hop.rejected;
      return at_host(std::move(outcome));
    }
    const bool page_cut = hop.error_page_bytes > kMaxErrorPageBytes;
    if (code != CURLE_OK && !page_cut) {
      const std::string reason =
          state_->reason[0] == '\0' ? curl_easy_strerror(code) : state_->reason.data();
      return at_host(TransferFailure(curl, code, reason, options_, url.bare));
    }
    char* target = nullptr;
    curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &target);
    if (!IsRedirect(head.status) || target == nullptr) {
      if (hop.Good()) return at_host(HttpOutcome{Kind::kOk, {}, {}, {}});
      return at_host(
          Failure(Kind::kStatus, ErrorCode::kNetwork, StatusText(head.status), url.bare));
    }
    const auto next = ParseUrl(target);
    if (!next) {
      return at_host(Failure(Kind::kRedirect, ErrorCode::kNetwork,
                             "redirects to something that is no http or https URL", url.bare));
    }
    if (url.scheme == "https" && next->scheme == "http") {
      return at_host(Failure(Kind::kRedirect, ErrorCode::kNetwork,
                             "redirects from https to plain http (" + DisplayUrl(target) + ")",
                             url.bare));
    }
    url = *next;
  }
  auto outcome = Failure(
      Kind::kRedirect, ErrorCode::kNetwork,
      "redirects in a loop (more than " + std::to_string(kMaxHops) + " hops, or one address twice)",
      url.bare);
  outcome.host = url.host + ":" + url.port;
  return outcome;
}

}  // namespace yixin
