#include "server/server_metrics.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

TEST(ServerMetrics, CountsByRouteAndStatus) {
  ServerMetrics metrics;
  metrics.Count({.route = "/health", .status = 200, .elapsed_ms = 500});
  metrics.Count({.route = "/health", .status = 200, .elapsed_ms = 1000});
  metrics.Count({.route = "/v1/classify", .status = 429});
  metrics.Count({.route = "-", .status = 499});
  const std::string text = metrics.Text({.running = 3, .waiting = 2, .kv_used = 0.5});
  for (const char* line :
       {"yixin_num_requests_running 3\n", "yixin_num_requests_waiting 2\n",
        "yixin_kv_cache_usage_perc 0.5\n", "yixin_requests_rejected_total 1\n",
        "yixin_requests_cancelled_total 1\n", "yixin_request_seconds_total 1.5\n",
        "yixin_http_requests_total{route=\"/health\",status=\"200\"} 2\n",
        "# TYPE yixin_http_requests_total counter\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

}  // namespace
}  // namespace yixin
