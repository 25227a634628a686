#include "store/sha256.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <new>
#include <vector>

#include "store/file_io.h"

namespace yixin {
namespace {

// Large enough that a read costs nothing, small enough for the L2 cache.
constexpr size_t kChunkBytes = 256 * 1024;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

Context NewContext() {
  Context context(EVP_MD_CTX_new());
  // EVP_sha256 is part of every libcrypto; only memory can lack.
  if (!context) throw std::bad_alloc();
  return context;
}

std::string ToHex(std::span<const unsigned char> digest) {
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

}  // namespace

struct Sha256::State {
  Context context = NewContext();
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  if (EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::Update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size());
}

std::string Sha256::HexDigest() const {
  const Context copy = NewContext();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_MD_CTX_copy_ex(copy.get(), state_->context.get());
  EVP_DigestFinal_ex(copy.get(), digest.data(), &length);
  return ToHex(std::span(digest).first(length));
}

Result<Sha256> HashRest(int fd, const std::filesystem::path& path, const StopFlag* stop,
                        uint64_t* bytes) {
  Sha256 hash;
  std::vector<std::byte> chunk(kChunkBytes);
  *bytes = 0;
  while (true) {
    if (stop != nullptr && stop->requested()) return Error{ErrorCode::kCancelled, "stopped", ""};
    const ssize_t got = read(fd, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("cannot read", path, errno);
    if (got == 0) return hash;
    hash.Update(std::span(chunk).first(static_cast<size_t>(got)));
    *bytes += static_cast<uint64_t>(got);
  }
}

Result<std::string> Sha256OfFile(const std::filesystem::path& path, const StopFlag* stop) {
  YIXIN_TRY(const FileHandle file, OpenFile(path, O_RDONLY));
  uint64_t bytes = 0;
  YIXIN_TRY(const Sha256 hash, HashRest(file.fd(), path, stop, &bytes));
  return hash.HexDigest();
}

bool IsGitBlob(std::string_view content, std::string_view oid) {
  std::string blob = "blob " + std::to_string(content.size());
  blob.push_back('\0');
  blob += content;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  const EVP_MD* kind = oid.size() == 64 ? EVP_sha256() : EVP_sha1();
  return EVP_Digest(blob.data(), blob.size(), digest.data(), &length, kind, nullptr) == 1 &&
         ToHex(std::span(digest).first(length)) == oid;
}

}  // namespace yixin
