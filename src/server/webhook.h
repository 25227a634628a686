// Tells another program, over HTTP, that a human is asked for: off unless the operator names a URL.
// Each message is signed, so that its receiver knows from whom it is.
// Tested by: tests/e2e/serve_assist_test.py
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "yixin/result.h"

namespace yixin {

struct WebhookOptions {
  std::string url;  // http or https
  std::string secret;
  int tries = 4;             // a message that nobody takes is given up then
  int first_pause_ms = 500;  // between two of them; doubled each time
  int timeout_ms = 10'000;   // of one
  size_t most_waiting = 1000;
};

// POSTs application/json with X-Yixin-Timestamp (seconds since 1970) and X-Yixin-Signature:
// sha256=HMAC-SHA256(secret, TIMESTAMP + "." + BODY) in hex. Taken is any status from 200 to 299.
// Redirects are not followed. Threads: any.
class Webhook {
 public:
  // report: told in words of each message that was given up, from the hook's own thread.
  Webhook(WebhookOptions options, std::function<void(const std::string&)> report);
  // Tries once more what waits, and no longer than one timeout.
  ~Webhook();
  Webhook(const Webhook&) = delete;
  Webhook& operator=(const Webhook&) = delete;

  // At once; sent later, in order.
  void Send(std::string json);

 private:
  void Run();
  // Empty: taken.
  std::string TryOnce(const std::string& body) const;
  std::string Try(const std::string& body) const;
  bool Pause(int ms);

  const WebhookOptions options_;
  const std::function<void(const std::string&)> report_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> waiting_;
  bool is_stopping_ = false;
  std::thread thread_;
};

// Errors: kInvalidArgument where it is no http or https URL.
Status CheckWebhookUrl(const std::string& url);

}  // namespace yixin
