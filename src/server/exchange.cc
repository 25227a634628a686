// Tested by: exchange_test.cc
#include "server/exchange.h"

#include <utility>

namespace yixin {

void Exchange::Wake() {
  const std::lock_guard lock(wake_mutex_);
  if (wake_) wake_();
}

void Exchange::SetWake(std::function<void()> wake) {
  const std::lock_guard lock(wake_mutex_);
  wake_ = std::move(wake);
}

void Exchange::AddHeaders(std::vector<std::pair<std::string, std::string>> headers) {
  const std::lock_guard lock(mutex_);
  headers_.insert(headers_.end(), headers.begin(), headers.end());
}

void Exchange::Respond(ServerResponse response) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kOpen) return;
    state_ = State::kComplete;
    head_ = std::move(response);
    has_head_ = true;
    gone_ = {};
  }
  Wake();
}

void Exchange::BeginStream(ServerResponse head) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kOpen) return;
    state_ = State::kStream;
    is_stream_ = true;
    head_ = std::move(head);
    has_head_ = true;
  }
  Wake();
}

bool Exchange::HasGone() {
  const std::lock_guard lock(mutex_);
  return state_ == State::kGone;
}

bool Exchange::Push(std::string_view bytes) {
  bool fits = false;
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kStream) return false;
    fits = bytes.size() <= queue_bytes_ - queue_.size();
    if (fits) {
      queue_ += bytes;
    } else {
      state_ = State::kGone;
      is_broken_ = true;
      gone_ = {};  // who pushes learns it here
    }
  }
  Wake();
  return fits;
}

void Exchange::EndStream() {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kStream) return;
    state_ = State::kComplete;
    gone_ = {};
  }
  Wake();
}

void Exchange::OnGone(std::function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kComplete) return;
    if (state_ != State::kGone) {
      gone_ = std::move(callback);
      return;
    }
  }
  callback();
}

Exchange::Step Exchange::Take() {
  const std::lock_guard lock(mutex_);
  if (is_broken_ || state_ == State::kGone) return {Kind::kBroken, {}, {}};
  if (has_head_) {
    has_head_ = false;
    head_.headers.insert(head_.headers.end(), headers_.begin(), headers_.end());
    return {is_stream_ ? Kind::kStreamHead : Kind::kResponse, std::move(head_), {}};
  }
  if (!queue_.empty()) return {Kind::kBytes, {}, std::exchange(queue_, {})};
  if (is_stream_ && state_ == State::kComplete && !end_taken_) {
    end_taken_ = true;
    return {Kind::kEnd, {}, {}};
  }
  return {};
}

void Exchange::Gone() {
  std::function<void()> callback;
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kComplete || state_ == State::kGone) return;
    state_ = State::kGone;
    callback = std::exchange(gone_, {});
  }
  if (callback) callback();
}

std::string ServerSentEvent(std::string_view name, std::string_view data) {
  std::string event;
  if (!name.empty()) event.append("event: ").append(name).append("\n");
  return event.append("data: ").append(data).append("\n\n");
}

}  // namespace yixin
