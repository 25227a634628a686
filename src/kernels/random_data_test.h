// What the tests of the kernels compute on: random numbers that are the same everywhere, packed
// matrices, prepared rows, pages of keys and values.
// Used by: kernels_test.cc, same_bits_test.cc
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <random>
#include <utility>
#include <vector>

#include "base/half.h"
#include "kernels/kernel_table.h"
#include "kernels/pack.h"
#include "kernels/registry.h"

namespace yixin {

// 64-byte aligned storage.
template <typename T>
class Aligned {
 public:
  explicit Aligned(size_t n, T fill = T{}) : storage_(n * sizeof(T) + 64), size_(n) {
    for (size_t i = 0; i < n; ++i) data()[i] = fill;
  }
  T* data() {
    const auto raw = reinterpret_cast<uintptr_t>(storage_.data());
    return reinterpret_cast<T*>((raw + 63) / 64 * 64);
  }
  size_t size() const { return size_; }

 private:
  std::vector<std::byte> storage_;
  size_t size_;
};

inline std::vector<float> RandomFloats(size_t n, uint32_t seed, float scale = 1.0f) {
  std::mt19937 bits(seed);
  std::vector<float> values(n);
  for (float& value : values) {
    value = scale * (static_cast<float>(bits()) / 2147483648.0f - 1.0f);
  }
  return values;
}

// The int8 tables that run here. Those that cannot are named, loudly.
inline std::vector<const KernelTable*> Int8Tables() {
  std::vector<const KernelTable*> tables;
  for (const KernelChoice& choice : KernelTables()) {
    if (choice.table->form != NumericForm::kRotatedInt8) continue;
    if (choice.usable) {
      tables.push_back(choice.table);
    } else {
      std::cerr << "[ NOT TESTED ] kernels " << choice.table->name << ": this CPU lacks one of "
                << choice.needs << "\n";
    }
  }
  return tables;
}

inline const KernelTable& Reference() { return **SelectKernels("reference"); }

// A packed matrix with its storage and the integers that it holds.
struct Packed {
  Packed(int row_count, int col_count, uint32_t seed)
      : rows(row_count),
        cols(col_count),
        values(static_cast<size_t>(PaddedRows(rows)) * PaddedCols(cols)),
        scales(PaddedRows(rows)),
        offsets(PaddedRows(rows)) {
    const int padded = PaddedCols(cols);
    for (int panel = 0; panel < PaddedRows(rows) / kPanelRows; ++panel) {
      const int count = std::min(kPanelRows, rows - panel * kPanelRows);
      std::vector<float> block(static_cast<size_t>(count) * padded);
      for (int r = 0; r < count; ++r) {
        const auto row = RandomFloats(cols, seed + panel * 100 + r);
        std::copy(row.begin(), row.end(), block.begin() + static_cast<size_t>(r) * padded);
      }
      EXPECT_TRUE(PackPanel(block.data(), count, cols,
                            values.data() + static_cast<size_t>(panel) * padded * kPanelRows,
                            scales.data() + panel * kPanelRows,
                            offsets.data() + panel * kPanelRows));
    }
  }
  PackedMatrix view() {
    return {.rows = rows,
            .cols = cols,
            .values = values.data(),
            .scales = scales.data(),
            .offsets = offsets.data()};
  }
  int at(int row, int col) {
    return values.data()[(static_cast<size_t>(row / kPanelRows) * PaddedCols(cols) + col / 4 * 4) *
                             kPanelRows +
                         row % kPanelRows * 4 + col % 4];
  }
  int rows;
  int cols;
  Aligned<int8_t> values;
  Aligned<float> scales;
  Aligned<int32_t> offsets;
};

struct Prepared {
  Prepared(int n, int cols)
      : values(static_cast<size_t>(PaddedTokens(n)) * PaddedCols(cols)),
        scales(n),
        work(PaddedCols(cols)) {}
  Activations view() { return {.values = values.data(), .scales = scales.data()}; }
  Aligned<int8_t> values;
  Aligned<float> scales;
  Aligned<float> work;
};

// VNNI and AMX multiply u8 by s8.
inline bool StoresUnsigned(const KernelTable& table) {
  return std::strcmp(table.name, "avx512") == 0 || std::strcmp(table.name, "amx") == 0;
}

// The stored activation as a signed number, whichever way the table keeps it.
inline int SignedActivation(const KernelTable& table, int8_t stored) {
  return StoresUnsigned(table) ? static_cast<uint8_t>(stored) - 128 : stored;
}

// The same keys and values in F16 and, exactly, in float32 for the reference.
struct Keys {
  Keys(int positions, int kv_heads, int head_dim, uint32_t seed) {
    std::mt19937 bits(seed);
    const int count = (positions + kPagePositions - 1) / kPagePositions;
    for (int page = 0; page < count; ++page) {
      std::vector<uint16_t> half(static_cast<size_t>(kv_heads) * 2 * kPagePositions * head_dim);
      std::vector<float> whole(half.size());
      for (size_t i = 0; i < half.size(); ++i) {
        half[i] = FloatToF16(static_cast<float>(bits()) / 2147483648.0f - 1.0f);
        whole[i] = F16ToFloat(half[i]);
      }
      halves.push_back(std::move(half));
      floats.push_back(std::move(whole));
    }
    for (auto& page : halves) half_pages.push_back(reinterpret_cast<std::byte*>(page.data()));
    for (auto& page : floats) float_pages.push_back(reinterpret_cast<std::byte*>(page.data()));
  }
  std::vector<std::vector<uint16_t>> halves;
  std::vector<std::vector<float>> floats;
  std::vector<const std::byte*> half_pages;
  std::vector<const std::byte*> float_pages;
};

}  // namespace yixin
