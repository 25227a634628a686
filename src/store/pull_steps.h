// The steps that every pull has, of one file or of a folder: the lock, the checks before anything
// is asked, and the reasons why no source gave it. Tested by: pull_test.cc, folder_pull_test.cc
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "store/lock.h"
#include "store/pull.h"

namespace yixin {

// Says so when another process has it. Errors: as PullLock::Acquire.
Result<PullLock> LockModel(const Store& store, const std::string& name, const PullOptions& options,
                           const PullEvents& events);

// Errors: kInvalidArgument where options.source is none of `names`.
Status CheckSourceName(const std::string& model, const PullOptions& options,
                       const std::vector<std::string>& names);

// Errors: kNetwork where the environment forbids it.
Status CheckOnline(const Store& store, const std::string& model);

// Errors: kIo where the folder's disk has fewer bytes than `needed`; said before gigabytes have
// come for nothing.
Status CheckFreeSpace(const std::filesystem::path& folder, uint64_t needed);

// Why each source failed.
class SourceFailures {
 public:
  explicit SourceFailures(const PullEvents& events) : events_(events) {}

  // Tells it, too.
  void Add(const std::string& source, const Error& error);
  // kNetwork, or kVerification where the last source gave wrong bytes. `kept`: bytes have arrived.
  Error Summary(const std::string& model, bool kept) const;

 private:
  const PullEvents& events_;
  std::string reasons_;
  bool wrong_bytes_ = false;  // of the last source
};

}  // namespace yixin
