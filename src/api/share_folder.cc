// Tested by: share_folder_test.cc
#include "api/share_folder.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

namespace yixin {
namespace {

namespace fs = std::filesystem;

// From PREFIX/lib/x86_64-linux-gnu or SOURCE/build/release/src/api up to what holds share/.
constexpr int kLevelsAbove = 5;

bool HoldsTasks(const fs::path& share) {
  std::error_code ignored;
  return fs::is_directory(share / "tasks", ignored);
}

// The file that this code was loaded from: the program, or libyixin.so.
fs::path ThisObject() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&FindShareFolder), &info) != 0 &&
      info.dli_fname != nullptr) {
    std::error_code failed;
    fs::path object = fs::canonical(info.dli_fname, failed);
    if (!failed && object.has_filename() &&
        std::string_view(info.dli_fname).find('/') != std::string_view::npos) {
      return object;
    }
  }
  std::error_code failed;
  return fs::read_symlink("/proc/self/exe", failed);
}

}  // namespace

fs::path ShareFolderAbove(const fs::path& start) {
  fs::path folder = start;
  for (int level = 0; level < kLevelsAbove; ++level) {
    if (HoldsTasks(folder / "share" / "yixin")) return folder / "share" / "yixin";
    // A source tree's; the file beside it tells it from some other share/tasks.
    std::error_code ignored;
    if (HoldsTasks(folder / "share") && fs::exists(folder / "share" / "models.toml", ignored)) {
      return folder / "share";
    }
    if (!folder.has_parent_path() || folder.parent_path() == folder) break;
    folder = folder.parent_path();
  }
  return {};
}

fs::path FindShareFolder(std::string_view given) {
  if (!given.empty()) return given;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in yixin sets variables
  const char* variable = std::getenv("YIXIN_SHARE");
  if (variable != nullptr && *variable != '\0') return variable;
  fs::path found = ShareFolderAbove(ThisObject().parent_path());
  if (found.empty() && HoldsTasks(YIXIN_SOURCE_SHARE)) found = YIXIN_SOURCE_SHARE;
  return found;
}

Result<std::vector<fs::path>> ListTasks(const fs::path& share) {
  std::error_code failed;
  std::vector<fs::path> files;
  for (auto entry = fs::directory_iterator(share / "tasks", failed);
       !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    if (entry->path().extension() == ".toml") files.push_back(entry->path());
  }
  if (share.empty() || failed) {
    return Error{ErrorCode::kNotFound,
                 "the shipped tasks were not found (share/yixin/tasks beside the program); install "
                 "yixin again, set YIXIN_SHARE, or give the path of a task file",
                 "share"};
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<fs::path> FindTask(const fs::path& share, std::string_view name) {
  if (name.empty()) return Error{ErrorCode::kInvalidArgument, "task: the name is empty", "task"};
  if (name.find('/') != std::string_view::npos || name.ends_with(".toml")) return fs::path(name);
  YIXIN_TRY(const std::vector<fs::path> files, ListTasks(share));
  std::string known;
  for (const fs::path& file : files) {
    if (file.stem() == name) return file;
    known += (known.empty() ? "" : ", ") + file.stem().string();
  }
  return Error{ErrorCode::kNotFound,
               "no task is called " + std::string(name) + "; there are " + known +
                   ", or give the path of a task file",
               "task"};
}

}  // namespace yixin
