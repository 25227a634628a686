#include "store/folder_pull.h"

#include <algorithm>
#include <ctime>
#include <optional>
#include <set>

#include "store/dead_hosts.h"
#include "store/download.h"
#include "store/file_io.h"
#include "store/partial_file.h"
#include "store/pull_steps.h"
#include "store/sha256.h"
#include "store/sources.h"
#include "store/url.h"

namespace yixin {
namespace {

using Kind = PullEvent::Kind;
using Failure = std::optional<DownloadFailure>;

constexpr size_t kMaxPageBytes = 16 << 20;
// A file in git itself has at most 10 MB on the hub; this much is read at once to name it.
constexpr size_t kMaxGitBytes = 64 << 20;
constexpr const char* kPartialFolder = ".partial";

DownloadFailure Fail(const Error& error) { return DownloadFailure{error, IsFinal(error), ""}; }

// A place that has the repository.
struct Site {
  SourceKind kind = SourceKind::kHub;
  HubSite hub;
};

// The repository's files there.
struct Listing {
  std::string key;       // names the content: the commit, or a hash of names and hashes
  std::string revision;  // for the manifest
  std::string licence;
  std::string files_url;  // a file's URL begins with it
  std::vector<HubFile> files;
};

// SHA-256 over lines of "HASH  NAME", as sha256sum writes them, by name.
std::string FolderSha256(std::vector<ModelPart> parts) {
  std::ranges::sort(parts, {}, &ModelPart::file);
  Sha256 hash;
  for (const ModelPart& part : parts) {
    const std::string line = part.sha256 + "  " + part.file + "\n";
    hash.Update(std::as_bytes(std::span(line)));
  }
  return hash.HexDigest();
}

class FolderPull {
 public:
  FolderPull(const Store& store, const HubFolderName& name, const PullOptions& options,
             const PullEvents& events)
      : store_(store),
        name_(name),
        model_name_(name.ModelName()),
        options_(options),
        events_(events),
        model_folder_(store.ModelFolder(model_name_)),
        final_folder_(model_folder_ / name.FolderName()),
        failures_(events) {}

  Result<LocalModel> Run() {
    std::vector<Site> sites;
    std::vector<std::string> names;
    for (HubSite& hub : ListHubs(store_)) sites.push_back({SourceKind::kHub, std::move(hub)});
    sites.push_back(
        {SourceKind::kModelScope, {"modelscope", store_.network().modelscope, /*token=*/""}});
    for (const Site& site : sites) names.push_back(site.hub.name);
    YIXIN_CHECK_OK(CheckSourceName(model_name_, options_, names));
    if (!options_.source.empty()) {
      std::erase_if(sites, [&](const Site& site) { return site.hub.name != options_.source; });
    }
    YIXIN_TRY(const PullLock lock, LockModel(store_, model_name_, options_, events_));
    if (auto here = store_.Find(model_name_)) return here;
    YIXIN_CHECK_OK(CheckOnline(store_, model_name_));
    YIXIN_CHECK_OK(MakeFolder(model_folder_));
    for (const Site& site : sites) {
      const Source source{site.hub.name, site.kind, site.hub.base, site.hub.token};
      if (IsDead(store_, source)) {
        failures_.Add(source.name, {ErrorCode::kNetwork, "did not answer a moment ago", ""});
        continue;
      }
      events_.Tell(Kind::kSourceTried, source.name,
                   source.name + ": " + DisplayUrl(site.hub.base + "/" + name_.repo));
      const FetchContext context{store_, events_, options_.stop, &site == &sites.back()};
      HttpClient client(HubHttpOptions(context));
      Listing listing;
      Failure failure = List(site, client, &listing);
      if (!failure) failure = Fetch(source, listing, client);
      if (!failure) return Finish(source.name, listing);
      if (!failure->dead_host.empty()) store_.dead_hosts().Add(failure->dead_host);
      // What the repository is, every source would say.
      if (failure->final || failure->error.code == ErrorCode::kUnsupported) {
        RemoveIfEmpty();
        return failure->error;
      }
      failures_.Add(source.name, failure->error);
    }
    return failures_.Summary(model_name_, !RemoveIfEmpty());
  }

 private:
  Failure Get(const Site& site, const std::string& path, HttpClient& client, std::string* page,
              HttpHead* head = nullptr) const {
    PageRequest request;
    request.http.url = site.hub.base + path;
    request.http.bearer_token = site.hub.token;
    request.http.accept = "application/json";
    request.max_bytes = kMaxPageBytes;
    return FetchPage(request, client, options_.stop, page, head);
  }

  Failure List(const Site& site, HttpClient& client, Listing* listing) const {
    std::string page;
    Result<std::vector<HubFile>> files = std::vector<HubFile>();
    if (site.kind == SourceKind::kModelScope) {
      listing->revision = name_.revision.empty() ? "master" : name_.revision;
      const std::string query = "?Revision=" + EncodeSegment(listing->revision);
      if (auto failure =
              Get(site, "/api/v1/models/" + name_.repo + "/repo/files" + query, client, &page)) {
        return failure;
      }
      files = ParseModelScopeFiles(page, name_.repo);
      listing->files_url = site.hub.base + "/models/" + name_.repo + "/resolve/" +
                           EncodeSegment(listing->revision) + "/";
    } else {
      const std::string api = "/api/models/" + name_.repo;
      const std::string revision = name_.revision.empty() ? "main" : name_.revision;
      if (auto failure = Get(site, api + "/revision/" + EncodeSegment(revision), client, &page)) {
        return failure;
      }
      const auto pinned = ParseHubRevision(page, name_.repo);
      if (!pinned) return Fail(pinned.error());
      listing->revision = listing->key = pinned->commit;
      listing->licence = pinned->licence;
      HttpHead head;
      if (auto failure = Get(site, api + "/tree/" + pinned->commit, client, &page, &head)) {
        return failure;
      }
      if (head.Header("link").find("rel=\"next\"") != std::string::npos) {
        return Fail({ErrorCode::kUnsupported,
                     name_.repo + ": has more files in its top folder than a model (over a page)",
                     name_.repo});
      }
      files = ParseHubTree(page, name_.repo);
      listing->files_url = site.hub.base + "/" + name_.repo + "/resolve/" + pinned->commit + "/";
    }
    if (!files) return Fail(files.error());
    auto chosen = ChooseModelFiles(*files, name_.repo);
    if (!chosen) return Fail(chosen.error());
    listing->files = *std::move(chosen);
    if (listing->key.empty()) listing->key = ContentKey(listing->files);
    return std::nullopt;
  }

  static std::string EncodeSegment(const std::string& text) {
    std::string encoded = EncodePath(text);
    for (size_t at = 0; (at = encoded.find('/', at)) != std::string::npos;) {
      encoded.replace(at, 1, "%2F");
    }
    return encoded;
  }

  static std::string ContentKey(const std::vector<HubFile>& files) {
    std::vector<ModelPart> parts;
    for (const HubFile& file : files) parts.push_back({file.name, file.bytes, file.sha256});
    return FolderSha256(std::move(parts)).substr(0, 40);
  }

  // All files into the partial folder.
  Failure Fetch(const Source& source, const Listing& listing, HttpClient& client) {
    partial_folder_ = model_folder_ / (listing.key + kPartialFolder);
    parts_.clear();
    verified_ = true;
    std::vector<const HubFile*> missing;
    if (Status ready = TakeStock(listing.files, &missing); !ready) return Fail(ready.error());
    uint64_t total = 0;
    for (const HubFile& file : listing.files) total += file.bytes;
    uint64_t done = total;
    for (const HubFile* file : missing) done -= file->bytes;
    ProgressMeter meter(events_, total);
    const DownloadContext context{client, events_, meter, options_.stop};
    for (const HubFile* file : missing) {
      meter.set_base(done);
      if (auto failure = FetchOne(source, listing.files_url, *file, context)) {
        failure->error.message = file->name + ": " + failure->error.message;
        return failure;
      }
      done += file->bytes;
    }
    meter.Finish();
    return std::nullopt;
  }

  // Which files an earlier run has left whole; everything else goes.
  Status TakeStock(const std::vector<HubFile>& files, std::vector<const HubFile*>* missing) {
    std::error_code error;
    // A run that was killed before it wrote the manifest.
    if (std::filesystem::exists(final_folder_, error)) {
      if (!std::filesystem::exists(partial_folder_, error)) {
        std::filesystem::rename(final_folder_, partial_folder_, error);
      } else {
        std::filesystem::remove_all(final_folder_, error);
      }
      if (error) return SystemError("cannot move", final_folder_, error.value());
    }
    YIXIN_CHECK_OK(MakeFolder(partial_folder_));
    uint64_t needed = 0;
    std::set<std::string> known;
    for (const HubFile& file : files) {
      const std::filesystem::path path = partial_folder_ / file.name;
      const std::filesystem::path begun = path.string() + ".partial";
      known.insert({path.string(), begun.string()});
      const bool identified = !file.sha256.empty() || !file.git_oid.empty();
      if (identified && std::filesystem::exists(path, error)) {
        const Result<std::string> sha256 = Check(file, path);
        if (sha256) {
          parts_.push_back({file.name, file.bytes, *sha256});
          continue;
        }
        if (sha256.error().code == ErrorCode::kCancelled) return sha256.error();
      }
      std::filesystem::remove_all(path, error);
      needed += file.bytes - std::min<uint64_t>(file.bytes, SizeOf(begun));
      missing->push_back(&file);
    }
    for (const auto& path : EntriesOf(partial_folder_)) {
      if (!known.contains(path.string())) std::filesystem::remove_all(path, error);
    }
    // What has begun goes on first, so that what is shown does not jump.
    std::stable_partition(missing->begin(), missing->end(), [&](const HubFile* file) {
      return SizeOf(partial_folder_ / (file->name + ".partial")) > 0;
    });
    return CheckFreeSpace(partial_folder_, needed);
  }

  static uint64_t SizeOf(const std::filesystem::path& path) {
    std::error_code error;
    const uint64_t size = std::filesystem::file_size(path, error);
    return error ? 0 : size;
  }

  // The SHA-256 of a file that is whole. Errors: kVerification.
  Result<std::string> Check(const HubFile& file, const std::filesystem::path& path) const {
    const auto wrong = [&](const std::string& expected, const std::string& got) {
      return Error{ErrorCode::kVerification, "wrong bytes: expected " + expected + ", got " + got,
                   file.name};
    };
    const uint64_t bytes = SizeOf(path);
    if (bytes != file.bytes) {
      return wrong(std::to_string(file.bytes) + " bytes", std::to_string(bytes));
    }
    YIXIN_TRY(std::string sha256, Sha256OfFile(path, options_.stop));
    if (!file.sha256.empty() && sha256 != file.sha256) {
      return wrong("SHA-256 " + file.sha256, sha256);
    }
    if (file.sha256.empty() && !file.git_oid.empty() && bytes <= kMaxGitBytes) {
      YIXIN_TRY(const std::string content, ReadSmallFile(path, kMaxGitBytes));
      if (!IsGitBlob(content, file.git_oid)) return wrong("git blob " + file.git_oid, "another");
    }
    return sha256;
  }

  Failure FetchOne(const Source& source, const std::string& files_url, const HubFile& wanted,
                   const DownloadContext& context) {
    HubFile file = wanted;
    Source at = source;
    at.url = files_url + EncodePath(file.name);
    if (file.sha256.empty() && (file.git_oid.empty() || file.bytes > kMaxGitBytes)) {
      CatalogEntry learned;
      learned.bytes = file.bytes;
      if (auto failure = LearnHash(at, &context.client, options_.stop, &learned)) return failure;
      file.sha256 = learned.sha256;
      verified_ = verified_ && !file.sha256.empty();
    }
    const auto path = partial_folder_ / file.name;
    auto partial = PartialFile::Open(path, options_.stop);
    if (!partial) return Fail(partial.error());
    if (file.bytes == 0) {  // Download would take it for a size that is not known
      if (auto reset = partial->Reset(); !reset) return Fail(reset.error());
    } else {
      const DownloadRequest request{.source = source.name,
                                    .url = at.url,
                                    .bearer_token = source.token,
                                    .bytes = file.bytes,
                                    .max_bytes = file.bytes,
                                    .sha256 = file.sha256};
      if (auto failure = Download(request, context, &*partial)) return failure;
    }
    auto sha256 = Check(file, partial->path());
    if (!sha256) {
      if (sha256.error().code == ErrorCode::kVerification) partial->Discard();
      return Fail(sha256.error());
    }
    if (auto committed = partial->Commit(); !committed) return Fail(committed.error());
    parts_.push_back({file.name, file.bytes, *std::move(sha256)});
    return std::nullopt;
  }

  Result<LocalModel> Finish(const std::string& source, const Listing& listing) {
    LocalModel model;
    model.name = model_name_;
    model.path = final_folder_;
    model.licence = listing.licence;
    model.source = source;
    model.revision = listing.revision;
    model.files = parts_;
    std::ranges::sort(model.files, {}, &ModelPart::file);
    for (const ModelPart& part : parts_) model.bytes += part.bytes;
    model.sha256 = FolderSha256(parts_);
    model.verified = verified_;
    model.pulled_unix_s = std::time(nullptr);
    if (rename(partial_folder_.c_str(), final_folder_.c_str()) != 0) {
      return SystemError("cannot rename to", final_folder_, errno);
    }
    SyncFolder(model_folder_);
    YIXIN_CHECK_OK(store_.Register(model));
    RemoveLeftovers();
    Remark(model, source);
    return model;
  }

  void Remark(const LocalModel& model, const std::string& source) const {
    if (!verified_) {
      events_.Tell(Kind::kNotice, source,
                   source + " gives no hash of every file, so nothing verifies " + model_name_);
    }
    if (model.licence.empty()) {
      events_.Tell(Kind::kNotice, source,
                   "its licence is not known here; see the page of " + name_.repo);
    }
    if (!HasChatTemplate(model.path)) {
      events_.Tell(Kind::kNotice, source,
                   model_name_ +
                       " has no chat template: a base model, which continues text and was not "
                       "taught to answer");
    }
  }

  // What came of other commits.
  void RemoveLeftovers() const {
    std::error_code error;
    for (const auto& path : EntriesOf(model_folder_)) {
      if (path.extension() == kPartialFolder) std::filesystem::remove_all(path, error);
    }
  }

  // True where nothing has arrived, and so nothing is left.
  bool RemoveIfEmpty() const {
    std::error_code error;
    for (const auto& path : EntriesOf(model_folder_)) {
      if (!std::filesystem::is_directory(path, error)) return false;
      for (const auto& file : EntriesOf(path)) {
        if (SizeOf(file) > 0) return false;
      }
    }
    std::filesystem::remove_all(model_folder_, error);
    return true;
  }

  const Store& store_;
  const HubFolderName& name_;
  const std::string model_name_;
  const PullOptions& options_;
  const PullEvents& events_;
  const std::filesystem::path model_folder_;
  const std::filesystem::path final_folder_;
  SourceFailures failures_;
  std::filesystem::path partial_folder_;
  std::vector<ModelPart> parts_;  // what has arrived
  bool verified_ = true;          // each against a hash that was known before
};

}  // namespace

Result<LocalModel> PullFolder(const Store& store, const HubFolderName& name,
                              const PullOptions& options, const PullEvents& events) {
  return FolderPull(store, name, options, events).Run();
}

}  // namespace yixin
