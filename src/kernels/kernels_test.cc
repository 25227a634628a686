// Every table that this CPU has against plain arithmetic, on random and odd shapes; the tables of
// one numeric form against each other, bit for bit. A table that cannot run here is named, loudly.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "base/half.h"
#include "kernels/kernel_table.h"
#include "kernels/pack.h"
#include "kernels/random_data_test.h"
#include "kernels/registry.h"

namespace yixin {
namespace {

struct Shape {
  int n, rows, cols;
};
constexpr Shape kShapes[] = {{1, 1, 1},     {1, 16, 64},    {2, 17, 65},  {3, 5, 7},
                             {4, 33, 192},  {5, 96, 896},   {7, 31, 100}, {13, 80, 576},
                             {25, 48, 256}, {40, 130, 320}, {16, 16, 64}, {33, 50, 128},
                             {81, 97, 896}};

TEST(Kernels, EveryTableOfThisArchitectureIsNamed) {
  std::vector<std::string> names;
  for (const KernelChoice& choice : KernelTables()) {
    names.emplace_back(choice.table->name);
    std::cerr << (choice.usable ? "[   TESTED   ] kernels " : "[ NOT TESTED ] kernels ")
              << choice.table->name << "\n";
  }
#if defined(__x86_64__)
  EXPECT_EQ(names, (std::vector<std::string>{"amx", "avx512", "avx2", "reference"}));
#elif defined(__aarch64__)
  EXPECT_EQ(names, (std::vector<std::string>{"neon", "reference"}));
#endif
}

TEST(Kernels, MatMulIsExactOnEveryTable) {
  for (const Shape& shape : kShapes) {
    Packed w(shape.rows, shape.cols, 7);
    const auto x = RandomFloats(static_cast<size_t>(shape.n) * shape.cols, 3);
    const auto bias = RandomFloats(shape.rows, 5);
    std::vector<std::vector<float>> results;
    for (const KernelTable* table : Int8Tables()) {
      Prepared a(shape.n, shape.cols);
      for (int i = 0; i < shape.n; ++i) {
        table->prepare(x.data() + static_cast<size_t>(i) * shape.cols, shape.cols, i, a.view(),
                       a.work.data());
      }
      const size_t stride = shape.rows + 3;
      std::vector<float> out(shape.n * stride, 0.5f);
      table->matmul(w.view(), a.view(), shape.n, 0, shape.rows, bias.data(), true, out.data(),
                    stride);
      for (int i = 0; i < shape.n; ++i) {
        for (int r = 0; r < shape.rows; ++r) {
          int32_t sum = 0;
          for (int c = 0; c < shape.cols; ++c) {
            const int8_t stored =
                a.values.data()[static_cast<size_t>(i) * PaddedCols(shape.cols) + c];
            sum += SignedActivation(*table, stored) * w.at(r, c);
          }
          const float expected =
              0.5f +
              (static_cast<float>(sum) * (a.scales.data()[i] * w.scales.data()[r]) + bias[r]);
          ASSERT_EQ(out[i * stride + r], expected)
              << table->name << " " << shape.n << "x" << shape.rows << "x" << shape.cols;
        }
        for (size_t r = shape.rows; r < stride; ++r) {
          ASSERT_EQ(out[i * stride + r], 0.5f) << "written past the row";
        }
      }
      results.push_back(out);
    }
    for (const auto& result : results) EXPECT_EQ(result, results[0]) << "tables differ";
  }
}

float FromBf16(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value = 0;
  std::memcpy(&value, &wide, sizeof(value));
  return value;
}

TEST(Kernels, SwigluIsWhatItsTwoProductsMake) {
  for (const Shape& shape :
       {Shape{1, 32, 65}, Shape{2, 96, 64}, Shape{3, 64, 192}, Shape{13, 160, 576},
        Shape{16, 32, 64}, Shape{33, 96, 128}, Shape{81, 64, 896}, Shape{96, 192, 256}}) {
    const auto& [n, rows, cols] = shape;
    Packed w(rows, cols, 7);
    const auto x = RandomFloats(static_cast<size_t>(n) * cols, 3, 3.0f);
    std::vector<std::vector<uint16_t>> results;
    for (const KernelTable* table : Int8Tables()) {
      Prepared a(n, cols);
      for (int i = 0; i < n; ++i) {
        table->prepare(x.data() + static_cast<size_t>(i) * cols, cols, i, a.view(), a.work.data());
      }
      std::vector<float> products(static_cast<size_t>(n) * rows);
      table->matmul(w.view(), a.view(), n, 0, rows, nullptr, false, products.data(), rows);
      const int groups = rows / (2 * kPanelRows);
      const size_t stride = GatedStride(n);
      constexpr uint16_t kUntouched = 0x4321;
      std::vector<uint16_t> whole(groups * stride, kUntouched);
      table->matmul_swiglu(w.view(), a.view(), n, 0, rows,
                           {.bf16 = whole.data(), .stride = stride});
      for (int group = 0; group < groups; ++group) {
        const uint16_t* values = &whole[group * stride];
        for (int i = 0; i < n; ++i) {
          const float* line = &products[static_cast<size_t>(i) * rows + group * 2 * kPanelRows];
          for (int lane = 0; lane < kPanelRows; ++lane) {
            const double gate = line[lane];
            const double expected = gate / (1.0 + std::exp(-gate)) * line[kPanelRows + lane];
            ASSERT_NEAR(FromBf16(values[i * kPanelRows + lane]), expected,
                        std::abs(expected) / 255 + 1e-30)
                << table->name << " " << n << "x" << rows << "x" << cols;
          }
        }
        for (size_t i = n * kPanelRows; i < stride; ++i) ASSERT_EQ(values[i], kUntouched);
      }
      std::vector<uint16_t> pieces(groups * stride, kUntouched);
      for (int i = 0; i < n; ++i) {  // one token, one pair of panels at a time
        const size_t offset = static_cast<size_t>(i) * PaddedCols(cols);
        const Activations one{.values = a.values.data() + offset, .scales = a.scales.data() + i};
        for (int row = 0; row < rows; row += 2 * kPanelRows) {
          table->matmul_swiglu(w.view(), one, 1, row, row + 2 * kPanelRows,
                               {.bf16 = &pieces[i * kPanelRows], .stride = stride});
        }
      }
      EXPECT_EQ(whole, pieces) << table->name;
      results.push_back(whole);
    }
    for (const auto& result : results) EXPECT_EQ(result, results[0]) << "tables differ";
  }
}

TEST(Kernels, PanelRangesAndSingleRowsGiveTheSameBits) {
  for (const KernelTable* table : Int8Tables()) {
    const int n = 5, rows = 77, cols = 448;
    Packed w(rows, cols, 11);
    const auto x = RandomFloats(static_cast<size_t>(n) * cols, 13);
    Prepared a(n, cols);
    for (int i = 0; i < n; ++i) {
      table->prepare(x.data() + static_cast<size_t>(i) * cols, cols, i, a.view(), a.work.data());
    }
    std::vector<float> whole(n * rows), pieces(n * rows), single(n * rows);
    table->matmul(w.view(), a.view(), n, 0, rows, nullptr, false, whole.data(), rows);
    for (int begin = 0; begin < rows; begin += kPanelRows) {
      table->matmul(w.view(), a.view(), n, begin, std::min(begin + kPanelRows, rows), nullptr,
                    false, pieces.data(), rows);
    }
    EXPECT_EQ(whole, pieces) << table->name;
    std::vector<int32_t> ids(rows);
    for (int r = 0; r < rows; ++r) ids[r] = rows - 1 - r;
    table->matmul_rows(w.view(), a.view(), n, ids.data(), rows, single.data(), rows);
    for (int i = 0; i < n; ++i) {
      for (int r = 0; r < rows; ++r) {
        EXPECT_EQ(single[i * rows + rows - 1 - r], whole[i * rows + r]) << table->name;
      }
    }
  }
}

TEST(Kernels, RotationMatchesTheReferenceAndUndoesItself) {
  for (const KernelTable* table : Int8Tables()) {
    for (const int cols : {1, 2, 8, 12, 16, 48, 64, 100, 576, 896, 1024, 4864}) {
      const auto x = RandomFloats(cols, 17, 3.0f);
      Aligned<float> fast(PaddedCols(cols));
      std::copy(x.begin(), x.end(), fast.data());
      table->rotate(fast.data(), cols);
      auto slow = x;
      Reference().rotate(slow.data(), cols);
      for (int c = 0; c < cols; ++c) ASSERT_NEAR(fast.data()[c], slow[c], 1e-5) << cols;
      table->rotate(fast.data(), cols);
      for (int c = 0; c < cols; ++c) ASSERT_NEAR(fast.data()[c], x[c], 1e-5) << cols;
    }
  }
}

// The float rows that prepared activations stand for, rotated back.
std::vector<float> Restored(const KernelTable& table, Prepared& a, int row, int cols) {
  std::vector<float> x(cols);
  for (int c = 0; c < cols; ++c) {
    const int8_t stored = a.values.data()[static_cast<size_t>(row) * PaddedCols(cols) + c];
    x[c] = static_cast<float>(SignedActivation(table, stored)) * a.scales.data()[row];
  }
  Reference().rotate(x.data(), cols);
  return x;
}

TEST(Kernels, PreparedRowsStandForTheReferenceRows) {
  for (const KernelTable* table : Int8Tables()) {
    for (const int cols : {24, 64, 100, 896, 4864}) {
      const auto x = RandomFloats(cols, 19, 4.0f);
      const auto gain = RandomFloats(cols, 23, 2.0f);
      std::vector<float> expected(2 * cols);
      const Activations floats{.floats = expected.data()};
      Prepared a(2, cols);
      const auto check = [&](const char* what, double tolerance, auto restored) {
        double error = 0;
        double total = 0;
        for (int c = 0; c < cols; ++c) {
          error += std::pow(restored[c] - expected[c], 2);
          total += std::pow(expected[c], 2);
        }
        EXPECT_LT(std::sqrt(error / total), tolerance) << table->name << " " << what << " " << cols;
      };
      Reference().prepare_norm(x.data(), gain.data(), 1e-6f, cols, 0, floats, nullptr);
      table->prepare_norm(x.data(), gain.data(), 1e-6f, cols, 0, a.view(), a.work.data());
      check("norm", 0.015, Restored(*table, a, 0, cols));
      Prepared b(1, cols);
      table->prepare_norm_wide(x.data(), gain.data(), 1e-6f, cols, 0, a.view(), b.view(),
                               a.work.data());
      auto wide = Restored(*table, a, 0, cols);
      const auto low = Restored(*table, b, 0, cols);
      for (int c = 0; c < cols; ++c) wide[c] += low[c];
      check("norm wide", 0.0002, wide);
      const size_t stride = GatedStride(2);
      const size_t groups = PaddedRows(cols) / kPanelRows;
      std::vector<uint16_t> bf16(groups * stride, 0x7fff);  // NaN: row 0 is not read
      std::vector<float> gated(groups * stride);
      for (int c = 0; c < PaddedRows(cols); ++c) {
        const size_t at = c / kPanelRows * stride + kPanelRows + c % kPanelRows;
        uint32_t bits = 0;
        if (c < cols) std::memcpy(&bits, &x[c], sizeof(bits));
        bf16[at] = static_cast<uint16_t>(bits >> 16);
        gated[at] = FromBf16(bf16[at]);
      }
      std::vector<float> work(cols);
      Reference().prepare_gated({.floats = gated.data() + kPanelRows, .stride = stride}, cols, 0,
                                floats, work.data());
      table->prepare_gated({.bf16 = bf16.data(), .stride = stride}, cols, 1, a.view(),
                           a.work.data());
      check("gated", 0.015, Restored(*table, a, 1, cols));
    }
  }
}

TEST(Kernels, NonFiniteInputsStayVisible) {
  for (const KernelTable* table : Int8Tables()) {
    for (const float bad : {std::numeric_limits<float>::infinity(), std::nanf("")}) {
      auto x = RandomFloats(100, 29);
      x[37] = bad;
      Prepared a(1, 100);
      table->prepare(x.data(), 100, 0, a.view(), a.work.data());
      EXPECT_FALSE(std::isfinite(a.scales.data()[0])) << table->name;
    }
  }
  std::vector<float> row(64, 1.0f);
  row[3] = std::nanf("");
  Aligned<int8_t> panel(64 * kPanelRows);
  float scales[kPanelRows];
  int32_t offsets[kPanelRows];
  EXPECT_FALSE(PackPanel(row.data(), 1, 64, panel.data(), scales, offsets));
}

TEST(Kernels, RowsTooSmallForAScaleAreZero) {
  // 127 / max overflows below 3.8e-37.
  for (const KernelTable* table : Int8Tables()) {
    for (const float size : {3.0e-37f, 1.0e-38f, 1.0e-40f, 1.0e-45f, 0.0f}) {
      const int cols = 100;
      std::vector<float> x(cols, size);
      Prepared a(1, cols);
      Prepared low(1, cols);
      const auto check = [&](Prepared& row, const char* what) {
        EXPECT_TRUE(std::isfinite(row.scales.data()[0])) << table->name << " " << what;
        for (int c = 0; c < PaddedCols(cols); ++c) {
          EXPECT_GE(SignedActivation(*table, row.values.data()[c]), 0)
              << table->name << " " << what << " " << size << ": the sign is wrong";
        }
      };
      // Blocks of four: the rotation of equal numbers is twice the number, then zeros.
      table->prepare(x.data(), cols, 0, a.view(), a.work.data());
      check(a, "prepare");
      const std::vector<float> gain(cols, 1.0f);
      table->prepare_norm_wide(x.data(), gain.data(), 1.0f, cols, 0, a.view(), low.view(),
                               a.work.data());
      check(a, "high");
    }
  }
}

TEST(Kernels, ANormThatOverflowsIsNotZero) {
  for (const KernelChoice& choice : KernelTables()) {
    if (!choice.usable) continue;
    const int cols = 96;
    const std::vector<float> x(cols, 1.0e25f);  // the square is infinite in float32
    const std::vector<float> gain(cols, 1.0f);
    std::vector<float> floats(cols);
    Prepared a(1, cols);
    Activations out = a.view();
    out.floats = floats.data();
    choice.table->prepare_norm(x.data(), gain.data(), 1e-6f, cols, 0, out, a.work.data());
    const bool finite = choice.table->form == NumericForm::kFloat32
                            ? std::isfinite(floats[0])
                            : std::isfinite(a.scales.data()[0]);
    EXPECT_FALSE(finite) << choice.table->name;
  }
}

// The integers at their largest, and at the widest input: 128 * 127 * kMaxCols still fits.
TEST(Kernels, TheWidestSumIsExact) {
  constexpr int kRows = 17;
  constexpr int kTokens = 17;
  const auto bytes = static_cast<size_t>(kMaxCols);
  for (const KernelTable* table : Int8Tables()) {
    for (const int activation : {127, -127}) {
      Aligned<int8_t> weights(PaddedRows(kRows) * bytes, 127);
      Aligned<float> weight_scales(PaddedRows(kRows), 1.0f);
      Aligned<int32_t> offsets(PaddedRows(kRows), 128 * 127 * kMaxCols);
      const PackedMatrix w{.rows = kRows,
                           .cols = kMaxCols,
                           .values = weights.data(),
                           .scales = weight_scales.data(),
                           .offsets = offsets.data()};
      const int stored = activation + (StoresUnsigned(*table) ? 128 : 0);
      Aligned<int8_t> values(PaddedTokens(kTokens) * bytes, static_cast<int8_t>(stored));
      Aligned<float> scales(kTokens, 1.0f);
      const Activations a{.values = values.data(), .scales = scales.data()};
      const auto expected = static_cast<float>(127 * activation * kMaxCols);
      std::vector<float> out(kTokens * kRows);
      table->matmul(w, a, kTokens, 0, kRows, nullptr, false, out.data(), kRows);
      for (const float value : out) ASSERT_EQ(value, expected) << table->name;
      const int32_t row = kRows - 1;
      table->matmul_rows(w, a, 1, &row, 1, out.data(), 1);
      ASSERT_EQ(out[0], expected) << table->name;
    }
  }
}

TEST(Kernels, RopeIsTheSameOnEveryTable) {
  for (const int head_dim : {2, 40, 64, 80}) {
    const int heads = 3;
    const auto cos = RandomFloats(head_dim / 2, 51);
    const auto sin = RandomFloats(head_dim / 2, 53);
    auto expected = RandomFloats(heads * head_dim + 1, 55, 9.0f);
    const auto x = expected;
    Reference().apply_rope(expected.data(), heads, head_dim, cos.data(), sin.data());
    EXPECT_NE(x, expected);
    for (const KernelTable* table : Int8Tables()) {
      auto got = x;
      table->apply_rope(got.data(), heads, head_dim, cos.data(), sin.data());
      EXPECT_EQ(got, expected) << table->name << " " << head_dim;
    }
  }
}

TEST(Kernels, KeysAndValuesAreStoredInF16) {
  for (const int head_dim : {7, 40, 64}) {
    const int column = 21;
    auto key = RandomFloats(head_dim, 57, 100.0f);
    const auto value = RandomFloats(head_dim, 59, 1.0e-5f);  // subnormal ones too
    key[3] = 70000.0f;
    for (const KernelTable* table : Int8Tables()) {
      std::vector<uint16_t> page(2 * kPagePositions * head_dim, 0x1234);
      auto expected = page;
      for (int d = 0; d < head_dim; ++d) {
        expected[d * kPagePositions + column] = FloatToF16(key[d]);
        expected[(kPagePositions + column) * head_dim + d] = FloatToF16(value[d]);
      }
      table->store_key_value(key.data(), value.data(), head_dim, column,
                             reinterpret_cast<std::byte*>(page.data()));
      EXPECT_EQ(page, expected) << table->name << " " << head_dim;
    }
    std::vector<float> floats(2 * kPagePositions * head_dim, 0.5f);
    Reference().store_key_value(key.data(), value.data(), head_dim, column,
                                reinterpret_cast<std::byte*>(floats.data()));
    EXPECT_EQ(floats[3 * kPagePositions + column], key[3]);
    EXPECT_EQ(floats[(kPagePositions + column) * head_dim + 5], value[5]);
    EXPECT_EQ(floats[3 * kPagePositions + column + 1], 0.5f);
  }
}

TEST(Kernels, AttentionMatchesTheReference) {
  struct Case {
    int heads, kv_heads, head_dim, first, rows;
  };
  std::vector<std::vector<float>> results;
  for (const KernelTable* table : Int8Tables()) {
    std::vector<float> all;
    // Weights and values of AMX are rounded to bf16: 2^-9 of the largest value, which is 1, each.
    const double tolerance = std::strcmp(table->name, "amx") == 0 ? 1.0 / 256 : 1e-5;
    for (const Case& c : {Case{14, 2, 64, 0, 1}, Case{14, 2, 64, 31, 3}, Case{9, 3, 64, 100, 33},
                          Case{4, 4, 16, 5, 70}, Case{2, 1, 40, 64, 9}, Case{1, 1, 7, 0, 40},
                          Case{14, 2, 64, 300, 21}, Case{2, 2, 256, 250, 9}}) {
      Keys keys(c.first + c.rows, c.kv_heads, c.head_dim, 31);
      const size_t stride = static_cast<size_t>(c.heads) * c.head_dim + 5;
      const auto q = RandomFloats(c.rows * stride, 37, 2.0f);
      std::vector<float> fast(static_cast<size_t>(c.rows) * c.heads * c.head_dim);
      auto slow = fast;
      for (int kv_head = 0; kv_head < c.kv_heads; ++kv_head) {
        AttentionArguments a{
            .heads = c.heads,
            .kv_heads = c.kv_heads,
            .head_dim = c.head_dim,
            .kv_head = kv_head,
            .first_position = c.first,
            .query_rows = c.rows,
            .pages = keys.half_pages.data(),
            .page_offset = static_cast<size_t>(kv_head) * 4 * kPagePositions * c.head_dim,
            .queries = q.data(),
            .query_stride = stride,
            .out = fast.data()};
        table->attention(a);
        // One row at a time gives the same bits.
        std::vector<float> alone(fast.size());
        for (int r = 0; r < c.rows; ++r) {
          auto one = a;
          one.first_position = c.first + r;
          one.query_rows = 1;
          one.queries = q.data() + r * stride;
          one.out = alone.data() + static_cast<size_t>(r) * c.heads * c.head_dim;
          table->attention(one);
        }
        a.pages = keys.float_pages.data();
        a.page_offset *= 2;
        a.out = slow.data();
        Reference().attention(a);
        const int width = c.heads / c.kv_heads * c.head_dim;
        for (int r = 0; r < c.rows; ++r) {
          for (int d = 0; d < width; ++d) {
            const size_t i = static_cast<size_t>(r) * c.heads * c.head_dim + kv_head * width + d;
            ASSERT_NEAR(fast[i], slow[i], tolerance) << table->name << " head_dim " << c.head_dim;
            ASSERT_EQ(fast[i], alone[i]) << table->name;
          }
        }
      }
      all.insert(all.end(), fast.begin(), fast.end());
    }
    // Tiles of bf16 parts have their own bits.
    if (std::strcmp(table->name, "amx") != 0) results.push_back(all);
  }
  for (const auto& result : results) EXPECT_EQ(result, results[0]) << "tables differ";
}

// A recycled page still holds what another sequence left beyond this one's end.
TEST(Kernels, AttentionDoesNotReadBeyondItsLastPosition) {
  for (const KernelTable* table : Int8Tables()) {
    for (const int head_dim : {64, 40}) {
      for (const uint16_t left_over : {uint16_t{0x7c00}, uint16_t{0x7e00}}) {  // infinity, NaN
        const int first = 37;
        const int rows = 3;
        Keys clean(64, 1, head_dim, 43);
        Keys dirty(64, 1, head_dim, 43);
        for (int j = first + rows - kPagePositions; j < kPagePositions; ++j) {
          for (int d = 0; d < head_dim; ++d) {
            dirty.halves[1][d * kPagePositions + j] = left_over;
            dirty.halves[1][(kPagePositions + j) * head_dim + d] = left_over;
          }
        }
        const auto q = RandomFloats(rows * 2 * head_dim, 47, 2.0f);
        std::vector<float> expected(rows * 2 * head_dim);
        auto got = expected;
        AttentionArguments a{.heads = 2,
                             .kv_heads = 1,
                             .head_dim = head_dim,
                             .first_position = first,
                             .query_rows = rows,
                             .pages = clean.half_pages.data(),
                             .queries = q.data(),
                             .query_stride = static_cast<size_t>(2 * head_dim),
                             .out = expected.data()};
        table->attention(a);
        a.pages = dirty.half_pages.data();
        a.out = got.data();
        table->attention(a);
        EXPECT_EQ(got, expected) << table->name;
      }
    }
  }
}

TEST(Kernels, LogSumExpOfTheExtremes) {
  constexpr float kHuge = std::numeric_limits<float>::max();
  for (const KernelChoice& choice : KernelTables()) {
    if (!choice.usable) continue;
    for (const float x : {-kHuge, -3.2e38f, 3.2e38f, kHuge}) {
      for (const size_t n : {1, 3, 16, 21}) {
        const std::vector<float> equal(n, x);
        EXPECT_EQ(choice.table->log_sum_exp(equal.data(), n), x) << choice.table->name << " " << n;
      }
    }
    const std::vector<float> far = {-kHuge, kHuge, -kHuge};
    EXPECT_EQ(choice.table->log_sum_exp(far.data(), far.size()), kHuge) << choice.table->name;
  }
}

TEST(Kernels, LogSumExp) {
  for (const KernelTable* table : Int8Tables()) {
    for (const size_t n : {1, 5, 16, 1000, 151936}) {
      const auto x = RandomFloats(n, 41, 30.0f);
      EXPECT_NEAR(table->log_sum_exp(x.data(), n), Reference().log_sum_exp(x.data(), n), 2e-5);
    }
  }
}

TEST(Kernels, TheEnvironmentChooses) {
  const char* variable = "YIXIN_KERNELS";
  const char* set = std::getenv(variable);
  const std::string before = set == nullptr ? "" : set;
  setenv(variable, "reference", 1);
  EXPECT_EQ(*SelectKernelsFromEnvironment(), &Reference());
  setenv(variable, "", 1);
  EXPECT_EQ(*SelectKernelsFromEnvironment(), *SelectKernels(""));
  setenv(variable, "AVX2", 1);  // names are exact
  const auto unknown = SelectKernelsFromEnvironment();
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(unknown.error().subject, variable);
  EXPECT_NE(unknown.error().message.find("reference"), std::string::npos)
      << unknown.error().message;
  set == nullptr ? unsetenv(variable) : setenv(variable, before.c_str(), 1);
}

TEST(Kernels, Registry) {
  EXPECT_TRUE(SelectKernels(""));
  EXPECT_TRUE(SelectKernels("reference"));
  const auto unknown = SelectKernels("sse9");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(unknown.error().message.find("reference"), std::string::npos)
      << unknown.error().message;
}

}  // namespace
}  // namespace yixin
