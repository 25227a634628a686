// One .safetensors file: eight bytes of header length, a JSON header, and the tensors' bytes, which
// must cover the rest without overlap and without a gap. F32, F16 and BF16.
// Source: https://github.com/huggingface/safetensors (README, "Format")
// Tested by: safetensors_test.cc; fuzzed by tests/fuzz/safetensors_fuzz.cc
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "formats/model_file.h"
#include "yixin/result.h"

namespace yixin {

// Names of tensors are the file's own; __metadata__ becomes metadata of strings. The tensors come
// in the order of their bytes. Origin: kHuggingFace.
// Errors name the tensor where there is one. kInvalidFile: not a sound safetensors file.
// kUnsupported: a tensor of another type, of more than four dimensions, or without elements.
// OpenSafetensors also: as MappedFile::Open, and the message begins with the path.
// Cost: the header; no tensor is touched. Memory: at most some 20 times the header, and that is at
// most 16 MiB.
Result<ModelFile> OpenSafetensors(const std::filesystem::path& path);

// `bytes` must outlive the ModelFile.
Result<ModelFile> ParseSafetensors(std::span<const std::byte> bytes);

}  // namespace yixin
