// Any bytes as a CSV file, or as one whose format is to be found. The first byte chooses what is
// given (encoding, delimiter, quote, header, a small limit on rows), the rest is the file.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/table_promises.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const uint8_t choice = data[0];
  yixin::TableOptions options;
  if (choice & 1) options.format = yixin::TableFormat::kCsv;
  if (choice & 2) options.encoding = static_cast<yixin::TextEncoding>(choice >> 6);
  if (choice & 4) options.header = (choice & 8) != 0;
  if (choice & 16) options.delimiter = '|';
  if (choice & 32) options.max_row_bytes = 200;
  yixin::CheckTable(bytes, options);
  return 0;
}
