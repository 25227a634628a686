#include "store/store.h"

#include <algorithm>
#include <system_error>

#include "store/dead_hosts.h"
#include "store/file_io.h"
#include "store/hub_folder.h"
#include "store/lock.h"
#include "store/sha256.h"
#include "store/url.h"

namespace yixin {
namespace {

constexpr size_t kMaxCatalogBytes = 1 << 20;
constexpr size_t kMaxManifestBytes = 1 << 18;  // a folder of 256 files with long names

// A folder's name of any model's name; no two share one.
std::string FolderName(std::string_view name) {
  std::string folder;
  for (const char c : EncodePath(name)) folder += c == '/' ? std::string("%2F") : std::string(1, c);
  // File systems end at 255 bytes. A leading dot would hide it.
  constexpr size_t kLongest = 200;
  if (folder.size() <= kLongest && folder[0] != '.') return folder;
  Sha256 hash;
  hash.Update(std::as_bytes(std::span(name)));
  return "sha256-" + hash.HexDigest();
}

// hf:ORG/REPO is called ORG/REPO.
std::string StoreName(std::string_view name) {
  const auto folder = ParseHubFolderName(name);
  return folder ? folder->ModelName() : std::string(name);
}

Error Changed(const std::filesystem::path& path, const std::string& name) {
  return {ErrorCode::kVerification,
          path.string() + " has changed since it was pulled; pull it again", name};
}

// The file or folder of a manifest, as it is now.
Status CheckFile(const LocalModel& model) {
  std::error_code error;
  for (const ModelPart& part : model.files) {
    const auto path = model.path / part.file;
    const uint64_t bytes = std::filesystem::file_size(path, error);
    if (error || bytes != part.bytes) return Changed(path, model.name);
  }
  if (!model.files.empty()) return {};
  const auto status = std::filesystem::status(model.path, error);
  if (!std::filesystem::is_regular_file(status)) {
    return Error{ErrorCode::kNotFound,
                 model.name + ": its file is not there any more (" + model.path.string() +
                     "); get it with: yixin pull " + model.name,
                 model.name};
  }
  const bool outside = model.modified_ns != 0;
  if (std::filesystem::file_size(model.path, error) != model.bytes ||
      (outside && ModifiedNs(model.path) != model.modified_ns)) {
    return Changed(model.path, model.name);
  }
  return {};
}

// What is wrong with a file that should be `part`; empty: nothing.
Result<std::string> ProblemOf(const std::filesystem::path& path, const ModelPart& part, bool hash,
                              const StopFlag* stop) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::string("the file is not there");
  const uint64_t bytes = std::filesystem::file_size(path, error);
  if (bytes != part.bytes) {
    return "expected " + std::to_string(part.bytes) + " bytes, got " + std::to_string(bytes);
  }
  if (!hash) return std::string();
  const auto sha256 = Sha256OfFile(path, stop);
  if (!sha256 && sha256.error().code == ErrorCode::kCancelled) return sha256.error();
  if (!sha256) return sha256.error().message;
  if (*sha256 == part.sha256) return std::string();
  return "expected SHA-256 " + part.sha256 + ", got " + *sha256;
}

}  // namespace

Store::Store(StoreOptions options, Catalog catalog, std::filesystem::path home)
    : options_(std::move(options)),
      catalog_(std::move(catalog)),
      home_(std::move(home)),
      dead_hosts_(std::make_unique<DeadHosts>()) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::Open(StoreOptions options) {
  std::string subject = "models.toml";
  if (!options.catalog_path.empty()) {
    subject = options.catalog_path.string();
    YIXIN_TRY(options.catalog_text, ReadSmallFile(options.catalog_path, kMaxCatalogBytes));
  }
  YIXIN_TRY(Catalog catalog, ParseCatalog(options.catalog_text, subject));
  YIXIN_TRY(std::filesystem::path home, YixinHome(options.environment));
  return Store(std::move(options), std::move(catalog), std::move(home));
}

Result<std::vector<LocalModel>> Store::List() const {
  std::vector<LocalModel> models;
  std::error_code error;
  for (std::filesystem::directory_iterator it(home_ / "models", error), end; !error && it != end;
       it.increment(error)) {
    const auto path = it->path() / "manifest.json";
    const auto text = ReadSmallFile(path, kMaxManifestBytes);
    if (!text) continue;
    auto model = ParseManifest(*text, it->path());
    if (model && CheckFile(*model)) models.push_back(*std::move(model));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return SystemError("cannot read", home_ / "models", error.value());
  }
  std::sort(models.begin(), models.end(),
            [](const LocalModel& a, const LocalModel& b) { return a.name < b.name; });
  return models;
}

Result<std::vector<Store::FileCheck>> Store::Check(bool hash, const StopFlag* stop) const {
  std::vector<std::filesystem::path> folders = EntriesOf(home_ / "models");
  std::ranges::sort(folders);
  std::vector<FileCheck> checks;
  for (const auto& folder : folders) {
    const auto path = folder / "manifest.json";
    const auto text = ReadSmallFile(path, kMaxManifestBytes);
    if (!text && text.error().code == ErrorCode::kNotFound) continue;  // half pulled
    const auto model = text ? ParseManifest(*text, folder) : Result<LocalModel>(text.error());
    if (!model) {
      checks.push_back({"", path, 0, model.error().message});
      continue;
    }
    std::vector<ModelPart> parts = model->files;
    if (parts.empty()) parts.push_back({"", model->bytes, model->sha256});
    for (const ModelPart& part : parts) {
      const auto file = part.file.empty() ? model->path : model->path / part.file;
      YIXIN_TRY(std::string problem, ProblemOf(file, part, hash, stop));
      const std::string pull = (model->files.empty() ? "" : "hf:") + model->name;
      if (!problem.empty()) {
        problem += "; get it again: yixin rm " + model->name + ", then yixin pull " + pull;
      }
      checks.push_back({model->name, file, part.bytes, std::move(problem)});
    }
  }
  return checks;
}

Result<LocalModel> Store::FindPulled(std::string_view name) const {
  const auto path = ModelFolder(name) / "manifest.json";
  YIXIN_TRY(const std::string text, ReadSmallFile(path, kMaxManifestBytes));
  YIXIN_TRY(LocalModel model, ParseManifest(text, path.parent_path()));
  YIXIN_CHECK_OK(CheckFile(model));
  return model;
}

Result<LocalModel> Store::Find(std::string_view name) const {
  const std::string text(name);
  if (name.empty()) return Error{ErrorCode::kInvalidArgument, "a model's name is empty", "model"};
  const std::string store_name = StoreName(name);
  auto pulled = FindPulled(store_name);
  if (pulled || pulled.error().subject == store_name) return pulled;
  std::error_code error;
  if (LooksLikePath(name)) {  // ORG/REPO too
    const auto path = std::filesystem::absolute(text, error);
    if (!std::filesystem::exists(path, error)) {
      const bool repo = ParseHubFolderName(text).has_value();
      return Error{ErrorCode::kNotFound,
                   "no such file: " + text +
                       (repo ? "; a repository of the hub comes with: yixin pull hf:" + text : ""),
                   text};
    }
    const bool folder = std::filesystem::is_regular_file(path / "config.json", error);
    if (!folder && !std::filesystem::is_regular_file(path, error)) {
      return Error{ErrorCode::kInvalidFile,
                   text + ": expected a regular file, or a folder with config.json", text};
    }
    LocalModel model;
    model.name = path.filename().string();
    model.path = path;
    if (!folder) model.bytes = std::filesystem::file_size(path, error);
    model.source = "file";
    return model;
  }
  if (catalog_.Find(name) != nullptr || name.starts_with("hf:")) {
    return Error{ErrorCode::kNotFound,
                 "model " + text + " is not here; get it with: yixin pull " + text, text};
  }
  return Error{ErrorCode::kNotFound, "no model is called " + text + "; see: yixin models", text};
}

Status Store::Remove(std::string_view name) {
  const std::string store_name = StoreName(name);
  const auto folder = ModelFolder(store_name);
  std::error_code error;
  if (name.empty() || !std::filesystem::exists(folder, error)) {
    return Error{ErrorCode::kNotFound, "nothing of " + std::string(name) + " is in the store",
                 std::string(name)};
  }
  YIXIN_TRY(const PullLock lock,
            PullLock::Acquire(LockPath(store_name), LockOptions{.wait = false}));
  // Files are unlinked, so a process that has the model mapped goes on undisturbed.
  std::filesystem::remove_all(folder, error);
  if (error) return SystemError("cannot remove", folder, error.value());
  return {};
}

bool Store::LooksLikePath(std::string_view what) {
  if (what.starts_with("hf:")) return false;
  return what.find('/') != std::string_view::npos || what.ends_with(".gguf") || what == "." ||
         what == "..";
}

std::filesystem::path Store::ModelFolder(std::string_view name) const {
  return home_ / "models" / FolderName(name);
}

std::filesystem::path Store::LockPath(std::string_view name) const {
  return home_ / "locks" / FolderName(name);
}

Status Store::Register(const LocalModel& model) const {
  const auto folder = ModelFolder(model.name);
  YIXIN_CHECK_OK(MakeFolder(folder));
  return ReplaceFile(folder / "manifest.json", WriteManifest(model, folder));
}

}  // namespace yixin
