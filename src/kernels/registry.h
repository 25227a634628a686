// Which kernel tables exist, and which one this CPU should use.
// Tested by: kernels_test.cc
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "kernels/kernel_table.h"
#include "yixin/result.h"

namespace yixin {

struct KernelChoice {
  const KernelTable* table = nullptr;
  const char* needs = "";  // instruction sets, for people
  bool usable = false;     // on this CPU, under this kernel
};

// Every table of this build, best first, `reference` last.
std::span<const KernelChoice> KernelTables();

// The named table, or where `name` is empty the first usable one.
// Errors: kInvalidArgument for an unknown name (it lists the known ones), kUnsupported for one that
// this CPU cannot run.
Result<const KernelTable*> SelectKernels(std::string_view name);

// The table that the environment variable YIXIN_KERNELS names; where it is unset or empty, the
// best. Errors: those of SelectKernels, which then name the variable.
Result<const KernelTable*> SelectKernelsFromEnvironment();

}  // namespace yixin
