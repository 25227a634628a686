// The cache folder as a whole: which packed weights lie there, whether they are of any use, and
// removing those that are not. Tested by: packed_folder_test.cc
#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "api/door.h"
#include "base/file_lock.h"
#include "engine/prefix_files.h"
#include "formats/hf_folder.h"
#include "formats/packed_file.h"
#include "model/model_cache.h"
#include "model/packed_model.h"
#include "yixin/packed.h"

namespace yixin {
namespace {

namespace fs = std::filesystem;

// As PackedFileName and PackedFileWriter call them.
constexpr std::string_view kEnding = ".yxp";
constexpr std::string_view kUnfinishedEnding = ".yxp.new.";

Result<std::vector<fs::path>> PackedPaths(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.ends_with(kEnding) || name.find(kUnfinishedEnding) != std::string::npos) {
      paths.push_back(it->path());
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return Error{ErrorCode::kIo, "cannot read " + folder.string() + ": " + error.message(),
                 folder.string()};
  }
  std::ranges::sort(paths);
  return paths;
}

PackedState StateOf(const Error& error) {
  if (error.code == ErrorCode::kUnsupported) return PackedState::kOutdated;
  return error.code == ErrorCode::kNotFound ? PackedState::kOrphaned : PackedState::kDamaged;
}

// Whether the next start would map it; the sections aside.
Status CheckUse(const PackedFile& packed, PackedRecord& record) {
  YIXIN_TRY(const PackedManifest manifest, ReadManifest(packed));
  record.model_path = manifest.source_path;
  auto source = ReadModelIdentity(manifest.source_path);
  if (!source) {
    if (source.error().code != ErrorCode::kNotFound) return std::move(source).error();
    return Error{ErrorCode::kNotFound, "its model file is gone", manifest.source_path};
  }
  return CheckManifest(manifest, *source);
}

Result<PackedRecord> Examine(const fs::path& path, bool verify, const StopFlag* stop) {
  PackedRecord record;
  record.path = path.string();
  std::error_code error;
  record.bytes = fs::file_size(path, error);
  if (error) record.bytes = 0;
  const auto judge = [&](const Error& problem) {
    record.state = StateOf(problem);
    record.problem = problem.message;
  };
  if (!path.filename().string().ends_with(kEnding)) {
    record.state = PackedState::kUnfinished;
    record.problem = "left by a run that was killed, or is being written now";
    return record;
  }
  const auto packed = PackedFile::Open(path);
  if (!packed) {
    judge(packed.error());
    return record;
  }
  if (const Status use = CheckUse(*packed, record); !use) judge(use.error());
  for (const PackedSection& section : packed->sections()) {
    if (!verify) break;
    if (stop != nullptr && stop->requested()) {
      return Error{ErrorCode::kCancelled, "stopped", record.path};
    }
    ++record.sections;
    if (!packed->GetVerified(section.name)) record.damaged.emplace_back(section.name);
  }
  if (!record.damaged.empty()) {
    record.state = PackedState::kDamaged;
    record.problem = std::to_string(record.damaged.size()) + " of " +
                     std::to_string(record.sections) + " sections are damaged, the first is " +
                     record.damaged[0];
  }
  return record;
}

// Nobody packs while it lives. Errors: kBusy, kIo.
Result<FileLock> LockFolder(const fs::path& folder) {
  const fs::path path = folder / kCacheLockName;
  YIXIN_TRY(std::optional<FileLock> lock, FileLock::TryAcquire(path));
  if (lock) return *std::move(lock);
  return Error{ErrorCode::kBusy, "another process is packing weights; try again when it is done",
               path.string()};
}

}  // namespace

const char* PackedStateName(PackedState state) {
  switch (state) {
    case PackedState::kSound:
      return "sound";
    case PackedState::kOutdated:
      return "outdated";
    case PackedState::kDamaged:
      return "damaged";
    case PackedState::kOrphaned:
      return "orphaned";
    case PackedState::kUnfinished:
      break;
  }
  return "unfinished";
}

Result<std::vector<PackedRecord>> ListPacked(const std::string& cache_folder, bool verify,
                                             const StopFlag* stop) {
  return AtDoor([&]() -> Result<std::vector<PackedRecord>> {
    YIXIN_TRY(const std::vector<fs::path> paths, PackedPaths(cache_folder));
    std::vector<PackedRecord> records;
    for (const fs::path& path : paths) {
      YIXIN_TRY(PackedRecord record, Examine(path, verify, stop));
      records.push_back(std::move(record));
    }
    return records;
  });
}

Result<std::vector<PackedRecord>> CleanPacked(const std::string& cache_folder) {
  return AtDoor([&]() -> Result<std::vector<PackedRecord>> {
    YIXIN_TRY(std::vector<PackedRecord> records, ListPacked(cache_folder, false));
    if (records.empty()) return records;
    YIXIN_TRY(const FileLock lock, LockFolder(cache_folder));
    // Once more, for who had the lock may have finished what he wrote.
    YIXIN_TRY(records, ListPacked(cache_folder, false));
    std::erase_if(records, [](const PackedRecord& record) {
      return record.state != PackedState::kOrphaned && record.state != PackedState::kUnfinished;
    });
    for (const PackedRecord& record : records) {
      std::error_code error;
      fs::remove(record.path, error);
      if (record.state == PackedState::kOrphaned) RemovePrefixFiles(record.path);
      if (error) {
        return Error{ErrorCode::kIo, "cannot remove " + record.path + ": " + error.message(),
                     record.path};
      }
    }
    return records;
  });
}

}  // namespace yixin
