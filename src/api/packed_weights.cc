// The public face of packing. Tested by: packed_weights_test.cc, src/model/model_cache_test.cc
#include <filesystem>
#include <utility>

#include "api/door.h"
#include "api/model_text.h"
#include "base/thread_pool.h"
#include "formats/hf_folder.h"
#include "kernels/registry.h"
#include "model/model_cache.h"
#include "yixin/packed.h"

namespace yixin {
namespace {

// Another process packs one model in seconds; this many of them may be in turn before us.
constexpr int kWaitMs = 600'000;

Error WithAdvice(Error error) {
  if (error.code == ErrorCode::kIo) {
    error.message +=
        "; free some space or get the right to write there, or set YIXIN_HOME to another folder "
        "(without packed weights every start packs them in memory)";
  }
  return error;
}

}  // namespace

Result<PackReport> PackModel(const PackRequest& request, const StopFlag* stop) {
  return AtDoor([&]() -> Result<PackReport> {
    if (request.cache_folder.empty()) {
      return WithAdvice({ErrorCode::kIo, "no folder for the packed weights", "cache_folder"});
    }
    YIXIN_TRY(const KernelTable* kernels, SelectKernelsFromEnvironment());
    YIXIN_TRY(ModelFile file, OpenModelFile(request.model_path));
    ModelText text;
    ThreadPool pool(DefaultThreadCount());
    auto loaded = LoadOrPack(std::move(file), *kernels, pool,
                             {.source = request.model_path,
                              .cache_folder = request.cache_folder,
                              .progress = request.progress,
                              .stop = stop,
                              .wait_ms = kWaitMs,
                              .repack = request.force,
                              .must_store = true,
                              .extras = text.Extras()});
    if (!loaded) return WithAdvice(std::move(loaded).error());
    PackReport report;
    report.path = loaded->packed_file.string();
    report.packed = loaded->origin == WeightsOrigin::kPacked;
    report.reason = std::move(loaded->reason);
    std::error_code error;
    report.bytes = std::filesystem::file_size(loaded->packed_file, error);
    return report;
  });
}

}  // namespace yixin
