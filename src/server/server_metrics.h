// What GET /metrics says, in Prometheus' text format, with the suffixes that vLLM uses.
// Tested by: server_metrics_test.cc
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "server/histogram.h"
#include "server/http_types.h"
#include "server/reply_times.h"
#include "yixin/service.h"

namespace yixin {

// Threads: any.
class ServerMetrics {
 public:
  void Count(const AccessRecord& record);
  void Count(const ReplyTimes& times);
  std::string Text(const ServiceCounts& engine) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, uint64_t> requests_;  // by route and status
  double seconds_ = 0;
  Histogram queue_;
  Histogram first_token_;
  Histogram per_token_;
  Histogram whole_;
  uint64_t rejected_ = 0;  // 429: the queue was full
  uint64_t gone_ = 0;      // 499: the client went first
};

}  // namespace yixin
