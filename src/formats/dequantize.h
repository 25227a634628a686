// Rows of any tensor type to float32, bit for bit as the Python package `gguf` computes them: the
// same products and sums in the same order, one rounding each, whatever the optimisation.
// Tested by: dequantize_test.cc (against tests/golden/dequantize)
#pragma once

#include <cstddef>
#include <span>

#include "formats/tensor_type.h"
#include "yixin/result.h"

namespace yixin {

// In: `row`, any alignment, [out.size() / block_elements] blocks. Out: every element of `out`.
// Threads: any. Cost: about a nanosecond an element or less, one core.
// Errors: kInvalidArgument when out.size() is not a multiple of the block or `row` is not as long
// as out.size() asks for; `out` is untouched then.
Status DequantizeRow(TensorType type, std::span<const std::byte> row, std::span<float> out);

}  // namespace yixin
