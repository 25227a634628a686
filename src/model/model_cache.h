// A model in memory as fast as can be: from its packed weights where they are stored, else packed
// now and stored for the next time.
// Tested by: model_cache_test.cc
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "formats/model_file.h"
#include "kernels/kernel_table.h"
#include "model/model.h"
#include "model/packed_model.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

// Held by whoever writes to the cache folder.
inline constexpr const char* kCacheLockName = ".lock";

// What other rooms keep in the packed file beside the weights. Both may be empty.
struct PackedExtras {
  // What they read off the source, before its weights are packed. Its error ends the load.
  std::function<Result<std::vector<PackedExtra>>(const ModelFile&)> make;
  // Reads it back. An error is why the stored weights are not used. In: a file that stays, as
  // weights().mapping of the model, unless another one, or `make`, is called for afterwards.
  std::function<Status(const PackedFile&)> read;
};

struct LoadRequest {
  std::filesystem::path source;          // the path that the model file was opened by
  std::filesystem::path cache_folder;    // made when it is missing; empty: no cache
  std::function<void(double)> progress;  // as PackOptions::progress; not called from the cache
  const StopFlag* stop = nullptr;        // ends packing, and the wait for another process
  int wait_ms = 60'000;                  // for another process that is packing
  bool repack = false;                   // even where the stored weights are right
  bool must_store = false;               // what keeps the weights from being stored is an error
  PackedExtras extras = {};
};

enum class WeightsOrigin {
  kCache,   // mapped, as they were packed before
  kPacked,  // packed now, stored, mapped
  kMemory,  // packed now, in memory alone
};

struct LoadedModel {
  std::unique_ptr<Model> model;
  WeightsOrigin origin = WeightsOrigin::kMemory;
  // A line for people. kPacked: why the stored weights were not used; empty when there were none.
  // kMemory: why nothing is stored; empty when no cache was wanted (no folder, or the form
  // kFloat32, which never uses it).
  std::string reason;
  std::filesystem::path packed_file;  // empty for kMemory
  // Tells the weights in packed_file from all others: source, layout, numerics. Any bytes.
  std::string identity;
};

// Several processes may do it at once: one packs, the others wait and map the same file.
// Errors: those of ReadModelConfig and PackWeights, and kCancelled. What goes wrong with the cache
// is no error but a reason; with `must_store` it is both.
// Cost: from the cache 1 ms; else that of packing, and of writing the file.
Result<LoadedModel> LoadOrPack(ModelFile file, const KernelTable& kernels, ThreadPool& pool,
                               const LoadRequest& request);

// The stored weights of the file that has the name request.source now, whose contents are not
// looked at: sizes and the place of the embedding are stored too. Any error: LoadOrPack says what
// is wrong. Cost: 1 ms, and request.extras.read.
Result<LoadedModel> LoadStored(const KernelTable& kernels, const LoadRequest& request);

// The name that a model's packed weights have in the cache folder: one for each path, so that those
// of a file that has changed take the place of the old ones. NAME-HASH.yxp.
std::string PackedFileName(const std::filesystem::path& source);

}  // namespace yixin
