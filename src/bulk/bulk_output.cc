// Tested by: bulk_output_test.cc, tests/e2e/analyze_test.py
#include "bulk/bulk_output.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace yixin {
namespace {

constexpr const char* kPartialEnding = ".yixin-part";  // nobody's file but ours is called so
constexpr mode_t kMode = 0666;                         // less the umask, as other programs' outputs

Error Failed(const std::string& verb, const std::string& path, int error) {
  const std::string advice =
      error == ENOSPC || error == EDQUOT ? "; make room and go on with --resume" : "";
  return {error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
          "cannot " + verb + " " + path + ": " + std::strerror(error) + advice, path};
}

Error Refused(const std::string& words, const std::string& path) {
  return {ErrorCode::kInvalidArgument, words, path};
}

bool Exists(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

// Errors: kIo.
Status WriteFully(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t put = write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno != EINTR) return Failed("write", path, errno);
    if (put > 0) bytes.remove_prefix(static_cast<size_t>(put));
  }
  return {};
}

// A rename lasts once its folder is written. A file system that cannot is no error.
void SyncFolderOf(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const int fd = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

// The file that a path stands for, whatever links lead there.
Result<std::string> FollowLinks(const std::string& path) {
  std::error_code failure;
  const std::filesystem::file_status status = std::filesystem::status(path, failure);
  if (std::filesystem::exists(status)) {
    if (!std::filesystem::is_regular_file(status)) {
      return Refused(path + " is no regular file; for standard output leave -o out", path);
    }
    return std::filesystem::canonical(path, failure).string();
  }
  if (std::filesystem::is_symlink(std::filesystem::symlink_status(path, failure))) {
    return Refused(path + " is a symbolic link to nothing", path);
  }
  if (path.empty() || path.ends_with('/')) return Refused("-o needs a file's name", path);
  return path;
}

bool IsSameFile(int fd, const std::string& path) {
  struct stat one {};
  struct stat other {};
  return fstat(fd, &one) == 0 && S_ISREG(one.st_mode) && stat(path.c_str(), &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

}  // namespace

Result<std::unique_ptr<BulkOutput>> BulkOutput::Open(const std::string& path, int input_fd,
                                                     OutputStart start) {
  std::unique_ptr<BulkOutput> output(new BulkOutput);
  YIXIN_TRY(output->path_, FollowLinks(path));
  output->partial_ = output->path_ + kPartialEnding;
  output->manifest_path_ = output->partial_ + ".json";
  for (const std::string& file : {output->path_, output->partial_, output->manifest_path_}) {
    if (IsSameFile(input_fd, file)) {
      return Refused("the input and the output " + file + " are the same file; name another one",
                     file);
    }
  }
  // A manifest without its file means something, so the file is not made for it.
  YIXIN_CHECK_OK(output->Lock(!Exists(output->manifest_path_) || start == OutputStart::kRestart));
  if (Status read = output->ReadEarlier(start); !read) {
    output->keeps_ = true;
    return std::move(read).error();
  }
  return output;
}

// The lock is on OUT.yixin-part itself, so that no other file is left behind. Whoever waited for it
// while it was renamed holds that of another file.
Status BulkOutput::Lock(bool may_make) {
  while (true) {
    const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (may_make ? O_CREAT : 0);
    const int fd = open(partial_.c_str(), flags, kMode);
    if (fd < 0) return !may_make && errno == ENOENT ? Status() : Failed("open", partial_, errno);
    struct stat status {};
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
      close(fd);
      return Refused(partial_ + " is no regular file", partial_);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      close(fd);
      if (error != EWOULDBLOCK) return Failed("lock", partial_, error);
      return Error{ErrorCode::kBusy,
                   path_ + " is being written by another yixin; wait for it, or name another file",
                   path_};
    }
    if (IsSameFile(fd, partial_)) {
      fd_ = fd;
      return {};
    }
    close(fd);
  }
}

Status BulkOutput::ReadEarlier(OutputStart start) {
  if (start == OutputStart::kRestart) return {};
  YIXIN_TRY(earlier_, ReadBulkManifest(manifest_path_));
  if (!earlier_) return fd_ < 0 ? Lock(true) : Status();
  if (fd_ < 0) {
    std::error_code failure;
    is_finished_ = earlier_->is_complete &&
                   std::filesystem::file_size(path_, failure) == earlier_->output_bytes && !failure;
    if (is_finished_ && start == OutputStart::kResume) return {};
    if (!is_finished_) {
      return Error{
          ErrorCode::kVerification,
          partial_ + " is gone, of which " + manifest_path_ + " speaks; begin anew with --restart",
          partial_};
    }
    is_finished_ = false;
    earlier_.reset();
    return Lock(true);
  }
  if (start == OutputStart::kNew) {
    return Refused("an earlier run for " + path_ + " is not finished (" +
                       std::to_string(earlier_->counts.rows) +
                       " rows); go on with --resume, or begin anew with --restart",
                   path_);
  }
  return {};
}

BulkOutput::~BulkOutput() {
  if (fd_ < 0) return;
  if (!keeps_ && !Exists(manifest_path_)) unlink(partial_.c_str());
  close(fd_);
}

Status BulkOutput::Begin(RunIdentity identity, const StopFlag* stop) {
  if (is_finished_) return CheckSameRun(earlier_->identity, identity);
  if (earlier_) {
    YIXIN_CHECK_OK(CheckSameRun(earlier_->identity, identity));
    YIXIN_TRY(hash_, HashDescriptor(fd_, partial_, stop, earlier_->output_bytes));
    if (hash_.Hex() != earlier_->output_sha256) {
      return Error{
          ErrorCode::kVerification,
          partial_ + " does not hold what the earlier run wrote; begin anew with --restart",
          partial_};
    }
    manifest_ = *earlier_;
    size_ = earlier_->output_bytes;
  } else if (unlink(manifest_path_.c_str()) != 0 && errno != ENOENT) {
    return Failed("remove", manifest_path_, errno);
  }
  began_ = true;
  manifest_.identity = std::move(identity);
  manifest_.is_complete = false;
  if (ftruncate(fd_, static_cast<off_t>(size_)) != 0) return Failed("write", partial_, errno);
  if (lseek(fd_, static_cast<off_t>(size_), SEEK_SET) < 0) return Failed("write", partial_, errno);
  return {};
}

Status BulkOutput::Append(std::string_view bytes) {
  YIXIN_CHECK_OK(WriteFully(fd_, bytes, partial_));
  hash_.Add(bytes);
  size_ += bytes.size();
  return {};
}

Status BulkOutput::Checkpoint(const RowPosition& next, const BulkCounts& counts) {
  if (fsync(fd_) != 0) return Failed("write", partial_, errno);
  keeps_ = counts.rows > 0;
  manifest_.next = next;
  manifest_.counts = counts;
  manifest_.output_bytes = size_;
  manifest_.output_sha256 = hash_.Hex();
  return WriteManifest();
}

Status BulkOutput::WriteManifest() {
  if (manifest_.identity.empty()) return {};
  const std::string fresh = manifest_path_ + ".new";
  unlink(fresh.c_str());  // of a run that was killed; we hold the lock
  const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
  if (fd < 0) return Failed("write", fresh, errno);
  Status written = WriteFully(fd, ToJsonText(manifest_), fresh);
  if (written && fsync(fd) != 0) written = Failed("write", fresh, errno);
  close(fd);
  if (written && std::rename(fresh.c_str(), manifest_path_.c_str()) != 0) {
    written = Failed("write", manifest_path_, errno);
  }
  if (!written) unlink(fresh.c_str());
  return written;
}

Status BulkOutput::Finish() {
  if (!is_finished_) {
    manifest_.is_complete = true;
    YIXIN_CHECK_OK(WriteManifest());
    SyncFolderOf(path_);
    if (std::rename(partial_.c_str(), path_.c_str()) != 0) return Failed("write", path_, errno);
    keeps_ = true;
    SyncFolderOf(path_);
  }
  if (unlink(manifest_path_.c_str()) != 0 && errno != ENOENT) {
    return Failed("remove", manifest_path_, errno);
  }
  return {};
}

void BulkOutput::Discard() {
  if (!began_) return;
  unlink(manifest_path_.c_str());
  unlink(partial_.c_str());
  keeps_ = true;  // nothing is left to remove
}

}  // namespace yixin
