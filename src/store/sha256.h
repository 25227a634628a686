// SHA-256 as it goes along (FIPS 180-4), and git's names for contents; by libcrypto.
// Tested by: file_io_test.cc, hub_folder_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void Update(std::span<const std::byte> bytes);
  // 64 lower-case hex digits of everything so far; more may follow.
  std::string HexDigest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Cost: reads the whole file. Errors: kIo; kCancelled.
Result<std::string> Sha256OfFile(const std::filesystem::path& path, const StopFlag* stop);

// Whether git names this content so: SHA-1, or SHA-256 for an id of that length, of
// "blob SIZE\0CONTENT".
bool IsGitBlob(std::string_view content, std::string_view oid);

// The hash of an open file from its present position on; `bytes` is how much that was. `path` is
// for messages.
Result<Sha256> HashRest(int fd, const std::filesystem::path& path, const StopFlag* stop,
                        uint64_t* bytes);

}  // namespace yixin
