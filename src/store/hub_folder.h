// What a Hugging Face repository says about itself, and which of its files make up a model as
// transformers' from_pretrained reads it. A listing is what a server says: names, sizes and hashes
// are checked before any of them is used. Nothing is fetched here.
// (the hub's API documentation, "Hub API Endpoints"; modelscope's SDK for its own listing)
// Tested by: hub_folder_test.cc, tests/fuzz/catalog_fuzz.cc
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"

namespace yixin {

// hf:ORG/REPO or hf:ORG/REPO@REVISION, the revision a branch, a tag or a commit.
struct HubFolderName {
  std::string repo;
  std::string revision;  // empty: the default branch

  // As the store calls it: ORG/REPO or ORG/REPO@REVISION.
  std::string ModelName() const;
  std::string FolderName() const;  // REPO, which is no other file of the store
};

// With or without "hf:". Nothing where it is no such name; hf:ORG/REPO/FILE is none.
std::optional<HubFolderName> ParseHubFolderName(std::string_view what);

struct HubFile {
  std::string name;
  uint64_t bytes = 0;
  std::string sha256;   // of files in large file storage; else empty
  std::string git_oid;  // of files in git itself: see IsGitBlob; else empty
};

struct HubRevision {
  std::string commit;   // 40 hex digits
  std::string licence;  // empty: not said
};

// What GET /api/models/REPO/revision/REVISION gives. `subject` is for messages.
// Errors (here and below): kVerification for anything but what the API promises.
Result<HubRevision> ParseHubRevision(std::string_view json_text, const std::string& subject);

// What GET /api/models/REPO/tree/COMMIT gives: the files of the top folder, each name once, valid
// and plain.
Result<std::vector<HubFile>> ParseHubTree(std::string_view json_text, const std::string& subject);
// The same of ModelScope's GET /api/v1/models/REPO/repo/files.
Result<std::vector<HubFile>> ParseModelScopeFiles(std::string_view json_text,
                                                  const std::string& subject);

// Configuration, tokenizer, template, licence, then the weights that from_pretrained takes:
// model.safetensors, or the index and all its parts. In the order in which they are worth fetching.
// Errors: kUnsupported where the repository is no such model, and what it may be instead;
// kVerification for sizes beyond all reason, or names that differ in case alone.
Result<std::vector<HubFile>> ChooseModelFiles(const std::vector<HubFile>& listed,
                                              const std::string& repo);

// Whether the folder has a chat template; a base model has none.
bool HasChatTemplate(const std::filesystem::path& folder);

}  // namespace yixin
