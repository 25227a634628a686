// The version of the library and of its arithmetic.
#pragma once

namespace yixin {

inline constexpr const char* kVersion = "0.1.0";
// Raised whenever a label's or a greedy reply's bits may change for the same model and kernel
// table.
inline constexpr int kNumericsVersion = 3;

}  // namespace yixin
