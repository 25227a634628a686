// Hosts that could not be reached in this run. Names are "host:port".
// Tested by: store_test.cc
#pragma once

#include <mutex>
#include <set>
#include <string>

namespace yixin {

// Threads: any.
class DeadHosts {
 public:
  void Add(const std::string& host) {
    const std::lock_guard guard(mutex_);
    hosts_.insert(host);
  }
  bool Contains(const std::string& host) const {
    const std::lock_guard guard(mutex_);
    return hosts_.contains(host);
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> hosts_;
};

}  // namespace yixin
