// Getting a Hugging Face folder: the files of one commit, verified one by one, under their final
// name only when all of them are there.
//
//   HOME/models/ORG%2FREPO/REPO/          the folder, as from_pretrained reads it
//   HOME/models/ORG%2FREPO/COMMIT.partial/  while it comes; the next pull goes on there
// Tested by: folder_pull_test.cc
#pragma once

#include "store/hub_folder.h"
#include "store/pull.h"

namespace yixin {

// Events and errors as Pull has them; kUnsupported where the repository holds no model that yixin
// could run. A model without a chat template comes with a notice.
Result<LocalModel> PullFolder(const Store& store, const HubFolderName& name,
                              const PullOptions& options, const PullEvents& events);

}  // namespace yixin
