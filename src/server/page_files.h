// The page: the files of web/, put into the program when it is built (tools/embed_page.py).
// Tested by: tools/embed_page_test.py, tests/browser
#pragma once

#include <vector>

#include "server/http_types.h"

namespace yixin {

// index.html at /, the others at /NAME.
std::vector<PageFile> PageFiles();

}  // namespace yixin
