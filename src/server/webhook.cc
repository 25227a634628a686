// Tested by: tests/e2e/serve_assist_test.py
#include "server/webhook.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <chrono>
#include <ctime>
#include <memory>
#include <new>
#include <utility>

#include "server/hex_text.h"

namespace yixin {
namespace {

std::string Signature(const std::string& secret, const std::string& message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(),
       &size);
  return HexText({digest.data(), size});
}

// What the receiver says is not read.
size_t Discard(char*, size_t size, size_t count, void*) { return size * count; }

}  // namespace

Status CheckWebhookUrl(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  const bool is_http = url.starts_with("http://") || url.starts_with("https://");
  if (is_http && curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK) return {};
  return Error{ErrorCode::kInvalidArgument, "--webhook: expected a URL: https://example.org/hook",
               "--webhook"};
}

Webhook::Webhook(WebhookOptions options, std::function<void(const std::string&)> report)
    : options_(std::move(options)), report_(std::move(report)), thread_([this] { Run(); }) {}

Webhook::~Webhook() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Webhook::Send(std::string json) {
  bool is_full = false;
  {
    const std::lock_guard lock(mutex_);
    is_full = waiting_.size() >= options_.most_waiting;
    if (!is_full) waiting_.push_back(std::move(json));
  }
  if (is_full) {
    report_("webhook: too many messages wait; one was given up");
  } else {
    changed_.notify_one();
  }
}

std::string Webhook::TryOnce(const std::string& body) const {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 curl_easy_cleanup);
  if (curl == nullptr) return "out of memory";
  const std::string time = std::to_string(std::time(nullptr));
  const std::string signature = Signature(options_.secret, time + "." + body);
  curl_slist* headers = nullptr;
  for (const std::string& header :
       {std::string("Content-Type: application/json"), "X-Yixin-Timestamp: " + time,
        "X-Yixin-Signature: sha256=" + signature, std::string("Expect:")}) {
    headers = curl_slist_append(headers, header.c_str());
  }
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> owner(headers,
                                                                          curl_slist_free_all);
  curl_easy_setopt(curl.get(), CURLOPT_URL, options_.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Discard);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout_ms));
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return curl_easy_strerror(code);
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  return status >= 200 && status < 300 ? "" : "status " + std::to_string(status);
}

std::string Webhook::Try(const std::string& body) const {
  try {
    return TryOnce(body);
  } catch (const std::bad_alloc&) {
    return "out of memory";
  }
}

// false: the server stops.
bool Webhook::Pause(int ms) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, std::chrono::milliseconds(ms), [&] { return is_stopping_; });
}

void Webhook::Run() {
  while (true) {
    std::string body;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return is_stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      body = std::move(waiting_.front());
      waiting_.pop_front();
    }
    std::string failure = Try(body);
    int pause_ms = options_.first_pause_ms;
    for (int i = 1; i < options_.tries && !failure.empty() && Pause(pause_ms); ++i) {
      failure = Try(body);
      pause_ms *= 2;
    }
    if (failure.empty()) continue;
    report_("webhook: a message was given up: " + failure);
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;  // nobody is there, and others wait for the end
  }
}

}  // namespace yixin
