// Where the installed data is: the folder with tasks/ and models.toml.
// Tested by: share_folder_test.cc
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"

namespace yixin {

// `given`, or YIXIN_SHARE, or beside the program or library (PREFIX/share/yixin; share/ of a source
// tree that it was built in), or the source folder of the build. Empty where there is none.
std::filesystem::path FindShareFolder(std::string_view given);

// The share folder that belongs to a program in the folder `start`: start's own, or one of the
// folders above it. Empty where there is none.
std::filesystem::path ShareFolderAbove(const std::filesystem::path& start);

// The file of a task: a path (it holds a '/' or ends in .toml), or the name of a shipped task.
// Errors: kNotFound; it lists the tasks that are there.
Result<std::filesystem::path> FindTask(const std::filesystem::path& share, std::string_view name);

// The files of the shipped tasks, by name. Errors: kNotFound.
Result<std::vector<std::filesystem::path>> ListTasks(const std::filesystem::path& share);

}  // namespace yixin
