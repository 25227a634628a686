// The bytes of a packed file that reader and writer share.
// Tested by: packed_file_test.cc
#pragma once

#include <xxhash.h>

#include <cstddef>
#include <cstdint>

namespace yixin {

// As PNG's: a byte above 127 and both line ends, which a transfer as text would change.
inline constexpr unsigned char kPackedMagic[8] = {0x93, 'Y', 'X', 'P', '\r', '\n', 0x1a, '\n'};

struct PackedFileHeader {
  unsigned char magic[8];
  uint32_t version;
  uint32_t section_count;
  uint64_t index_offset;  // the index reaches to the end of the file
  uint64_t file_size;
  int64_t modified_s;  // the file's time of last change, in whole seconds (archives keep no more)
  uint64_t index_checksum;
  uint64_t reserved;         // 0
  uint64_t header_checksum;  // of the bytes before it
};
static_assert(sizeof(PackedFileHeader) == 64);

// An entry of the index: offset, size and checksum of the section (uint64 each), the length of its
// name (uint8, not 0) and the name. In the order of the offsets.
inline constexpr size_t kLeastIndexEntryBytes = 3 * sizeof(uint64_t) + 2;

inline uint64_t HeaderChecksum(const PackedFileHeader& header) {
  return XXH3_64bits(&header, offsetof(PackedFileHeader, header_checksum));
}

}  // namespace yixin
