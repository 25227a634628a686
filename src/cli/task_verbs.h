// What `yixin task` can be asked to do, one file each; as verbs.h.
#pragma once

#include "cli/arguments.h"

namespace yixin {

int RunTaskCheck(Words words);
int RunTaskList(Words words);
int RunTaskNew(Words words);
int RunTaskShow(Words words);

}  // namespace yixin
