#include "store/partial_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace yixin {

PartialFile::PartialFile(std::filesystem::path final_path, std::filesystem::path path,
                         FileHandle file, Sha256 hash, uint64_t size)
    : final_path_(std::move(final_path)),
      path_(std::move(path)),
      file_(std::move(file)),
      hash_(std::move(hash)),
      size_(size) {}

Result<PartialFile> PartialFile::Open(const std::filesystem::path& final_path,
                                      const StopFlag* stop) {
  std::filesystem::path path = final_path.string() + ".partial";
  YIXIN_TRY(FileHandle file, OpenFile(path, O_RDWR | O_CREAT));
  uint64_t size = 0;
  YIXIN_TRY(Sha256 hash, HashRest(file.fd(), path, stop, &size));
  return PartialFile(final_path, std::move(path), std::move(file), std::move(hash), size);
}

Status PartialFile::Append(std::span<const std::byte> bytes) {
  Status written = WriteAll(file_.fd(), bytes, path_);
  if (!written) {
    // Part of it may have been written; file and hash must stay the same prefix.
    if (ftruncate(file_.fd(), static_cast<off_t>(size_)) != 0 ||
        lseek(file_.fd(), static_cast<off_t>(size_), SEEK_SET) < 0) {
      return SystemError("cannot truncate", path_, errno);
    }
    return written;
  }
  hash_.Update(bytes);
  size_ += bytes.size();
  return {};
}

Status PartialFile::Reset() {
  if (ftruncate(file_.fd(), 0) != 0 || lseek(file_.fd(), 0, SEEK_SET) < 0) {
    return SystemError("cannot truncate", path_, errno);
  }
  hash_ = Sha256();
  size_ = 0;
  return {};
}

Status PartialFile::Commit() {
  if (fsync(file_.fd()) != 0) return SystemError("cannot write", path_, errno);
  if (rename(path_.c_str(), final_path_.c_str()) != 0) {
    return SystemError("cannot rename to", final_path_, errno);
  }
  file_.Close();
  SyncFolder(final_path_.parent_path());
  return {};
}

void PartialFile::Discard() {
  file_.Close();
  unlink(path_.c_str());
}

}  // namespace yixin
