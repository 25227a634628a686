// Any bytes as what the store reads from the user's disk or from the network: a catalog, a page of
// a package index (JSON and HTML), a hub's listing of a repository, a manifest, pip's settings,
// URLs. The seeds in corpus/catalog are one of each. Whatever is accepted must keep the promises
// that the rest of the store builds on.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "store/catalog.h"
#include "store/html_links.h"
#include "store/hub_folder.h"
#include "store/manifest.h"
#include "store/package_index.h"
#include "store/pip_settings.h"
#include "store/url.h"

namespace {

const std::string kPage = "https://index.example/simple/pkg/";

void Require(bool promise) {
  if (!promise) __builtin_trap();
}

void TryCatalog(std::string_view text) {
  const auto catalog = yixin::ParseCatalog(text, "models.toml");
  if (!catalog) {
    Require(catalog.error().message.starts_with("models.toml: "));
    return;
  }
  Require(catalog->Find(catalog->default_model) != nullptr);
  Require(catalog->Find(catalog->fallback_model) != nullptr);
  for (const yixin::CatalogEntry& entry : catalog->models) {
    // It becomes a file's name.
    Require(!entry.file.empty() && entry.file.find('/') == std::string::npos &&
            entry.file[0] != '.');
    Require(entry.sha256.empty() || yixin::IsSha256(entry.sha256));
    for (const yixin::CatalogSource& source : entry.sources) {
      uint64_t bytes = 0;
      for (const yixin::PackagePart& part : source.parts) bytes += part.bytes;
      Require(source.kind != yixin::SourceKind::kIndex || bytes == entry.bytes);
    }
  }
}

void TryIndexPage(std::string_view text) {
  const auto check = [](const std::vector<yixin::IndexFile>& files) {
    for (const yixin::IndexFile& file : files) {
      const auto url = yixin::ParseUrl(file.url);
      Require(url && (url->scheme == "http" || url->scheme == "https"));
      Require(file.sha256.empty() || yixin::IsSha256(file.sha256));
    }
    (void)yixin::FindWheel(files, "pkg", "1.0");
  };
  if (const auto files = yixin::ParseIndexJson(text, kPage)) check(*files);
  check(yixin::ParseIndexHtml(text, kPage));
  Require(yixin::DecodeHtmlEntities(text).size() <= text.size());
}

void TryHubListing(std::string_view text) {
  for (const auto& files :
       {yixin::ParseHubTree(text, "org/repo"), yixin::ParseModelScopeFiles(text, "org/repo")}) {
    if (!files) continue;
    for (const yixin::HubFile& file : *files) {
      Require(yixin::IsRepoPath(file.name) && file.name.find('/') == std::string::npos);
      Require(file.sha256.empty() || yixin::IsSha256(file.sha256));
    }
    (void)yixin::ChooseModelFiles(*files, "org/repo");
  }
  if (const auto revision = yixin::ParseHubRevision(text, "org/repo")) {
    Require(revision->commit.size() == 40);  // it becomes a folder's name
  }
  if (const auto name = yixin::ParseHubFolderName(text)) {
    Require(yixin::IsRepoName(name->repo));
    const auto again = yixin::ParseHubFolderName(name->ModelName());
    Require(again && again->ModelName() == name->ModelName());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  TryCatalog(text);
  TryIndexPage(text);
  TryHubListing(text);
  if (const auto model = yixin::ParseManifest(text, "/store/model")) {
    Require(model->path.is_absolute() && yixin::IsSha256(model->sha256));
  }
  (void)yixin::ParseIni(text);
  if (const auto url = yixin::ParseUrl(text)) {
    // What is fetched, and what credentials are compared against, is the bare URL.
    const auto bare = yixin::ParseUrl(url->bare);
    Require(bare && bare->user.empty() && bare->password.empty());
    Require(bare->Origin() == url->Origin());
  }
  return 0;
}
