// Which model it is, at the cost of a glance: what was fitted on one model says so, and must not be
// used with another. Tested by: model_fingerprint_test.cc
#pragma once

#include <filesystem>
#include <string>

#include "yixin/result.h"

namespace yixin {

// 64 lower-case hex digits. Of a file: SHA-256 of its size and of 33 blocks of 4 KiB, spread evenly
// from the first bytes to the last: any training or quantization changes nearly all of a model's
// bytes, so a few of them tell models apart; it does not find a damaged one. Of a folder: the
// same of all its *.safetensors and config.json, by name.
// Errors: kNotFound, kIo; kInvalidFile for a folder without such files. Cost: 33 reads a file.
Result<std::string> ModelFingerprint(const std::filesystem::path& path);

}  // namespace yixin
