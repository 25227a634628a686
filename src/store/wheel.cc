#include "store/wheel.h"

#include <zip.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace yixin {
namespace {

constexpr size_t kChunkBytes = 256 * 1024;

struct DiscardArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseMember {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, DiscardArchive>;
using MemberFile = std::unique_ptr<zip_file_t, CloseMember>;

Error Wrong(const std::filesystem::path& wheel, const std::string& problem) {
  const std::string name = wheel.filename().string();
  return Error{ErrorCode::kVerification, name + ": " + problem, name};
}

Result<Archive> OpenArchive(const std::filesystem::path& wheel) {
  int code = 0;
  Archive archive(zip_open(wheel.c_str(), ZIP_RDONLY, &code));
  if (archive) return archive;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  return Wrong(wheel, "cannot be read as a wheel: " + reason);
}

Status CheckMember(zip_t* archive, const std::filesystem::path& wheel, const std::string& member,
                   uint64_t bytes) {
  zip_stat_t entry;
  zip_stat_init(&entry);
  if (zip_stat(archive, member.c_str(), 0, &entry) != 0) {
    return Wrong(wheel, "has no member " + member);
  }
  constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD;
  if ((entry.valid & kNeeded) != kNeeded || entry.size != bytes) {
    return Wrong(wheel, member + ": expected " + std::to_string(bytes) + " bytes unpacked, got " +
                            std::to_string(entry.size));
  }
  const bool encrypted =
      (entry.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && entry.encryption_method != ZIP_EM_NONE;
  const bool plain_method =
      entry.comp_method == ZIP_CM_STORE || entry.comp_method == ZIP_CM_DEFLATE;
  if (encrypted || !plain_method) {
    return Wrong(wheel, member + ": expected a stored or deflated member without encryption");
  }
  return {};
}

}  // namespace

Status ReadWheelMember(const std::filesystem::path& wheel, const std::string& member,
                       uint64_t bytes, uint64_t skip,
                       const std::function<Status(std::span<const std::byte>)>& sink,
                       const StopFlag* stop) {
  YIXIN_TRY(const Archive archive, OpenArchive(wheel));
  YIXIN_CHECK_OK(CheckMember(archive.get(), wheel, member, bytes));
  const MemberFile file(zip_fopen(archive.get(), member.c_str(), 0));
  if (!file) return Wrong(wheel, member + ": " + zip_strerror(archive.get()));

  std::vector<std::byte> chunk(kChunkBytes);
  uint64_t read = 0;
  while (true) {
    if (stop != nullptr && stop->requested()) return Error{ErrorCode::kCancelled, "stopped", ""};
    const zip_int64_t got = zip_fread(file.get(), chunk.data(), chunk.size());
    if (got < 0) {
      return Wrong(wheel, member + ": " + zip_error_strerror(zip_file_get_error(file.get())));
    }
    if (got == 0) break;
    const auto size = static_cast<uint64_t>(got);
    if (size > bytes - read) return Wrong(wheel, member + ": unpacks to more than its header says");
    const uint64_t skipped = std::min(size, skip - std::min(skip, read));
    read += size;
    if (skipped < size) {
      YIXIN_CHECK_OK(sink(std::span(chunk).subspan(skipped, size - skipped)));
    }
  }
  if (read != bytes) return Wrong(wheel, member + ": unpacks to less than its header says");
  return {};
}

}  // namespace yixin
