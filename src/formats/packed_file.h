// A container of named sections whose contents are other rooms' business: what yixin has computed
// once and maps at every start. Little-endian; a header, the sections, an index at the end. Every
// part has an XXH3 checksum; header and index are checked at open, a section when somebody asks.
//
// A file appears under its name only when it is whole: it is written beside, made durable, renamed.
// Tested by: packed_file_test.cc; fuzzed by tests/fuzz/packed_fuzz.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "yixin/result.h"

namespace yixin {

// Sections begin at multiples of it, so that a mapped one may be read by vector instructions.
inline constexpr uint64_t kSectionAlignment = 64;
inline constexpr uint32_t kPackedFileVersion = 1;

struct PackedSection {
  std::string_view name;
  std::span<const std::byte> bytes;
  uint64_t checksum = 0;  // XXH3, 64 bits
};

// Views that it returns live as long as it (moving it keeps them). Immutable. Threads: any.
class PackedFile {
 public:
  // Errors: as MappedFile::Open; kInvalidFile for bytes that are no such file, or a cut or changed
  // one; kUnsupported for another version. Cost: header and index; no section is touched.
  static Result<PackedFile> Open(const std::filesystem::path& path);
  // `bytes` must outlive it.
  static Result<PackedFile> Parse(std::span<const std::byte> bytes);

  PackedFile() = default;  // of no sections

  std::span<const PackedSection> sections() const { return sections_; }

  // The bytes as they are: unchecked. Errors: kInvalidFile where there is no such section.
  Result<std::span<const std::byte>> Get(std::string_view name) const;
  // Errors: kInvalidFile too where the bytes are not those that were written.
  // Cost: one pass over the section.
  Result<std::span<const std::byte>> GetVerified(std::string_view name) const;
  Status VerifyAll() const;

  // Somebody other than the writer has written to the file since, or copied it: its time of last
  // change is not the one in the header. False for bytes in memory.
  bool touched() const { return touched_; }

 private:
  const PackedSection* Find(std::string_view name) const;

  MappedFile mapping_;
  std::vector<PackedSection> sections_;  // sorted by name
  bool touched_ = false;
};

// Gives a file whose sections have all been verified the time of last change that its header says,
// so that touched() is false from now on. Does nothing where that is not allowed.
void MarkVerified(const std::filesystem::path& path);

// Writes a file section by section, in the order of the calls. Threads: one at a time.
class PackedFileWriter {
 public:
  // Errors (all): kIo, with the system's reason. A full disk or a file size limit is an error and
  // not a signal. Two writers of one name do not disturb each other; the last Commit stays.
  static Result<PackedFileWriter> Create(const std::filesystem::path& path);
  PackedFileWriter(PackedFileWriter&&) noexcept;
  PackedFileWriter& operator=(PackedFileWriter&&) noexcept;
  // Removes the temporary file, unless Commit has succeeded.
  ~PackedFileWriter();

  // The following Append calls make up the section. In: a name that no section has yet, of 1 to 255
  // bytes (kInvalidArgument).
  Status BeginSection(std::string_view name);
  Status Append(std::span<const std::byte> bytes);
  Status AddSection(std::string_view name, std::span<const std::byte> bytes);

  // Writes index and header, waits for the disk, and renames the file to its name. Once.
  // Without waiting a power failure may leave a file of the name that is damaged, which is found
  // when it is opened: enough for what is cheap to make again.
  Status Commit(bool wait_for_disk = true);

 private:
  struct State;
  explicit PackedFileWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Removes what writers that were killed left beside `path`. In: no writer of it lives.
void RemoveUnfinishedWrites(const std::filesystem::path& path);

}  // namespace yixin
