// Files that a person names: read whole, written whole or not at all.
// Tested by: files_test.cc
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "yixin/result.h"

namespace yixin {

// Errors: kNotFound; kIo; kInvalidFile for a folder, a device, or more than max_bytes.
Result<std::string> ReadWholeFile(const std::string& path, size_t max_bytes);

// Mode 0600; the old contents stay until the new ones are on the disk. A symbolic link is followed.
Status WriteWholeFile(const std::string& path, std::string_view contents);

// $XDG_STATE_HOME/yixin/history or ~/.local/state/yixin/history, its folder made (mode 0700); empty
// when there is no home.
std::string HistoryPath();
// conversations.db in the same folder, which is not made.
std::string ConversationsPath();

}  // namespace yixin
