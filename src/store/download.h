// One file over HTTP into a PartialFile: resumed by Range, bounded by its size, verified by its
// hash. Knows every way in which a server may answer with something else. Tested by:
// download_test.cc (against tests/support/fake_hub.py)
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "store/http.h"
#include "store/partial_file.h"
#include "store/progress.h"
#include "yixin/result.h"

namespace yixin {

struct DownloadRequest {
  std::string source;  // for events
  std::string url;
  std::string bearer_token;
  uint64_t bytes = 0;      // 0: not known
  uint64_t max_bytes = 0;  // more is refused where `bytes` is 0
  std::string sha256;      // empty: not known, and nothing is resumed
};

struct DownloadFailure {
  Error error;
  // Another source cannot help: full disk, stopped, out of memory.
  bool final = false;
  // "host:port" that could not be reached at all; empty otherwise.
  std::string dead_host;
};

// Everything that outlives one download within a pull.
struct DownloadContext {
  HttpClient& client;
  const PullEvents& events;
  ProgressMeter& meter;
  const StopFlag* stop;
};

// On success the partial file holds the whole file, and its hash is right where one is known. A
// broken connection is taken up again as long as each attempt brings bytes; a 429 or 503 is waited
// for where the server names a time of at most 30 s. After a failure the bytes stay for the next
// source or run, unless they are proven wrong.
std::optional<DownloadFailure> Download(const DownloadRequest& request,
                                        const DownloadContext& context, PartialFile* partial);

// A page of text of at most `max_bytes`. Out: `page`, and `head` where it is not null.
struct PageRequest {
  HttpRequest http;
  size_t max_bytes = 0;
};
std::optional<DownloadFailure> FetchPage(const PageRequest& request, HttpClient& client,
                                         const StopFlag* stop, std::string* page,
                                         HttpHead* head = nullptr);

// Seconds of a Retry-After header: a number or an HTTP date. Nothing where it says neither.
std::optional<int64_t> ParseRetryAfter(const std::string& header, int64_t now_unix_s);

// Is it final, whichever source comes next?
bool IsFinal(const Error& error);

}  // namespace yixin
