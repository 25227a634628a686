// For fuzz entries: a packed file whose checksums are right, so that what lies behind them is
// reached. Used by: packed_fuzz.cc, prefix_fuzz.cc
#pragma once

#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "formats/packed_file.h"
#include "formats/packed_layout.h"

// Sets the checksums of the sections, the index and the header, as far as they can be found.
inline void SealPackedFile(std::vector<std::byte>& bytes) {
  yixin::PackedFileHeader header;
  if (bytes.size() < sizeof(header)) return;
  std::memcpy(&header, bytes.data(), sizeof(header));
  std::memcpy(header.magic, yixin::kPackedMagic, sizeof(header.magic));
  header.version = yixin::kPackedFileVersion;
  header.file_size = bytes.size();
  const uint64_t index = header.index_offset;
  if (index <= bytes.size()) {
    uint64_t place[3];  // offset, size, checksum
    for (uint64_t at = index; bytes.size() - at > sizeof(place);) {
      std::memcpy(place, &bytes[at], sizeof(place));
      if (place[0] <= bytes.size() && place[1] <= bytes.size() - place[0]) {
        place[2] = XXH3_64bits(bytes.data() + place[0], place[1]);
        std::memcpy(&bytes[at], place, sizeof(place));
      }
      at += sizeof(place);
      at += 1 + std::to_integer<uint64_t>(bytes[at]);
      if (at > bytes.size()) break;
    }
    header.index_checksum = XXH3_64bits(bytes.data() + index, bytes.size() - index);
  }
  header.header_checksum = yixin::HeaderChecksum(header);
  std::memcpy(bytes.data(), &header, sizeof(header));
}
