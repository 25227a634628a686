// AMX int8: four accumulator tiles of 16 x 16, two tiles of rows, two of weights.
// Tested by: arithmetic_probe_test.cc
#include <immintrin.h>

#include "bench/arithmetic_probe.h"

namespace yixin {
namespace {

constexpr double kOperationsPerTile = 2.0 * 16 * 16 * 64;

struct alignas(64) TileConfig {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t column_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

void Begin() {
  const TileConfig config;
  // gcc 12 believes that 8 bytes are read and drops the stores of the others.
  asm volatile("" ::"m"(config));
  _tile_loadconfig(&config);
}

void End() { _tile_release(); }

double Registers(int64_t steps, int32_t* sink) {
  alignas(64) int32_t out[16 * 16];
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  // No zeros: an idle multiplier would be allowed a higher clock.
  alignas(64) int8_t in[16 * 64];
  __builtin_memset(in, 3, sizeof(in));
  _tile_loadd(4, in, 64);
  _tile_loadd(5, in, 64);
  _tile_loadd(6, in, 64);
  _tile_loadd(7, in, 64);
  for (int64_t i = 0; i < steps; ++i) {
    _tile_dpbssd(0, 4, 6);
    _tile_dpbssd(1, 4, 7);
    _tile_dpbssd(2, 5, 6);
    _tile_dpbssd(3, 5, 7);
  }
  _tile_stored(0, out, 64);
  *sink = out[0];
  return static_cast<double>(steps) * 4 * kOperationsPerTile;
}

void Product(const ProbeProduct& p) {
  const int64_t panel_bytes = int64_t{16} * p.depth;
  constexpr int kBlockBytes = kProbePanels * 16 * 4;
  for (int panel = 0; panel < p.panels; panel += 2) {
    const int8_t* b0 = p.b + panel * panel_bytes;
    const int8_t* b1 = b0 + panel_bytes;
    for (int row = 0; row < p.rows; row += kProbeRows) {
      const int8_t* a0 = p.a + int64_t{row} * p.depth;
      const int8_t* a1 = a0 + int64_t{16} * p.depth;
      _tile_zero(0);
      _tile_zero(1);
      _tile_zero(2);
      _tile_zero(3);
      for (int k = 0; k < p.depth; k += 64) {
        _tile_loadd(4, a0 + k, p.depth);
        _tile_loadd(6, b0 + int64_t{16} * k, 64);
        _tile_dpbssd(0, 4, 6);
        _tile_loadd(7, b1 + int64_t{16} * k, 64);
        _tile_dpbssd(1, 4, 7);
        _tile_loadd(5, a1 + k, p.depth);
        _tile_dpbssd(2, 5, 6);
        _tile_dpbssd(3, 5, 7);
      }
      _tile_stored(0, p.block, kBlockBytes);
      _tile_stored(1, p.block + 16, kBlockBytes);
      _tile_stored(2, p.block + 16 * 32, kBlockBytes);
      _tile_stored(3, p.block + 16 * 32 + 16, kBlockBytes);
    }
  }
}

}  // namespace

extern const ArithmeticProbe kAmxProbe;
const ArithmeticProbe kAmxProbe = {"amx", Begin, End, Registers, Product};

}  // namespace yixin
