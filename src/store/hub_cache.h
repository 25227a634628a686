// A file that the user already has in the Hugging Face hub's cache: found, never written or moved.
// Layout: models--ORG--REPO/{refs/main, snapshots/COMMIT/FILE -> ../../blobs/HASH}.
// (huggingface_hub's documentation, "Understand caching") Tested by: hub_cache_test.cc
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace yixin {

struct HubCacheFile {
  std::filesystem::path path;
  // From the blob's name, where that is a SHA-256 (files of some size); else empty. To be verified.
  std::string sha256;
};

// Every snapshot's copy of FILE, the one of refs/main first. Names as IsRepoName and IsRepoPath
// have them.
std::vector<HubCacheFile> FindInHubCache(const std::filesystem::path& cache, std::string_view repo,
                                         std::string_view file);

}  // namespace yixin
