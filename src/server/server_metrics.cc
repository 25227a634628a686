// Tested by: server_metrics_test.cc
#include "server/server_metrics.h"

#include <array>
#include <charconv>

namespace yixin {
namespace {

std::string Number(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.begin(), text.end(), value).ptr};
}

void Add(std::string* text, const char* name, const char* kind, const char* help,
         const std::string& value) {
  const std::string full = std::string("yixin_") + name;
  text->append("# HELP ").append(full).append(" ").append(help).append("\n# TYPE ");
  text->append(full).append(" ").append(kind).append("\n");
  if (!value.empty()) text->append(full).append(" ").append(value).append("\n");
}

void Add(std::string* text, const char* name, const char* help, const Histogram& histogram) {
  Add(text, name, "histogram", help, "");
  const std::string full = std::string("yixin_") + name;
  for (size_t i = 0; i < Histogram::kBounds.size(); ++i) {
    *text += full + "_bucket{le=\"" + Number(Histogram::kBounds[i]) + "\"} " +
             std::to_string(histogram.UpTo(i)) + "\n";
  }
  *text += full + "_bucket{le=\"+Inf\"} " + std::to_string(histogram.count()) + "\n";
  *text += full + "_sum " + Number(histogram.sum()) + "\n";
  *text += full + "_count " + std::to_string(histogram.count()) + "\n";
}

}  // namespace

void ServerMetrics::Count(const AccessRecord& record) {
  const std::lock_guard lock(mutex_);
  ++requests_[{record.route, record.status}];
  seconds_ += record.elapsed_ms / 1000;
  if (record.status == 429) ++rejected_;
  if (record.status == 499) ++gone_;
}

void ServerMetrics::Count(const ReplyTimes& times) {
  const std::lock_guard lock(mutex_);
  queue_.Add(times.queue_s);
  first_token_.Add(times.first_token_s);
  if (times.per_token_s > 0) per_token_.Add(times.per_token_s);
  whole_.Add(times.total_s);
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
  Add(&text, "request_queue_time_seconds", "Until the engine took a reply up.", queue_);
  Add(&text, "time_to_first_token_seconds", "From the request to the first text.", first_token_);
  Add(&text, "request_time_per_output_token_seconds", "Mean of a reply, behind its first token.",
      per_token_);
  Add(&text, "e2e_request_latency_seconds", "From the request to the reply's end.", whole_);
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
