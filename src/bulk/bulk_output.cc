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
constexpr const char* kRecordEnding = ".yixin.json";
constexpr mode_t kMode = 0666;  // less the umask, as other programs' outputs

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
                                                     const OutputOptions& options) {
  std::unique_ptr<BulkOutput> output(new BulkOutput);
  output->options_ = options;
  YIXIN_TRY(output->path_, FollowLinks(path));
  output->partial_ = output->path_ + kPartialEnding;
  output->manifest_path_ = output->partial_ + ".json";
  output->record_path_ = output->path_ + kRecordEnding;
  for (const std::string& file :
       {output->path_, output->partial_, output->manifest_path_, output->record_path_}) {
    if (IsSameFile(input_fd, file)) {
      return Refused("the input and the output " + file + " are the same file; name another one",
                     file);
    }
  }
  if (Status read = output->ReadEarlier(); !read) {
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
      lock_fd_ = fd;
      return {};
    }
    close(fd);
  }
}

Status BulkOutput::ReadEarlier() {
  const bool restarts = options_.start == OutputStart::kRestart;
  // Without its file, the manifest of a run that replaces means something: the file is not made for
  // it.
  YIXIN_CHECK_OK(Lock(!Exists(manifest_path_) || restarts));
  auto read = ReadBulkManifest(manifest_path_);
  if (restarts) {
    if (read && *read && (*read)->appends) thrown_away_ = **std::move(read);
    return {};
  }
  YIXIN_TRY(std::optional<BulkManifest> earlier, std::move(read));
  if (!earlier) {
    if (options_.start == OutputStart::kResume) {
      // A record that cannot be read is of no other use either.
      if (auto record = ReadBulkManifest(record_path_)) record_ = *std::move(record);
    }
    return lock_fd_ < 0 ? Lock(true) : Status();
  }
  std::error_code failure;
  const bool is_last_step = earlier->is_complete && (earlier->appends || lock_fd_ < 0) &&
                            std::filesystem::file_size(path_, failure) == earlier->output_bytes &&
                            !failure;
  const bool is_new = options_.start == OutputStart::kNew;
  if (is_last_step) {
    // All is done but for the manifest's name. A new run is one.
    is_finished_ = !is_new;
    if (is_finished_) earlier_ = std::move(earlier);
    return lock_fd_ < 0 ? Lock(true) : Status();
  }
  if (lock_fd_ < 0 && !earlier->appends) {
    return Error{
        ErrorCode::kVerification,
        partial_ + " is gone, of which " + manifest_path_ + " speaks; begin anew with --restart",
        partial_};
  }
  if (lock_fd_ < 0) YIXIN_CHECK_OK(Lock(true));
  if (is_new) {
    return Refused("an earlier run for " + path_ + " is not finished (" +
                       std::to_string(earlier->counts.rows) +
                       " rows); go on with --resume, or begin anew with --restart",
                   path_);
  }
  if (earlier->appends != options_.appends) {
    return Refused("the unfinished run for " + path_ +
                       (earlier->appends ? " has" : " does not have") +
                       " --append; go on as it began, or begin anew with --restart",
                   path_);
  }
  earlier_ = std::move(earlier);
  return {};
}

BulkOutput::~BulkOutput() {
  if (fd_ >= 0 && fd_ != lock_fd_) close(fd_);
  if (lock_fd_ < 0) return;
  if (!keeps_ && !Exists(manifest_path_)) unlink(partial_.c_str());
  close(lock_fd_);
}

// OUT itself, to append to it.
Status BulkOutput::OpenInPlace() {
  made_ = !Exists(path_);
  fd_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kMode);
  if (fd_ < 0) return Failed("open", path_, errno);
  struct stat status {};
  if (fstat(fd_, &status) != 0) return Failed("open", path_, errno);
  size_ = static_cast<uint64_t>(status.st_size);
  return {};
}

// Takes off what a run appended that is not gone on with. It must be what that run wrote.
Status BulkOutput::UndoAppended(const StopFlag* stop) {
  auto wrote = HashDescriptor(fd_, path_, stop, thrown_away_->output_bytes);
  if (!wrote && wrote.error().code != ErrorCode::kVerification) return std::move(wrote).error();
  if (!wrote || wrote->Hex() != thrown_away_->output_sha256 ||
      thrown_away_->output_begin > thrown_away_->output_bytes) {
    return Error{ErrorCode::kVerification,
                 path_ +
                     " does not hold what the unfinished run wrote, so its rows cannot be taken "
                     "off; look at it, then remove " +
                     manifest_path_,
                 path_};
  }
  size_ = thrown_away_->output_begin;
  return ftruncate(fd_, static_cast<off_t>(size_)) == 0 ? Status() : Failed("write", path_, errno);
}

// Whether OUT is what its record says.
Result<bool> BulkOutput::IsWhole(const BulkManifest& record, const StopFlag* stop) const {
  std::error_code failure;
  if (!record.is_complete || std::filesystem::file_size(path_, failure) != record.output_bytes ||
      failure) {
    return false;
  }
  const int fd = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failed("open", path_, errno);
  const auto hash = HashDescriptor(fd, path_, stop);
  close(fd);
  if (!hash) return hash.error();
  return hash->Hex() == record.output_sha256;
}

Status BulkOutput::Begin(RunStart run, const StopFlag* stop) {
  resumable_ = run.resumable;
  // A run that had ended and was another one, or whose output was changed, is no concern of ours.
  if (record_ && CheckSameRun(record_->identity, run.identity)) {
    YIXIN_TRY(is_finished_, IsWhole(*record_, stop));
    if (is_finished_) earlier_ = std::move(record_);
  }
  if (earlier_) YIXIN_CHECK_OK(CheckSameRun(earlier_->identity, run.identity));
  if (is_finished_) {
    manifest_ = *earlier_;
    size_ = manifest_.output_bytes;
    return {};
  }
  if (options_.appends) {
    YIXIN_CHECK_OK(OpenInPlace());
    if (thrown_away_) YIXIN_CHECK_OK(UndoAppended(stop));
  } else {
    fd_ = lock_fd_;
  }
  const std::string& file = options_.appends ? path_ : partial_;
  if (earlier_) {
    manifest_ = *earlier_;
    size_ = earlier_->output_bytes;
  }
  if (earlier_ || options_.appends) {
    YIXIN_TRY(hash_, HashDescriptor(fd_, file, stop, size_));
  }
  if (earlier_ && hash_.Hex() != earlier_->output_sha256) {
    return Error{ErrorCode::kVerification,
                 file + " does not hold what the earlier run wrote; begin anew with --restart",
                 file};
  }
  if (!earlier_ && unlink(manifest_path_.c_str()) != 0 && errno != ENOENT) {
    return Failed("remove", manifest_path_, errno);
  }
  began_ = true;
  manifest_.identity = std::move(run.identity);
  manifest_.input = std::move(run.input);
  manifest_.is_complete = false;
  if (ftruncate(fd_, static_cast<off_t>(size_)) != 0) return Failed("write", file, errno);
  if (lseek(fd_, static_cast<off_t>(size_), SEEK_SET) < 0) return Failed("write", file, errno);
  if (earlier_ || !options_.appends) return {};
  // Before a row is behind what OUT held, where that ends must be known.
  manifest_.appends = true;
  manifest_.output_begin = manifest_.output_bytes = size_;
  manifest_.output_sha256 = hash_.Hex();
  manifest_.next = run.first;
  return resumable_ ? WriteManifest(manifest_path_) : Status();
}

Status BulkOutput::Append(std::string_view bytes) {
  YIXIN_CHECK_OK(WriteFully(fd_, bytes, options_.appends ? path_ : partial_));
  hash_.Add(bytes);
  size_ += bytes.size();
  return {};
}

Status BulkOutput::Checkpoint(const RowPosition& next, const BulkCounts& counts) {
  if (fsync(fd_) != 0) return Failed("write", partial_, errno);
  keeps_ = !options_.appends && counts.rows > 0;  // where it appends that file is a lock alone
  manifest_.next = next;
  manifest_.counts = counts;
  manifest_.output_bytes = size_;
  manifest_.output_sha256 = hash_.Hex();
  return resumable_ ? WriteManifest(manifest_path_) : Status();
}

Status BulkOutput::WriteManifest(const std::string& path) {
  const std::string fresh = path + ".new";
  unlink(fresh.c_str());  // of a run that was killed; we hold the lock
  const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
  if (fd < 0) return Failed("write", fresh, errno);
  Status written = WriteFully(fd, ToJsonText(manifest_), fresh);
  if (written && fsync(fd) != 0) written = Failed("write", fresh, errno);
  close(fd);
  if (written && std::rename(fresh.c_str(), path.c_str()) != 0) {
    written = Failed("write", path, errno);
  }
  if (!written) unlink(fresh.c_str());
  return written;
}

Status BulkOutput::Finish() {
  if (!is_finished_) {
    manifest_.is_complete = true;
    YIXIN_CHECK_OK(WriteManifest(manifest_path_));
    SyncFolderOf(path_);
    if (!options_.appends) {
      if (std::rename(partial_.c_str(), path_.c_str()) != 0) return Failed("write", path_, errno);
      keeps_ = true;  // the lock's file is OUT now
      SyncFolderOf(path_);
    }
  }
  if (std::rename(manifest_path_.c_str(), record_path_.c_str()) != 0 && errno != ENOENT) {
    return Failed("write", record_path_, errno);
  }
  return {};
}

void BulkOutput::Discard() {
  if (!began_) return;
  unlink(manifest_path_.c_str());
  if (!options_.appends) {
    unlink(partial_.c_str());
    keeps_ = true;  // nothing is left to remove
  } else if (made_) {
    unlink(path_.c_str());
  } else if (ftruncate(fd_, static_cast<off_t>(manifest_.output_begin)) != 0) {
    return;  // what is left is rows; there is no more to be done
  }
}

}  // namespace yixin
