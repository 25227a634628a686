#include "store/pull_steps.h"

#include <sys/statvfs.h>

#include <algorithm>

namespace yixin {

Result<PullLock> LockModel(const Store& store, const std::string& name, const PullOptions& options,
                           const PullEvents& events) {
  const LockOptions lock_options{
      .wait = options.wait_for_lock,
      .on_waiting =
          [&] {
            events.Tell(PullEvent::Kind::kWaiting, "",
                        "another process is pulling " + name + "; waiting for it");
          },
      .stop = options.stop};
  return PullLock::Acquire(store.LockPath(name), lock_options);
}

Status CheckSourceName(const std::string& model, const PullOptions& options,
                       const std::vector<std::string>& names) {
  if (options.source.empty() || std::ranges::find(names, options.source) != names.end()) return {};
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return Error{ErrorCode::kInvalidArgument,
               model + " has no source " + options.source + "; it has " + list, "source"};
}

Status CheckOnline(const Store& store, const std::string& model) {
  if (!IsOffline(store.environment())) return {};
  return Error{ErrorCode::kNetwork,
               model +
                   " is not here and HF_HUB_OFFLINE forbids the network; unset it, or give the "
                   "path of a file: yixin pull PATH",
               model};
}

Status CheckFreeSpace(const std::filesystem::path& folder, uint64_t needed) {
  struct statvfs disk {};
  if (needed == 0 || statvfs(folder.c_str(), &disk) != 0) return {};
  const uint64_t free = uint64_t{disk.f_bavail} * disk.f_frsize;
  if (free >= needed) return {};
  return Error{ErrorCode::kIo,
               "the disk is full: " + std::to_string(needed) + " bytes are needed in " +
                   folder.string() + ", " + std::to_string(free) +
                   " are free; free some space or set YIXIN_HOME",
               folder.string()};
}

void SourceFailures::Add(const std::string& source, const Error& error) {
  events_.Tell(PullEvent::Kind::kSourceFailed, source, source + ": " + error.message);
  reasons_ += (reasons_.empty() ? "" : "; ") + source + ": " + error.message;
  wrong_bytes_ = error.code == ErrorCode::kVerification;
}

Error SourceFailures::Summary(const std::string& model, bool kept) const {
  return {wrong_bytes_ ? ErrorCode::kVerification : ErrorCode::kNetwork,
          "no source gave " + model + ": " + reasons_ +
              (kept ? "; what has arrived is kept, so the same command goes on" : "") +
              "; a file from elsewhere is taken with: yixin pull PATH",
          model};
}

}  // namespace yixin
