// Tested by: model_cache_test.cc
#include "model/model_cache.h"

#include <chrono>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/file_lock.h"
#include "base/fnv_hash.h"
#include "formats/hf_folder.h"

namespace yixin {
namespace {

// Waits for the process that packs. Errors: kIo, kBusy after request.wait_ms, kCancelled.
Result<FileLock> AcquireLock(const LoadRequest& request) {
  const std::filesystem::path path = request.cache_folder / kCacheLockName;
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(request.wait_ms);
  for (;;) {
    YIXIN_TRY(std::optional<FileLock> lock, FileLock::TryAcquire(path));
    if (lock) return *std::move(lock);
    if (request.stop != nullptr && request.stop->requested()) {
      return Error{ErrorCode::kCancelled, "stopped", path.string()};
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return Error{ErrorCode::kBusy, "another process is packing weights", path.string()};
    }
    // Polled, so that a stop is seen.
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

std::filesystem::path Resolve(const std::filesystem::path& source) {
  std::error_code error;
  std::filesystem::path resolved = std::filesystem::canonical(source, error);
  return error ? source : resolved;
}

// One load; the parts that packing and mapping share.
class Loader {
 public:
  Loader(const KernelTable& kernels, ThreadPool& pool, const LoadRequest& request)
      : kernels_(kernels), pool_(pool), request_(request) {
    if (!request.progress) return;
    // When a file cannot be written to the end, packing starts again; what is shown waits for it.
    progress_ = [this](double share) {
      if (share > shown_) request_.progress(shown_ = share);
    };
  }
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  Result<LoadedModel> Load(ModelFile file) {
    YIXIN_TRY(ModelConfig config, ReadModelConfig(file));
    LoadedModel loaded;
    const bool wanted = !request_.cache_folder.empty() && file.identity().inode != 0 &&
                        kernels_.form == NumericForm::kRotatedInt8;
    if (wanted) {
      Result<ModelWeights> weights = MapOrStore(file, config, loaded);
      if (weights) {
        loaded.identity = PackedIdentity(weights->mapping);
        loaded.model =
            Model::FromWeights(std::move(file), std::move(config), kernels_, *std::move(weights));
        return loaded;
      }
      if (fatal_ || request_.must_store || weights.error().code == ErrorCode::kCancelled) {
        return std::move(weights).error();
      }
      loaded.reason = std::move(weights).error().message;
    } else if (request_.must_store) {
      return Error{ErrorCode::kUnsupported,
                   std::string("kernels ") + kernels_.name +
                       " use the weights as the model file has them, so there is nothing to pack",
                   "kernels"};
    }
    loaded.origin = WeightsOrigin::kMemory;
    loaded.packed_file.clear();
    YIXIN_TRY(loaded.model, Model::Load(std::move(file), kernels_, pool_,
                                        {.progress = progress_, .stop = request_.stop}));
    return loaded;
  }

 private:
  Result<ModelWeights> MapOrStore(const ModelFile& file, const ModelConfig& config,
                                  LoadedModel& loaded) {
    const std::filesystem::path source = Resolve(request_.source);
    loaded.packed_file = request_.cache_folder / PackedFileName(source);
    loaded.origin = WeightsOrigin::kCache;
    // Without the lock: a cache that cannot be written to can still be read.
    Result<ModelWeights> stored = Open(loaded.packed_file, file, config);
    if (stored && !request_.repack) return stored;

    std::error_code error;
    std::filesystem::create_directories(request_.cache_folder, error);
    if (error) {
      return Error{
          ErrorCode::kIo,
          "cannot make the folder " + request_.cache_folder.string() + ": " + error.message(),
          request_.cache_folder.string()};
    }
    YIXIN_TRY(const FileLock lock, AcquireLock(request_));
    stored = Open(loaded.packed_file, file, config);  // by whoever had the lock
    if (stored && !request_.repack) return stored;

    if (!stored && stored.error().code != ErrorCode::kNotFound) {
      loaded.reason = stored.error().message;
    }
    loaded.origin = WeightsOrigin::kPacked;
    std::vector<PackedExtra> extras;
    if (request_.extras.make) {
      auto made = request_.extras.make(file);
      fatal_ = !made;
      if (!made) return std::move(made).error();
      extras = *std::move(made);
    }
    RemoveUnfinishedWrites(loaded.packed_file);
    YIXIN_CHECK_OK(WritePackedModel(file, config, kernels_, pool_,
                                    {.path = loaded.packed_file,
                                     .source_path = source.string(),
                                     .extras = std::move(extras),
                                     .progress = progress_,
                                     .stop = request_.stop}));
    file.ReleaseAll();
    return Open(loaded.packed_file, file, config);
  }

  // Weights, and what other rooms keep with them.
  Result<ModelWeights> Open(const std::filesystem::path& path, const ModelFile& file,
                            const ModelConfig& config) {
    YIXIN_TRY(ModelWeights weights, OpenPackedModel(path, file, config));
    if (request_.extras.read) YIXIN_CHECK_OK(request_.extras.read(weights.mapping));
    return weights;
  }

  const KernelTable& kernels_;
  ThreadPool& pool_;
  const LoadRequest& request_;
  std::function<void(double)> progress_;
  double shown_ = -1;
  bool fatal_ = false;  // the source itself is at fault
};

}  // namespace

Result<LoadedModel> LoadOrPack(ModelFile file, const KernelTable& kernels, ThreadPool& pool,
                               const LoadRequest& request) {
  return Loader(kernels, pool, request).Load(std::move(file));
}

Result<LoadedModel> LoadStored(const KernelTable& kernels, const LoadRequest& request) {
  if (request.cache_folder.empty() || kernels.form != NumericForm::kRotatedInt8) {
    return Error{ErrorCode::kNotFound, "no weights are stored", ""};
  }
  LoadedModel loaded;
  loaded.packed_file = request.cache_folder / PackedFileName(request.source);
  loaded.origin = WeightsOrigin::kCache;
  YIXIN_TRY(StoredModel stored, OpenStoredModel(loaded.packed_file, request.source));
  if (request.extras.read) YIXIN_CHECK_OK(request.extras.read(stored.weights.mapping));
  loaded.identity = PackedIdentity(stored.weights.mapping);
  loaded.model = Model::FromWeights(std::move(stored.source), std::move(stored.config), kernels,
                                    std::move(stored.weights));
  return loaded;
}

std::string PackedFileName(const std::filesystem::path& source) {
  const std::filesystem::path resolved = Resolve(source);
  constexpr size_t kLongestName = 40;
  std::string name = ModelNameOf(resolved).substr(0, kLongestName);
  for (char& c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '.' || c == '-' || c == '_';
    if (!plain) c = '_';
  }
  // It names the file; the manifest in it decides.
  const std::string place = resolved.string();
  return name + "-" + HexOf(FnvHash(std::as_bytes(std::span(place)))) + ".yxp";
}

}  // namespace yixin
