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

TEST(ServerMetrics, TimesOfReplies) {
  ServerMetrics metrics;
  metrics.Count(ReplyTimes{.queue_s = 0, .first_token_s = 0.05, .per_token_s = 0, .total_s = 100});
  metrics.Count(ReplyTimes{.queue_s = 0, .first_token_s = 0.3, .per_token_s = 0.02, .total_s = 1});
  const std::string text = metrics.Text({});
  for (const char* line : {"yixin_time_to_first_token_seconds_bucket{le=\"0.025\"} 0\n",
                           "yixin_time_to_first_token_seconds_bucket{le=\"0.05\"} 1\n",
                           "yixin_time_to_first_token_seconds_bucket{le=\"+Inf\"} 2\n",
                           "yixin_time_to_first_token_seconds_sum 0.35\n",
                           "yixin_request_time_per_output_token_seconds_count 1\n",
                           "yixin_e2e_request_latency_seconds_bucket{le=\"60\"} 1\n",
                           "# TYPE yixin_request_queue_time_seconds histogram\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace yixin
