// A Hugging Face folder as a model: config.json, one model.safetensors or the shards that
// model.safetensors.index.json lists, with the names that GGUF gives the same keys and tensors. The
// tokenizer's files are not read here (api/model_vocabulary.h does).
// Tested by: hf_folder_test.cc
#pragma once

#include <filesystem>
#include <string>

#include "formats/model_file.h"
#include "yixin/result.h"

namespace yixin {

// A folder as OpenHfFolder reads it, anything else as OpenGguf does. Errors: of the two.
Result<ModelFile> OpenModelFile(const std::filesystem::path& path);

// Errors: those of ReadHfConfig and OpenSafetensors; kInvalidFile where there is no config.json or
// no weights, and where index and shards, or config and tensors, contradict each other (the tensor
// is named); kUnsupported for a tensor that no decoder of the family has, and for weights as
// pickles; kNotFound for a shard that is missing.
Result<ModelFile> OpenHfFolder(const std::filesystem::path& folder);

// What tells a model from itself before a change, without reading it: of a file, its own; of a
// folder, the sizes and times and inodes of all files in it that a model is read from (the sum, the
// latest, and a hash of all of them and their names in place of an inode).
// Errors: kNotFound, kIo.
Result<FileIdentity> ReadModelIdentity(const std::filesystem::path& path);

// A text file of a folder, whole; empty where there is none. Errors: kIo; kInvalidFile above
// max_bytes and for what is no regular file.
Result<std::string> ReadFolderText(const std::filesystem::path& folder, std::string_view name,
                                   uint64_t max_bytes);

// The name that a model has by its path: a folder's own, a file's without its ending.
std::string ModelNameOf(const std::filesystem::path& path);

}  // namespace yixin
