// Tested by: kernels_test.cc
#include "kernels/pack.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace yixin {
namespace {

// Adding and subtracting 1.5 * 2^23 leaves the nearest whole number, ties to even.
constexpr float kRoundingMagic = 12582912.0f;

}  // namespace

bool PackPanel(const float* rows, int row_count, int cols, int8_t* panel, float* scales,
               int32_t* offsets) {
  const int padded = PaddedCols(cols);
  std::memset(panel, 0, static_cast<size_t>(padded) * kPanelRows);
  for (int r = 0; r < kPanelRows; ++r) scales[r] = 0, offsets[r] = 0;
  for (int r = 0; r < row_count; ++r) {
    const float* row = rows + static_cast<size_t>(r) * padded;
    float max = 0;
    float poison = 0;  // 0 when all are finite, else NaN
    for (int c = 0; c < padded; ++c) {
      max = std::max(max, std::fabs(row[c]));
      poison += row[c] * 0.0f;
    }
    if (!(poison == 0.0f) || !std::isfinite(max)) return false;
    const float inverse = max > 0 ? 127.0f / max : 0.0f;
    if (!std::isfinite(inverse)) continue;  // subnormal rows are zero
    int32_t sum = 0;
    for (int c = 0; c < padded; c += 4) {
      int8_t* group = panel + static_cast<size_t>(c) * kPanelRows + r * 4;
      for (int k = 0; k < 4; ++k) {
        const float rounded = (row[c + k] * inverse + kRoundingMagic) - kRoundingMagic;
        group[k] = static_cast<int8_t>(rounded);
        sum += group[k];
      }
    }
    scales[r] = max / 127.0f;
    offsets[r] = 128 * sum;
  }
  return true;
}

}  // namespace yixin
