// From float rows to the rotated int8 form. Plain code with the same bits on every CPU: rounding is
// to nearest even, and the rotation is a table's own `rotate`, whose additions have a fixed order.
// Tested by: kernels_test.cc
#pragma once

#include <cstdint>

#include "kernels/kernel_table.h"

namespace yixin {

// Quantizes up to 16 rows into one panel. In: rows [row_count, PaddedCols(cols)], rotated, zero
// beyond cols. Out: panel [PaddedCols(cols) * 16], scales [16], offsets [16]; missing rows become
// zero. False when a value is not finite.
bool PackPanel(const float* rows, int row_count, int cols, int8_t* panel, float* scales,
               int32_t* offsets);

}  // namespace yixin
