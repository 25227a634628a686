// Tested by: prefix_files_test.cc; fuzzed by tests/fuzz/prefix_fuzz.cc
#include "engine/prefix_files.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/file_lock.h"
#include "base/fnv_hash.h"
#include "yixin/version.h"

namespace yixin {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKeySection = "key";
constexpr const char* kPagesSection = "pages";
constexpr std::string_view kSuffix = ".yxk";

// NAME-HASH.yxp has NAME-HASH.prefix-HASH.yxk beside it.
std::string NameBegin(const fs::path& packed_weights) {
  return packed_weights.stem().string() + ".prefix-";
}

struct StoredFile {
  fs::path path;
  uint64_t bytes = 0;
  fs::file_time_type written;
};

// A model's prefix files, and what killed writers of such files left behind.
std::vector<StoredFile> ListFiles(const fs::path& packed_weights) {
  const std::string begin = NameBegin(packed_weights);
  std::vector<StoredFile> files;
  std::error_code error;
  for (fs::directory_iterator entry(packed_weights.parent_path(), error), end;
       !error && entry != end; entry.increment(error)) {
    std::error_code gone;
    StoredFile file{entry->path(), entry->file_size(gone), entry->last_write_time(gone)};
    if (!gone && file.path.filename().string().starts_with(begin)) files.push_back(std::move(file));
  }
  return files;
}

void Remove(const fs::path& path) {
  std::error_code ignored;
  fs::remove(path, ignored);
}

uint64_t PagesBytes(const KvLayout& layout, size_t tokens) {
  return (tokens + kPagePositions - 1) / kPagePositions * uint64_t{layout.PageBytes()};
}

}  // namespace

fs::path PrefixFiles::PathOf(std::span<const int32_t> ids) const {
  // It names the file; the key in it decides.
  const uint64_t hash = FnvHash(std::as_bytes(std::span(kernels_)), FnvHash(std::as_bytes(ids)));
  fs::path path = place_.packed_weights;
  return path.replace_filename(NameBegin(path) + HexOf(hash) + std::string(kSuffix));
}

// All that the pages depend on: they are used only where every byte of it is the same.
std::vector<std::byte> PrefixFiles::KeyOf(std::span<const int32_t> ids,
                                          const KvLayout& layout) const {
  std::vector<std::byte> key;
  const auto append = [&key](std::span<const std::byte> bytes) {
    const uint64_t size = bytes.size();
    const auto prefix = std::as_bytes(std::span(&size, 1));
    key.insert(key.end(), prefix.begin(), prefix.end());
    key.insert(key.end(), bytes.begin(), bytes.end());
  };
  const std::array<uint64_t, 4> numbers = {kNumericsVersion, kKvPageVersion, kPagePositions,
                                           layout.PageBytes()};
  append(std::as_bytes(std::span(numbers)));
  append(std::as_bytes(std::span(place_.identity)));
  append(std::as_bytes(std::span(kernels_)));
  append(std::as_bytes(ids));
  return key;
}

Status ReadPrefix(const PackedFile& file, std::span<const std::byte> key, int32_t length,
                  KvSequence& sequence) {
  YIXIN_TRY(const auto stored_key, file.GetVerified(kKeySection));
  if (!std::ranges::equal(stored_key, key)) {
    return Error{ErrorCode::kUnsupported, "the prefix is of another model or task", ""};
  }
  YIXIN_TRY(const auto pages, file.GetVerified(kPagesSection));
  const size_t page_bytes = sequence.layout().PageBytes();
  if (pages.size() != PagesBytes(sequence.layout(), static_cast<size_t>(length))) {
    return Error{ErrorCode::kInvalidFile, "the prefix has pages of another size", ""};
  }
  YIXIN_CHECK_OK(sequence.Reserve(length));
  const std::byte* at = pages.data();
  for (std::byte* page : sequence.pages()) {
    std::memcpy(page, at, page_bytes);
    at += page_bytes;
  }
  sequence.Advance(length);
  return {};
}

bool PrefixFiles::Load(std::span<const int32_t> ids, KvSequence& sequence) const {
  if (place_.packed_weights.empty() || ids.empty()) return false;
  const auto file = PackedFile::Open(PathOf(ids));
  if (!file) return false;
  return ReadPrefix(*file, KeyOf(ids, sequence.layout()), static_cast<int32_t>(ids.size()),
                    sequence)
      .has_value();
}

void PrefixFiles::Store(std::span<const int32_t> ids, const KvSequence& sequence) const {
  if (place_.packed_weights.empty() || ids.empty()) return;
  const size_t page_bytes = sequence.layout().PageBytes();
  if (PagesBytes(sequence.layout(), ids.size()) > kMostBytes / 2) return;
  const auto lock = FileLock::TryAcquire(place_.lock);
  if (!lock || !*lock) return;
  const auto write = [&]() -> Status {
    YIXIN_TRY(PackedFileWriter writer, PackedFileWriter::Create(PathOf(ids)));
    YIXIN_CHECK_OK(writer.AddSection(kKeySection, KeyOf(ids, sequence.layout())));
    YIXIN_CHECK_OK(writer.BeginSection(kPagesSection));
    for (const std::byte* page : sequence.pages()) {
      YIXIN_CHECK_OK(writer.Append({page, page_bytes}));
    }
    return writer.Commit(/*wait_for_disk=*/false);
  };
  // A disk that is full keeps what it has.
  if (write().has_value()) RemoveOldest();
}

// In: the lock is held, so that unfinished files are nobody's.
void PrefixFiles::RemoveOldest() const {
  std::vector<StoredFile> files = ListFiles(place_.packed_weights);
  std::erase_if(files, [](const StoredFile& file) {
    const bool unfinished = file.path.extension() != kSuffix;
    if (unfinished) Remove(file.path);
    return unfinished;
  });
  std::ranges::sort(files, std::ranges::greater(),
                    [](const StoredFile& file) { return std::pair(file.written, file.path); });
  uint64_t bytes = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    bytes += files[i].bytes;
    if (i >= kMostFiles || bytes > kMostBytes) Remove(files[i].path);
  }
}

void RemovePrefixFiles(const fs::path& packed_weights) {
  for (const StoredFile& file : ListFiles(packed_weights)) Remove(file.path);
}

}  // namespace yixin
