// The public face of the store room. Tested by: model_store_test.cc, src/store
#include <algorithm>
#include <utility>

#include "api/door.h"
#include "api/model_fingerprint.h"
#include "api/share_folder.h"
#include "engine/prefix_files.h"
#include "model/model_cache.h"
#include "store/catalog.h"
#include "store/environment.h"
#include "store/pull.h"
#include "store/store.h"
#include "yixin/store.h"

namespace yixin {
namespace {

ModelRecord ToRecord(const LocalModel& model, const Catalog& catalog) {
  ModelRecord record;
  record.name = model.name;
  record.path = model.path.string();
  record.sha256 = model.sha256;
  record.licence = model.licence;
  record.bytes = model.bytes;
  record.present = true;
  record.revision = model.revision;
  if (const CatalogEntry* entry = catalog.Find(model.name)) record.note = entry->note;
  return record;
}

ModelRecord ToRecord(const CatalogEntry& entry) {
  ModelRecord record;
  record.name = entry.name;
  record.sha256 = entry.sha256;
  record.licence = entry.licence;
  record.note = entry.note;
  record.bytes = entry.bytes;
  return record;
}

PullEvents ToEvents(const PullProgress& progress) {
  PullEvents events;
  if (progress.say) {
    events.event = [say = progress.say](const PullEvent& event) { say(event.line); };
  }
  events.bytes = progress.bytes;
  return events;
}

// Of all regular files; links are not followed.
uint64_t BytesBelow(const std::filesystem::path& folder) {
  uint64_t bytes = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code ignored;
    if (it->is_symlink(ignored) || !it->is_regular_file(ignored)) continue;
    const uint64_t size = it->file_size(ignored);
    if (!ignored) bytes += size;
  }
  return bytes;
}

}  // namespace

std::string PackedWeightsFolder() {
  const auto home = YixinHome(Environment::FromProcess());
  return home ? (*home / "packed").string() : "";
}

Result<std::string> FingerprintModel(std::string_view model_path) {
  return AtDoor([&] { return ModelFingerprint(model_path); });
}

struct ModelStore::State {
  explicit State(Store opened) : store(std::move(opened)) {}
  Store store;
};

ModelStore::ModelStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
ModelStore::ModelStore(ModelStore&&) noexcept = default;
ModelStore& ModelStore::operator=(ModelStore&&) noexcept = default;
ModelStore::~ModelStore() = default;

Result<ModelStore> ModelStore::Open(std::string_view share_path) {
  return AtDoor([&]() -> Result<ModelStore> {
    const std::filesystem::path share = FindShareFolder(share_path);
    if (share.empty()) {
      return Error{ErrorCode::kNotFound,
                   "the catalog of models was not found (share/yixin/models.toml beside the "
                   "program); install yixin again or set YIXIN_SHARE",
                   "share"};
    }
    StoreOptions options;
    options.environment = Environment::FromProcess();
    options.catalog_path = share / "models.toml";
    YIXIN_TRY(Store store, Store::Open(std::move(options)));
    return ModelStore(std::make_unique<State>(std::move(store)));
  });
}

std::string ModelStore::folder() const { return state_->store.home().string(); }

Result<std::vector<ModelRecord>> ModelStore::List() const {
  return AtDoor([&]() -> Result<std::vector<ModelRecord>> {
    const Catalog& catalog = state_->store.catalog();
    YIXIN_TRY(const std::vector<LocalModel> here, state_->store.List());
    std::vector<ModelRecord> records;
    for (const LocalModel& model : here) records.push_back(ToRecord(model, catalog));
    for (const CatalogEntry& entry : catalog.models) {
      const bool is_here = std::any_of(here.begin(), here.end(), [&](const LocalModel& model) {
        return model.name == entry.name;
      });
      if (!is_here) records.push_back(ToRecord(entry));
    }
    return records;
  });
}

Result<ModelRecord> ModelStore::Find(std::string_view name) const {
  return AtDoor([&]() -> Result<ModelRecord> {
    YIXIN_TRY(const LocalModel model, state_->store.Find(name));
    return ToRecord(model, state_->store.catalog());
  });
}

Result<ModelRecord> ModelStore::Pull(std::string_view what, std::string_view source,
                                     const PullProgress& progress, const StopFlag* stop) {
  return AtDoor([&]() -> Result<ModelRecord> {
    PullOptions options;
    options.source = source;
    options.stop = stop;
    YIXIN_TRY(const LocalModel model,
              yixin::Pull(state_->store, what, options, ToEvents(progress)));
    return ToRecord(model, state_->store.catalog());
  });
}

Result<ModelRecord> ModelStore::EnsureDefault(const PullProgress& progress, const StopFlag* stop) {
  return AtDoor([&]() -> Result<ModelRecord> {
    PullOptions options;
    options.stop = stop;
    YIXIN_TRY(const LocalModel model,
              EnsureDefaultModel(state_->store, options, ToEvents(progress)));
    return ToRecord(model, state_->store.catalog());
  });
}

Result<ModelRecord> ModelStore::FindDefault() const {
  return AtDoor([&]() -> Result<ModelRecord> {
    const Catalog& catalog = state_->store.catalog();
    auto model = state_->store.Find(catalog.default_model);
    if (!model) model = state_->store.Find(catalog.fallback_model);
    if (!model) return model.error();
    return ToRecord(*model, catalog);
  });
}

Result<std::vector<FileRecord>> ModelStore::Check(bool hash, const StopFlag* stop) const {
  return AtDoor([&]() -> Result<std::vector<FileRecord>> {
    YIXIN_TRY(const auto checks, state_->store.Check(hash, stop));
    std::vector<FileRecord> records;
    for (const Store::FileCheck& check : checks) {
      records.push_back({check.model, check.path.string(), check.bytes, check.problem});
    }
    return records;
  });
}

StoreUsage ModelStore::Usage() const {
  const std::filesystem::path home = state_->store.home();
  StoreUsage usage;
  usage.models_bytes = BytesBelow(home / "models");
  usage.packed_bytes = BytesBelow(home / "packed");
  std::filesystem::path there = home;
  std::error_code error;
  while (!std::filesystem::exists(there, error) && there.has_relative_path()) {
    there = there.parent_path();
  }
  const auto space = std::filesystem::space(there, error);
  if (!error) usage.free_bytes = space.available;
  return usage;
}

Status ModelStore::Remove(std::string_view name) {
  return AtDoor([&]() -> Status {
    const auto model = state_->store.Find(name);
    const std::filesystem::path folder = PackedWeightsFolder();
    // By the resolved path, which is no more once the model is gone.
    const auto packed = model && !folder.empty() ? folder / PackedFileName(model->path) : "";
    YIXIN_CHECK_OK(state_->store.Remove(name));
    if (packed.empty()) return {};
    std::error_code absent;  // a model that was never opened has no packed weights
    std::filesystem::remove(packed, absent);
    RemovePrefixFiles(packed);
    return {};
  });
}

}  // namespace yixin
