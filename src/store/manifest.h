// models/NAME/manifest.json: what a pulled model is and where its file or folder lies.
// Tested by: manifest_test.cc, tests/fuzz/catalog_fuzz.cc
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"

namespace yixin {

// A file of a model that is a folder.
struct ModelPart {
  std::string file;  // a plain name
  uint64_t bytes = 0;
  std::string sha256;
};

struct LocalModel {
  std::string name;
  std::filesystem::path path;  // absolute
  // Empty for a path that was never registered. Of a folder: that of the lines "SHA256  FILE", by
  // name, as sha256sum writes them.
  std::string sha256;
  uint64_t bytes = 0;
  std::string licence;    // empty: not known
  std::string source;     // the source's name: "huggingface", "index", "cache", "file"
  bool verified = false;  // against a hash that was known before; else sha256 is only what arrived
  // Of a file outside the store, when it was hashed: nanoseconds since 1970. 0: inside the store.
  int64_t modified_ns = 0;
  int64_t pulled_unix_s = 0;
  std::string revision;          // the hub's commit; empty: not known
  std::vector<ModelPart> files;  // of a folder; empty where `path` is a file
};

// `folder` is where the manifest lies: a file in it is written by its name alone, so that the store
// can be moved.
std::string WriteManifest(const LocalModel& model, const std::filesystem::path& folder);
// Errors: kInvalidFile, with the key.
Result<LocalModel> ParseManifest(std::string_view json_text, const std::filesystem::path& folder);

}  // namespace yixin
