// Where models live: what is here, what can be had, fetching and removing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

struct ModelRecord {
  std::string name;
  std::string path;  // of the file or folder; empty when it is not here
  std::string sha256;
  std::string licence;
  std::string note;  // one line for people; may be empty
  uint64_t bytes = 0;
  bool present = false;
  std::string revision;  // of a hub's folder: the commit
};

struct PullProgress {
  std::function<void(std::string_view line)>
      say;  // which source, why one failed, a licence's notice
  std::function<void(uint64_t done, uint64_t total, double bytes_per_s)> bytes;
};

// One file of a model that is here.
struct FileRecord {
  std::string model;
  std::string path;
  uint64_t bytes = 0;
  std::string problem;  // a line for people, and what to do; empty: all is well
};

// What the folder takes, and what its disk has left.
struct StoreUsage {
  uint64_t models_bytes = 0;
  uint64_t packed_bytes = 0;
  uint64_t free_bytes = 0;
};

// Where the program keeps packed weights: a folder beside the models. Empty where the environment
// names no home. Nothing is made.
std::string PackedWeightsFolder();

// As Assistant::ModelFingerprint, of a model that need not be opened. In: as
// AssistantOptions::model_path. Errors: kNotFound, kIo; kInvalidFile for a folder that holds no
// model. Cost: some reads of its files.
Result<std::string> FingerprintModel(std::string_view model_path);

// Threads: any; two pulls of one model, of two processes too, wait for each other.
class ModelStore {
 public:
  // share_path: the folder that holds models.toml; empty: found beside the program.
  static Result<ModelStore> Open(std::string_view share_path);
  ModelStore(ModelStore&&) noexcept;
  ModelStore& operator=(ModelStore&&) noexcept;
  ~ModelStore();

  std::string folder() const;
  Result<std::vector<ModelRecord>> List() const;
  // A name of the catalog or of a pulled model, or a path. Errors: kNotFound says how to get it.
  Result<ModelRecord> Find(std::string_view name) const;
  // `what`: a catalog name, hf:ORG/REPO[@REVISION] (a folder), hf:ORG/REPO/FILE, or a path.
  // `source`: empty, or one source's name.
  Result<ModelRecord> Pull(std::string_view what, std::string_view source,
                           const PullProgress& progress, const StopFlag* stop = nullptr);
  // The default model: the one that is here, or pulled, or the fallback where no source answers.
  Result<ModelRecord> EnsureDefault(const PullProgress& progress, const StopFlag* stop = nullptr);
  // The model that EnsureDefault would take without pulling one. Errors: kNotFound.
  Result<ModelRecord> FindDefault() const;
  Status Remove(std::string_view name);
  // Every file of every model that is here. hash: its SHA-256 against what was pulled; else that it
  // is there with the right size. Errors: kIo, kCancelled. Cost: with `hash` reads all of them.
  Result<std::vector<FileRecord>> Check(bool hash, const StopFlag* stop = nullptr) const;
  StoreUsage Usage() const;

 private:
  struct State;
  explicit ModelStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace yixin
