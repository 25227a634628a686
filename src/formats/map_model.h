// A model file of one format, mapped and parsed.
// Tested by: gguf_test.cc, safetensors_test.cc
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "formats/model_file.h"
#include "yixin/result.h"

namespace yixin {

// parse: Result<ModelFileParts>(bytes of the file). Errors: as MappedFile::Open; the parser's,
// behind the file's path.
template <typename Parse>
Result<ModelFile> MapModel(const std::filesystem::path& path, const Parse& parse) {
  YIXIN_TRY(MappedFile mapping, MappedFile::Open(path));
  Result<ModelFileParts> parts = parse(mapping.bytes());
  if (!parts) {
    Error error = std::move(parts).error();
    error.message = path.string() + ": " + error.message;
    return error;
  }
  parts->identity = mapping.identity();
  parts->mappings.push_back(std::move(mapping));
  return ModelFile(*std::move(parts));
}

}  // namespace yixin
