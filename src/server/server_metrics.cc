// Tested by: server_metrics_test.cc
#include "server/server_metrics.h"

#include <cstdio>

namespace yixin {
namespace {

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

void Add(std::string* text, const char* name, const char* kind, const char* help,
         const std::string& value) {
  const std::string full = std::string("yixin_") + name;
  text->append("# HELP ").append(full).append(" ").append(help).append("\n# TYPE ");
  text->append(full).append(" ").append(kind).append("\n");
  if (!value.empty()) text->append(full).append(" ").append(value).append("\n");
}

}  // namespace

void ServerMetrics::Count(const AccessRecord& record) {
  const std::lock_guard lock(mutex_);
  ++requests_[{record.route, record.status}];
  seconds_ += record.elapsed_ms / 1000;
  if (record.status == 429) ++rejected_;
  if (record.status == 499) ++gone_;
}

std::string ServerMetrics::Text(const ServiceCounts& engine) const {
  std::string text;
  Add(&text, "num_requests_running", "gauge", "Replies that are being written.",
      std::to_string(engine.running));
  Add(&text, "num_requests_waiting", "gauge", "Requests that wait for the engine.",
      std::to_string(engine.waiting));
  Add(&text, "kv_cache_usage_perc", "gauge", "Share of the KV cache in use, 1 is all.",
      Number(engine.kv_used));
  Add(&text, "prompt_tokens_total", "counter", "Prompt tokens computed.",
      std::to_string(engine.prompt_tokens));
  Add(&text, "prefix_cache_hits_total", "counter", "Prompt tokens that were already computed.",
      std::to_string(engine.reused_tokens));
  Add(&text, "generation_tokens_total", "counter", "Tokens written.",
      std::to_string(engine.new_tokens));
  Add(&text, "labelled_texts_total", "counter", "Texts labelled.",
      std::to_string(engine.labelled_texts));
  const std::lock_guard lock(mutex_);
  Add(&text, "requests_rejected_total", "counter", "Requests answered with 429.",
      std::to_string(rejected_));
  Add(&text, "requests_cancelled_total", "counter", "Requests whose client went first.",
      std::to_string(gone_));
  Add(&text, "request_seconds_total", "counter", "Time of all HTTP requests.", Number(seconds_));
  Add(&text, "http_requests_total", "counter", "HTTP requests by route and status.", "");
  for (const auto& [key, count] : requests_) {
    text += "yixin_http_requests_total{route=\"" + key.first + "\",status=\"" +
            std::to_string(key.second) + "\"} " + std::to_string(count) + "\n";
  }
  return text;
}

}  // namespace yixin
