// GGUF, versions 2 and 3, little-endian: the header is validated as a whole at open (counts, types,
// names, alignment, every tensor's place), arrays stay where they are until somebody asks for them.
// Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
// Tested by: gguf_test.cc, gguf_hostile_test.cc; fuzzed by tests/fuzz/gguf_fuzz.cc
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "formats/model_file.h"
#include "yixin/result.h"

namespace yixin {

// Errors name the field and its byte offset. kInvalidFile: the bytes are not a sound GGUF file.
// kUnsupported: another version, big-endian, nested arrays, a tensor type that is not in
// tensor_type.h. OpenGguf also: as MappedFile::Open, and the message begins with the path.
// Cost: one pass over the header (a vocabulary of 150,000: about 2 ms); no tensor is touched.
// Memory: at most some 20 MB beside the file, whatever the file says.
Result<ModelFile> OpenGguf(const std::filesystem::path& path);

// `bytes` must outlive the ModelFile.
Result<ModelFile> ParseGguf(std::span<const std::byte> bytes);

}  // namespace yixin
