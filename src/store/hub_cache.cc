#include "store/hub_cache.h"

#include <algorithm>
#include <system_error>

#include "store/catalog.h"
#include "store/file_io.h"

namespace yixin {

std::vector<HubCacheFile> FindInHubCache(const std::filesystem::path& cache, std::string_view repo,
                                         std::string_view file) {
  std::vector<HubCacheFile> files;
  if (cache.empty() || !IsRepoName(repo) || !IsRepoPath(file)) return files;
  std::string folder = "models--" + std::string(repo);
  folder.replace(folder.find('/'), 1, "--");
  const std::filesystem::path root = cache / folder;
  std::string main;
  if (auto ref = ReadSmallFile(root / "refs" / "main", 200)) {
    main = *ref;
    while (!main.empty() && main.back() <= ' ') main.pop_back();
  }
  std::error_code error;
  for (std::filesystem::directory_iterator it(root / "snapshots", error), end; !error && it != end;
       it.increment(error)) {
    std::filesystem::path path = std::filesystem::absolute(it->path() / file);
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) continue;
    const std::string blob = std::filesystem::canonical(path, ignored).filename().string();
    const bool is_main = it->path().filename() == main;
    files.insert(is_main ? files.begin() : files.end(),
                 HubCacheFile{std::move(path), IsSha256(blob) ? blob : ""});
  }
  return files;
}

}  // namespace yixin
