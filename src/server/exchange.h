// One request's answer on its way from the engine's threads to the door: a response, or a stream
// through a bounded queue; and the way back, that the client has gone.
// Tested by: exchange_test.cc
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http_types.h"

namespace yixin {

// Threads: any. The callbacks are called without the lock.
class Exchange {
 public:
  explicit Exchange(size_t queue_bytes) : queue_bytes_(queue_bytes) {}

  // Whoever answers. The first answer counts; later ones are dropped.
  // Headers that every answer gets, behind its own.
  void AddHeaders(std::vector<std::pair<std::string, std::string>> headers);
  void Respond(ServerResponse response);
  void BeginStream(ServerResponse head);  // its body is not sent
  // false: nobody reads any more, or so slowly that the queue is full; the stream is over then.
  bool Push(std::string_view bytes);
  void EndStream();
  // Called once where the client goes before the answer is complete; at once if it has gone.
  void OnGone(std::function<void()> callback);

  // The client went, or was too slow, before the answer was complete.
  bool HasGone();

  // The door.
  enum class Kind { kWait, kResponse, kStreamHead, kBytes, kEnd, kBroken };
  struct Step {
    Kind kind = Kind::kWait;
    ServerResponse response;
    std::string bytes;
  };
  Step Take();
  // Called after every change that Take would show; empty: nobody listens any more.
  void SetWake(std::function<void()> wake);
  void Gone();

 private:
  enum class State { kOpen, kStream, kComplete, kGone };
  void Wake();

  const size_t queue_bytes_;
  std::mutex mutex_;
  State state_ = State::kOpen;
  bool has_head_ = false;  // a response or a stream's head, not yet taken
  bool is_stream_ = false;
  bool is_broken_ = false;
  bool end_taken_ = false;
  ServerResponse head_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::string queue_;
  std::function<void()> gone_;
  std::mutex wake_mutex_;  // held while it is called, so that SetWake({}) waits for the last call
  std::function<void()> wake_;
};

// An event of text/event-stream. In: `name` may be empty; `data` is one line.
std::string ServerSentEvent(std::string_view name, std::string_view data);

}  // namespace yixin
