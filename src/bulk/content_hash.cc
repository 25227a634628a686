// Tested by: content_hash_test.cc
#include "bulk/content_hash.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <new>
#include <vector>

namespace yixin {
namespace {

constexpr size_t kChunkBytes = size_t{256} << 10;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

struct ContentHash::State {
  // EVP_sha256 is part of every libcrypto; only memory can lack.
  State() : context(EVP_MD_CTX_new()) {
    if (!context) throw std::bad_alloc();
  }
  std::unique_ptr<EVP_MD_CTX, FreeContext> context;
};

ContentHash::ContentHash() : state_(std::make_unique<State>()) {
  if (EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
}
ContentHash::ContentHash(ContentHash&&) noexcept = default;
ContentHash& ContentHash::operator=(ContentHash&&) noexcept = default;
ContentHash::~ContentHash() = default;

void ContentHash::Add(std::string_view bytes) {
  EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size());
}

std::string ContentHash::Hex() const {
  const State copy;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_MD_CTX_copy_ex(copy.context.get(), state_->context.get());
  EVP_DigestFinal_ex(copy.context.get(), digest.data(), &length);
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

Result<ContentHash> HashDescriptor(int fd, const std::string& name, const StopFlag* stop,
                                   uint64_t bytes) {
  ContentHash hash;
  std::vector<char> chunk(kChunkBytes);
  uint64_t done = 0;
  while (done < bytes) {
    if (stop != nullptr && stop->requested()) {
      return Error{ErrorCode::kCancelled, "stopped while reading " + name, name};
    }
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(chunk.size(), bytes - done));
    const ssize_t got = pread(fd, chunk.data(), wanted, static_cast<off_t>(done));
    if (got < 0) {
      if (errno == EINTR) continue;
      return Error{ErrorCode::kIo, "cannot read " + name + ": " + std::strerror(errno), name};
    }
    if (got == 0) break;
    hash.Add({chunk.data(), static_cast<size_t>(got)});
    done += static_cast<uint64_t>(got);
  }
  if (bytes != UINT64_MAX && done < bytes) {
    return Error{ErrorCode::kVerification,
                 name + " has " + std::to_string(done) + " bytes, expected at least " +
                     std::to_string(bytes),
                 name};
  }
  return hash;
}

Result<std::string> HashPath(const std::string& path, const StopFlag* stop) {
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure)) {
    std::vector<std::filesystem::path> files;
    for (auto entry = std::filesystem::directory_iterator(path, failure);
         !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
      if (entry->is_regular_file(failure)) files.push_back(entry->path());
    }
    if (failure) {
      return Error{ErrorCode::kIo, "cannot read " + path + ": " + failure.message(), path};
    }
    std::sort(files.begin(), files.end());
    ContentHash all;
    for (const std::filesystem::path& file : files) {
      YIXIN_TRY(const std::string one, HashPath(file.string(), stop));
      all.Add(one + "  " + file.filename().string() + "\n");
    }
    return all.Hex();
  }
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return Error{errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                 "cannot open " + path + ": " + std::strerror(errno), path};
  }
  const auto hash = HashDescriptor(fd, path, stop);
  close(fd);
  if (!hash) return hash.error();
  return hash->Hex();
}

}  // namespace yixin
