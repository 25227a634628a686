// The header is written last, so that even a temporary file is no packed file before it is whole.
// Tested by: packed_file_test.cc
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <set>
#include <system_error>
#include <utility>

#include "formats/packed_file.h"
#include "formats/packed_layout.h"

namespace yixin {
namespace {

constexpr std::string_view kUnfinishedSuffix = ".new.";
// Large sections begin on a page of their own.
constexpr uint64_t kPage = 4096;

// A write beyond the limit of a file's size raises SIGXFSZ, which would end the process. Blocked in
// this thread for the time of the write, it is only the error EFBIG.
class BlockSizeLimitSignal {
 public:
  BlockSizeLimitSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGXFSZ);
    blocked_ = pthread_sigmask(SIG_BLOCK, &signals_, &old_) == 0;
  }
  ~BlockSizeLimitSignal() {
    if (!blocked_ || sigismember(&old_, SIGXFSZ) == 1) return;
    const timespec now{};
    while (sigtimedwait(&signals_, nullptr, &now) < 0 && errno == EINTR) {
    }
    pthread_sigmask(SIG_SETMASK, &old_, nullptr);
  }
  BlockSizeLimitSignal(const BlockSizeLimitSignal&) = delete;
  BlockSizeLimitSignal& operator=(const BlockSizeLimitSignal&) = delete;

 private:
  sigset_t signals_;
  sigset_t old_;
  bool blocked_ = false;
};

struct IndexEntry {
  std::string name;
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t checksum = 0;
};

struct FreeHash {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

template <typename T>
void AppendValue(std::vector<std::byte>& bytes, T value) {
  const auto* begin = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), begin, begin + sizeof(value));
}

}  // namespace

struct PackedFileWriter::State {
  std::filesystem::path path;
  std::filesystem::path temporary;
  int fd = -1;
  uint64_t offset = 0;  // of the end of what is written
  std::vector<IndexEntry> index;
  std::set<std::string, std::less<>> names;
  std::unique_ptr<XXH3_state_t, FreeHash> hash{XXH3_createState()};

  ~State() {
    if (fd >= 0) close(fd);
    if (!temporary.empty()) unlink(temporary.c_str());
  }

  Error SystemError(const char* what) const {
    return {ErrorCode::kIo,
            std::string(what) + " " + temporary.string() + ": " +
                std::generic_category().message(errno),
            temporary.string()};
  }

  Status WriteAt(uint64_t at, std::span<const std::byte> bytes) const {
    const BlockSizeLimitSignal block;
    while (!bytes.empty()) {
      const ssize_t written = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return SystemError("cannot write");
      at += static_cast<uint64_t>(written);
      bytes = bytes.subspan(static_cast<size_t>(written));
    }
    return {};
  }

  Status WriteNext(std::span<const std::byte> bytes) {
    YIXIN_CHECK_OK(WriteAt(offset, bytes));
    offset += bytes.size();
    return {};
  }

  Status Align(uint64_t alignment) {
    static constexpr std::array<std::byte, kPage> kZeros{};
    const uint64_t gap = (alignment - offset % alignment) % alignment;
    return WriteNext(std::span(kZeros).first(gap));
  }

  void EndSection() {
    if (index.empty()) return;
    IndexEntry& entry = index.back();
    entry.size = offset - entry.offset;
    entry.checksum = XXH3_64bits_digest(hash.get());
  }
};

Result<PackedFileWriter> PackedFileWriter::Create(const std::filesystem::path& path) {
  auto state = std::make_unique<State>();
  state->path = path;
  // The name must be nobody's, so that two writers (of other processes, perhaps in containers that
  // know each other's process ids as their own) never write to one file.
  constexpr int kAttempts = 1000;
  for (int i = 0; i < kAttempts && state->fd < 0; ++i) {
    const std::string name = path.string() + std::string(kUnfinishedSuffix) +
                             std::to_string(getpid()) + "." + std::to_string(i);
    state->fd = open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (state->fd >= 0) {
      state->temporary = name;
    } else if (errno != EEXIST) {
      const int reason = errno;
      return Error{ErrorCode::kIo,
                   "cannot create " + name + ": " + std::generic_category().message(reason), name};
    }
  }
  if (state->fd < 0 || state->hash == nullptr) {
    return Error{ErrorCode::kIo, "cannot create a file beside " + path.string(), path.string()};
  }
  const PackedFileHeader none{};
  YIXIN_CHECK_OK(state->WriteNext(std::as_bytes(std::span(&none, 1))));
  return PackedFileWriter(std::move(state));
}

PackedFileWriter::PackedFileWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
PackedFileWriter::PackedFileWriter(PackedFileWriter&&) noexcept = default;
PackedFileWriter& PackedFileWriter::operator=(PackedFileWriter&&) noexcept = default;
PackedFileWriter::~PackedFileWriter() = default;

Status PackedFileWriter::BeginSection(std::string_view name) {
  if (name.empty() || name.size() > 255 || !state_->names.emplace(name).second) {
    return Error{ErrorCode::kInvalidArgument,
                 "section name \"" + std::string(name) + "\": empty, too long or used already", ""};
  }
  state_->EndSection();
  YIXIN_CHECK_OK(state_->Align(kSectionAlignment));
  state_->index.push_back({.name = std::string(name), .offset = state_->offset});
  XXH3_64bits_reset(state_->hash.get());
  return {};
}

Status PackedFileWriter::Append(std::span<const std::byte> bytes) {
  if (state_->index.empty()) {
    return Error{ErrorCode::kInvalidArgument, "bytes without a section", ""};
  }
  IndexEntry& entry = state_->index.back();
  if (bytes.size() >= kPage && entry.offset == state_->offset) {
    YIXIN_CHECK_OK(state_->Align(kPage));
    entry.offset = state_->offset;
  }
  const uint64_t begin = state_->offset;
  YIXIN_CHECK_OK(state_->WriteNext(bytes));
  XXH3_64bits_update(state_->hash.get(), bytes.data(), bytes.size());
  // The disk may begin at once; otherwise Commit would wait for all of it.
  sync_file_range(state_->fd, static_cast<off_t>(begin), static_cast<off_t>(bytes.size()),
                  SYNC_FILE_RANGE_WRITE);
  return {};
}

Status PackedFileWriter::AddSection(std::string_view name, std::span<const std::byte> bytes) {
  YIXIN_CHECK_OK(BeginSection(name));
  return Append(bytes);
}

Status PackedFileWriter::Commit(bool wait_for_disk) {
  State& state = *state_;
  state.EndSection();
  YIXIN_CHECK_OK(state.Align(kSectionAlignment));
  std::vector<std::byte> index;
  for (const IndexEntry& entry : state.index) {
    AppendValue(index, entry.offset);
    AppendValue(index, entry.size);
    AppendValue(index, entry.checksum);
    AppendValue(index, static_cast<uint8_t>(entry.name.size()));
    const auto name = std::as_bytes(std::span(entry.name));
    index.insert(index.end(), name.begin(), name.end());
  }
  PackedFileHeader header{};
  std::memcpy(header.magic, kPackedMagic, sizeof(kPackedMagic));
  header.version = kPackedFileVersion;
  header.section_count = static_cast<uint32_t>(state.index.size());
  header.index_offset = state.offset;
  header.file_size = state.offset + index.size();
  header.modified_s = time(nullptr);
  header.index_checksum = XXH3_64bits(index.data(), index.size());
  header.header_checksum = HeaderChecksum(header);
  YIXIN_CHECK_OK(state.WriteNext(index));
  YIXIN_CHECK_OK(state.WriteAt(0, std::as_bytes(std::span(&header, 1))));

  const timespec modified{.tv_sec = static_cast<time_t>(header.modified_s), .tv_nsec = 0};
  const timespec times[2] = {modified, modified};
  // A file system that keeps no times costs a verification at each open, nothing else.
  (void)futimens(state.fd, times);
  if (wait_for_disk && fsync(state.fd) != 0) return state.SystemError("cannot write");
  if (rename(state.temporary.c_str(), state.path.c_str()) != 0) {
    return state.SystemError("cannot rename");
  }
  state.temporary.clear();
  if (!wait_for_disk) return {};
  const auto folder = state.path.has_parent_path() ? state.path.parent_path() : ".";
  const int folder_fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_fd >= 0) {
    (void)fsync(folder_fd);
    close(folder_fd);
  }
  return {};
}

void RemoveUnfinishedWrites(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const std::string prefix = path.filename().string() + std::string(kUnfinishedSuffix);
  std::error_code error;
  std::vector<std::filesystem::path> unfinished;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename().string().starts_with(prefix)) unfinished.push_back(entry->path());
  }
  for (const auto& file : unfinished) std::filesystem::remove(file, error);
}

}  // namespace yixin
