#include "store/sources.h"

#include <algorithm>

#include "store/dead_hosts.h"
#include "store/index_source.h"
#include "store/url.h"

namespace yixin {
namespace {

// Larger files of unknown size are refused.
constexpr uint64_t kMaxUnknownBytes = uint64_t{64} << 30;

std::string WithoutLastSlash(std::string base) {
  while (base.ends_with('/')) base.pop_back();
  return base;
}

std::string ModelScopeUrl(const std::string& base, const CatalogSource& origin) {
  return base + "/models/" + EncodePath(origin.repo) + "/resolve/master/" + EncodePath(origin.file);
}

std::string Unquote(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    etag = etag.substr(1, etag.size() - 2);
  }
  return std::string(etag);
}

std::optional<DownloadFailure> FetchFile(const Source& source, const FetchContext& context,
                                         CatalogEntry* entry, PartialFile* partial) {
  HttpClient client(HubHttpOptions(context));
  if (entry->sha256.empty()) {
    if (auto failure = LearnHash(source, &client, context.stop, entry)) return failure;
  }
  ProgressMeter meter(context.events, entry->bytes);
  const DownloadContext download{client, context.events, meter, context.stop};
  const DownloadRequest request{.source = source.name,
                                .url = source.url,
                                .bearer_token = source.token,
                                .bytes = entry->bytes,
                                .max_bytes = kMaxUnknownBytes,
                                .sha256 = entry->sha256};
  auto failure = Download(request, download, partial);
  if (!failure) meter.Finish();
  return failure;
}

}  // namespace

std::vector<HubSite> ListHubs(const Store& store) {
  const Environment& environment = store.environment();
  std::string token = environment.Get("HF_TOKEN");
  if (token.empty()) token = environment.Get("HUGGING_FACE_HUB_TOKEN");
  std::vector<HubSite> sites;
  const auto add = [&](const char* name, const std::string& base, const std::string& its_token) {
    HubSite site{name, WithoutLastSlash(base), its_token};
    const bool known = std::any_of(sites.begin(), sites.end(),
                                   [&](const HubSite& other) { return other.base == site.base; });
    if (!known) sites.push_back(std::move(site));
  };
  // The user named the endpoint, so the token is meant for it, as for huggingface_hub.
  if (const std::string endpoint = environment.Get("HF_ENDPOINT"); !endpoint.empty()) {
    add("endpoint", endpoint, token);
  }
  add("huggingface", store.network().huggingface, token);
  add("hf-mirror", store.network().hf_mirror, "");
  return sites;
}

HttpOptions HubHttpOptions(const FetchContext& context) {
  const Environment& environment = context.store.environment();
  const NetworkOptions& network = context.store.network();
  HttpOptions options;
  for (const char* name : {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    if (options.ca_bundle.empty()) options.ca_bundle = environment.Get(name);
  }
  options.connect_timeout_ms = network.connect_timeout_ms;
  options.stall_bytes_per_s = context.last_source ? 1 : network.stall_bytes_per_s;
  options.stall_s = context.last_source ? network.last_source_still_s : network.stall_s;
  return options;
}

// x-linked-etag is the SHA-256 of a large file; a plain ETag counts
// only from the hub's own host, because other hosts put other hashes of 64 digits there.
std::optional<DownloadFailure> LearnHash(const Source& source, HttpClient* client,
                                         const StopFlag* stop, CatalogEntry* entry) {
  HttpRequest request;
  request.url = source.url;
  request.bearer_token = source.token;
  request.head = true;
  const HttpOutcome outcome = client->Fetch(request, {}, {}, stop);
  if (outcome.kind != HttpOutcome::Kind::kOk) {
    const bool dead = outcome.kind == HttpOutcome::Kind::kNotReached;
    return DownloadFailure{outcome.error, IsFinal(outcome.error), dead ? outcome.host : ""};
  }
  const HttpHead& head = outcome.head;
  const auto first = ParseUrl(source.url);
  const auto last = ParseUrl(head.url);
  const bool own_host = first && last && first->Origin() == last->Origin();
  std::string hash = Unquote(head.Header("x-linked-etag"));
  if (hash.empty() && own_host) hash = Unquote(head.Header("etag"));
  if (IsSha256(hash)) entry->sha256 = hash;
  HttpHead linked;
  linked.headers["content-length"] = head.Header("x-linked-size");
  auto size = linked.ContentLength();
  if (!size) size = head.ContentLength();
  if (entry->bytes == 0 && size && *size <= kMaxUnknownBytes) entry->bytes = *size;
  return std::nullopt;
}

std::vector<Source> ListSources(const Store& store, const CatalogEntry& entry) {
  std::vector<Source> sources;
  for (const CatalogSource& origin : entry.sources) {
    switch (origin.kind) {
      case SourceKind::kHub:
        for (const HubSite& site : ListHubs(store)) {
          const std::string url = site.base + "/" + EncodePath(origin.repo) + "/resolve/main/" +
                                  EncodePath(origin.file);
          sources.push_back(Source{site.name, origin.kind, url, site.token, &origin});
        }
        break;
      case SourceKind::kModelScope:
        sources.push_back(Source{"modelscope", origin.kind,
                                 ModelScopeUrl(store.network().modelscope, origin), "", &origin});
        break;
      case SourceKind::kIndex:
        sources.push_back(Source{"index", origin.kind, "", "", &origin});
        break;
    }
  }
  return sources;
}

bool IsDead(const Store& store, const Source& source) {
  const auto url = ParseUrl(source.url);
  return url && store.dead_hosts().Contains(url->host + ":" + url->port);
}

std::optional<DownloadFailure> FetchFrom(const Source& source, const FetchContext& context,
                                         CatalogEntry* entry, PartialFile* partial) {
  if (source.kind == SourceKind::kIndex) {
    return FetchFromIndex(source.origin->parts, context, *entry, partial);
  }
  auto failure = FetchFile(source, context, entry, partial);
  if (failure && !failure->dead_host.empty()) {
    context.store.dead_hosts().Add(failure->dead_host);
  }
  return failure;
}

}  // namespace yixin
