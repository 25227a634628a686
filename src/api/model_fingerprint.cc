// Tested by: model_fingerprint_test.cc
#include "api/model_fingerprint.h"

#include <algorithm>
#include <cstddef>
#include <system_error>
#include <vector>

#include "base/mapped_file.h"
#include "store/sha256.h"

namespace yixin {
namespace {

constexpr uint64_t kBlocks = 32;  // and one at the end; a model has some 25 layers
constexpr uint64_t kBlockBytes = 4096;

void AddText(const std::string& text, Sha256& hash) {
  hash.Update(std::as_bytes(std::span(text.data(), text.size())));
}

Status AddFile(const std::filesystem::path& path, Sha256& hash) {
  YIXIN_TRY(const MappedFile file, MappedFile::Open(path));
  const uint64_t size = file.bytes().size();
  AddText(std::to_string(size) + "\n", hash);
  if (size == 0) return {};
  const uint64_t block = std::min(size, kBlockBytes);
  std::vector<std::byte> bytes(block);
  for (uint64_t i = 0; i <= kBlocks; ++i) {
    // size / kBlocks first: no product of a size that a file claims.
    const uint64_t begin = std::min(size / kBlocks * i, size - block);
    if (!file.Read(file.bytes().subspan(begin, block), bytes.data())) {
      return Error{ErrorCode::kIo, "cannot read " + path.string(), path.string()};
    }
    hash.Update(bytes);
  }
  return {};
}

}  // namespace

Result<std::string> ModelFingerprint(const std::filesystem::path& path) {
  Sha256 hash;
  std::error_code failure;
  if (!std::filesystem::is_directory(path, failure)) {
    YIXIN_CHECK_OK(AddFile(path, hash));
    return hash.HexDigest();
  }
  std::vector<std::filesystem::path> files;
  for (auto entry = std::filesystem::directory_iterator(path, failure);
       !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    const std::filesystem::path& file = entry->path();
    if (file.extension() == ".safetensors" || file.filename() == "config.json") {
      files.push_back(file);
    }
  }
  if (failure || files.empty()) {
    return Error{failure ? ErrorCode::kIo : ErrorCode::kInvalidFile,
                 "cannot tell which model " + path.string() +
                     " is: " + (failure ? failure.message() : "it has no config.json and weights"),
                 path.string()};
  }
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files) {
    AddText(file.filename().string() + "\n", hash);
    YIXIN_CHECK_OK(AddFile(file, hash));
  }
  return hash.HexDigest();
}

}  // namespace yixin
