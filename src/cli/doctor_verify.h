// `yixin doctor --verify`: the bytes of every model and of all packed weights, one row each.
// Tested by: tests/e2e/doctor_test.py
#pragma once

namespace yixin {

// Prints the table, or JSON; gives the exit code.
int VerifyEverything(bool json);
// `yixin doctor --clean`: removes packed weights that no start would use.
int CleanUp(bool json);

}  // namespace yixin
