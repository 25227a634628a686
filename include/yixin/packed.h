// Packed weights: what a model's first start makes and later starts map. Made ahead, looked at and
// cleaned up here.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

struct PackRequest {
  std::string model_path;    // as AssistantOptions::model_path
  std::string cache_folder;  // PackedWeightsFolder() of store.h
  bool force = false;        // again, even where they are right
  // Called while the weights are packed, with a share in [0, 1]. May be empty.
  std::function<void(double)> progress;
};

struct PackReport {
  std::string path;  // of the packed file
  uint64_t bytes = 0;
  bool packed = false;  // now; else they were there and right
  std::string reason;   // why those that were there were not right; may be empty
};

// What the first start would do. Two processes at once: one packs, the other waits.
// Errors: those of Assistant::Open for the model file; kIo without the room or the right to write,
// and what to do; kUnsupported with kernels that use no packed weights; kCancelled. An error leaves
// what was there. Cost: about two seconds on two cores for half a billion weights.
Result<PackReport> PackModel(const PackRequest& request, const StopFlag* stop = nullptr);

enum class PackedState {
  kSound,
  kOutdated,  // of a model file that has changed, or of another version; the next start replaces it
  kDamaged,   // the next start replaces it
  kOrphaned,  // its model file is gone
  kUnfinished,  // packing was killed
};
// "sound", "outdated", ...
const char* PackedStateName(PackedState state);

struct PackedRecord {
  std::string path;
  std::string model_path;  // what it was packed from; empty where it does not say
  uint64_t bytes = 0;
  PackedState state = PackedState::kSound;
  std::string problem;  // a line for people; empty for kSound
  int sections = 0;     // that were looked at
  std::vector<std::string>
      damaged;  // names of sections whose bytes are not those that were written
};

// The packed weights in a folder, by name; none where there is no folder. verify: every section's
// checksum too. Errors: kIo, kCancelled. Cost: header and manifest of each; with `verify` all
// bytes.
Result<std::vector<PackedRecord>> ListPacked(const std::string& cache_folder, bool verify,
                                             const StopFlag* stop = nullptr);

// Removes what no start would use: orphaned and unfinished files. Out: what was removed.
// Errors: kBusy while weights are packed there; kIo.
Result<std::vector<PackedRecord>> CleanPacked(const std::string& cache_folder);

}  // namespace yixin
