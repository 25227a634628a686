// Any bytes as a JSONL file. The first byte chooses the encoding and the limits, the rest is the
// file.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/table_promises.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const uint8_t choice = data[0];
  yixin::TableOptions options{.format = yixin::TableFormat::kJsonLines, .json_columns = {"text"}};
  if (choice & 2) options.encoding = static_cast<yixin::TextEncoding>(choice >> 6);
  if (choice & 4) options.max_json_depth = 3;
  if (choice & 32) options.max_row_bytes = 100;
  yixin::CheckTable(bytes, options);
  return 0;
}
