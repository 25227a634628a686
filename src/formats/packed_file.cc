// The reader. Tested by: packed_file_test.cc
#include "formats/packed_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "base/byte_reader.h"
#include "formats/packed_layout.h"

namespace yixin {
namespace {

Error Damaged(const std::string& what) {
  return {ErrorCode::kInvalidFile, "packed file: " + what, ""};
}

Result<PackedFileHeader> ReadHeader(std::span<const std::byte> bytes) {
  PackedFileHeader header;
  if (bytes.size() < sizeof(header)) {
    return Damaged("cut short: " + std::to_string(bytes.size()) + " bytes are less than a header");
  }
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (std::memcmp(header.magic, kPackedMagic, sizeof(kPackedMagic)) != 0) {
    return Damaged("does not begin as one");
  }
  // Before the checksum: another version may have another header.
  if (header.version != kPackedFileVersion) {
    return Error{ErrorCode::kUnsupported,
                 "packed file: of version " + std::to_string(header.version) + ", expected " +
                     std::to_string(kPackedFileVersion),
                 ""};
  }
  if (header.header_checksum != HeaderChecksum(header)) return Damaged("the header is damaged");
  if (header.file_size != bytes.size()) {
    return Damaged("expected " + std::to_string(header.file_size) + " bytes, got " +
                   std::to_string(bytes.size()));
  }
  if (header.index_offset < sizeof(header) || header.index_offset > bytes.size()) {
    return Damaged("the index lies outside the file");
  }
  return header;
}

Result<std::vector<PackedSection>> ReadIndex(std::span<const std::byte> bytes,
                                             const PackedFileHeader& header) {
  const auto index = bytes.subspan(static_cast<size_t>(header.index_offset));
  if (XXH3_64bits(index.data(), index.size()) != header.index_checksum) {
    return Damaged("the index is damaged");
  }
  // The checksums only tell accidents; what follows holds against any bytes.
  ByteReader reader(index);
  if (header.section_count > reader.remaining() / kLeastIndexEntryBytes) {
    return Damaged("more sections than the index has room for");
  }
  std::vector<PackedSection> sections;
  sections.reserve(header.section_count);
  uint64_t end_of_last = sizeof(header);
  for (uint32_t i = 0; i < header.section_count; ++i) {
    const auto offset = reader.Read<uint64_t>();
    const auto size = reader.Read<uint64_t>();
    const auto checksum = reader.Read<uint64_t>();
    const auto name_size = reader.Read<uint8_t>();
    const auto name = name_size ? reader.ReadText(*name_size) : std::nullopt;
    if (!name || name->empty()) return Damaged("the index ends within an entry");
    if (*offset < end_of_last || *offset % kSectionAlignment != 0 ||
        *offset > header.index_offset || *size > header.index_offset - *offset) {
      return Damaged("section " + std::to_string(i) + " lies outside its place");
    }
    end_of_last = *offset + *size;
    sections.push_back({*name,
                        bytes.subspan(static_cast<size_t>(*offset), static_cast<size_t>(*size)),
                        *checksum});
  }
  if (reader.remaining() != 0) return Damaged("the index is longer than its sections");
  std::ranges::sort(sections, {}, &PackedSection::name);
  if (std::ranges::adjacent_find(sections, {}, &PackedSection::name) != sections.end()) {
    return Damaged("two sections have one name");
  }
  return sections;
}

Status VerifySection(const PackedSection& section) {
  if (XXH3_64bits(section.bytes.data(), section.bytes.size()) == section.checksum) return {};
  Error error = Damaged("section " + std::string(section.name) + " is damaged");
  error.subject = section.name;
  return error;
}

}  // namespace

Result<PackedFile> PackedFile::Parse(std::span<const std::byte> bytes) {
  YIXIN_TRY(const PackedFileHeader header, ReadHeader(bytes));
  PackedFile file;
  YIXIN_TRY(file.sections_, ReadIndex(bytes, header));
  return file;
}

Result<PackedFile> PackedFile::Open(const std::filesystem::path& path) {
  YIXIN_TRY(MappedFile mapping, MappedFile::Open(path));
  auto file = Parse(mapping.bytes());
  if (!file) {
    Error error = std::move(file).error();
    error.message = path.string() + ": " + error.message;
    error.subject = path.string();
    return error;
  }
  PackedFileHeader header;
  std::memcpy(&header, mapping.bytes().data(), sizeof(header));
  constexpr int64_t kSecond = 1'000'000'000;
  const int64_t modified_ns = mapping.identity().modified_ns;
  file->touched_ = modified_ns / kSecond != header.modified_s || modified_ns % kSecond != 0;
  file->mapping_ = std::move(mapping);
  return file;
}

const PackedSection* PackedFile::Find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(sections_, name, {}, &PackedSection::name);
  return found != sections_.end() && found->name == name ? &*found : nullptr;
}

Result<std::span<const std::byte>> PackedFile::Get(std::string_view name) const {
  const PackedSection* section = Find(name);
  if (section == nullptr) return Damaged("there is no section " + std::string(name));
  return section->bytes;
}

Result<std::span<const std::byte>> PackedFile::GetVerified(std::string_view name) const {
  const PackedSection* section = Find(name);
  if (section == nullptr) return Damaged("there is no section " + std::string(name));
  YIXIN_CHECK_OK(VerifySection(*section));
  return section->bytes;
}

Status PackedFile::VerifyAll() const {
  for (const PackedSection& section : sections_) YIXIN_CHECK_OK(VerifySection(section));
  return {};
}

void MarkVerified(const std::filesystem::path& path) {
  const auto mapping = MappedFile::Open(path);
  if (!mapping) return;
  const auto header = ReadHeader(mapping->bytes());
  if (!header) return;
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                             {.tv_sec = static_cast<time_t>(header->modified_s), .tv_nsec = 0}};
  (void)utimensat(AT_FDCWD, path.c_str(), times, 0);
}

}  // namespace yixin
