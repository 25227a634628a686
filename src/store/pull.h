// Getting a model: from the user's own files or from the network, one source after the other,
// verified before it has its final name. Tested by: pull_test.cc, pull_index_test.cc,
// pull_process_test.cc
#pragma once

#include <string>
#include <string_view>

#include "store/manifest.h"
#include "store/progress.h"
#include "store/store.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

struct PullOptions {
  std::string source;         // empty: all in order; else one of kSourceNames
  bool wait_for_lock = true;  // false: kBusy while another process pulls the same model
  const StopFlag* stop = nullptr;
};

// `what`: a name of the catalog; hf:ORG/REPO/FILE; hf:ORG/REPO[@REVISION], a folder
// (folder_pull.h); or a path, which is hashed and used where it
// lies. A model that is here already is returned at once. Threads: any; two pulls of one model wait
// for each other, over processes too. Errors: kNotFound, kInvalidArgument (unknown name or source);
// kNetwork when no source gave it, with the reason of each (kVerification where the last one gave
// wrong bytes); kIo (disk full: what has arrived stays for the next pull); kBusy; kCancelled.
// Nothing has the final name unless it is right.
Result<LocalModel> Pull(const Store& store, std::string_view what, const PullOptions& options,
                        const PullEvents& events);

// The catalog's default model: the one that is here; else the fallback that is here; else the
// default, pulled; else, where no source gives it, the fallback, pulled. Says so the first time
// that it is the fallback.
Result<LocalModel> EnsureDefaultModel(const Store& store, const PullOptions& options,
                                      const PullEvents& events);

}  // namespace yixin
