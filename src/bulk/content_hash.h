// SHA-256 (FIPS 180-4) of what a run reads and writes, by libcrypto: a manifest's hashes. The room
// store has a like one, which the library's users do not see (tools/check_layers.py).
// Tested by: content_hash_test.cc
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

class ContentHash {
 public:
  ContentHash();
  ContentHash(ContentHash&&) noexcept;
  ContentHash& operator=(ContentHash&&) noexcept;
  ~ContentHash();

  void Add(std::string_view bytes);
  std::string Hex() const;  // of everything so far; more may follow

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// From the descriptor's beginning to its end, or `bytes` of it; its position stays. `name` is for
// messages. Errors: kIo; kCancelled; kVerification when there are fewer than `bytes`.
Result<ContentHash> HashDescriptor(int fd, const std::string& name, const StopFlag* stop,
                                   uint64_t bytes = UINT64_MAX);

// Of a file; of a folder, of its files' names and hashes by name (those in folders below are left
// out). Errors: kNotFound; kIo; kCancelled. Cost: reads all of it.
Result<std::string> HashPath(const std::string& path, const StopFlag* stop);

}  // namespace yixin
