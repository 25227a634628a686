// The places that a model's bytes may come from, in the order in which they are tried, and fetching
// from one of them.
// Tested by: pull_test.cc
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/download.h"
#include "store/partial_file.h"
#include "store/store.h"
#include "yixin/result.h"

namespace yixin {

struct Source {
  std::string name;  // endpoint, huggingface, hf-mirror, modelscope, index: what --source takes
  SourceKind kind = SourceKind::kHub;
  std::string url;                        // of the file; empty for the index
  std::string token;                      // for the hub itself, never for its mirror
  const CatalogSource* origin = nullptr;  // in the entry; null for a folder
};

// A hub, by its base URL (without a last '/'), and the token that is meant for it.
struct HubSite {
  std::string name;
  std::string base;
  std::string token;
};
// HF_ENDPOINT, the hub itself, its mirror; each base once.
std::vector<HubSite> ListHubs(const Store& store);

// All names that --source takes.
inline constexpr const char* kSourceNames[] = {"cache",     "endpoint",   "huggingface",
                                               "hf-mirror", "modelscope", "index"};

// In order. In: an entry that outlives the result.
std::vector<Source> ListSources(const Store& store, const CatalogEntry& entry);

// Its host could not be reached earlier in this run, so it need not be waited for again.
bool IsDead(const Store& store, const Source& source);

// What a fetch needs beside the source.
struct FetchContext {
  const Store& store;
  const PullEvents& events;
  const StopFlag* stop = nullptr;
  bool last_source = false;  // is not left for being slow
};

// How hubs are reached: certificates, patience.
HttpOptions HubHttpOptions(const FetchContext& context);

// Asks a hub for a file's SHA-256 and size by its headers. What they do not say stays as it is.
std::optional<DownloadFailure> LearnHash(const Source& source, HttpClient* client,
                                         const StopFlag* stop, CatalogEntry* entry);

// On success the partial file is the whole model, verified where entry->sha256 is known. For an
// entry without hash or size the hub's own header fills them in, where it has them.
std::optional<DownloadFailure> FetchFrom(const Source& source, const FetchContext& context,
                                         CatalogEntry* entry, PartialFile* partial);

}  // namespace yixin
