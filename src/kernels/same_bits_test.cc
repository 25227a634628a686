// Every verb of every int8 table on fixed pseudo-random inputs against one stored hash of its
// results: so tables give the same bits though no machine has them all, NEON's under emulation and
// x86's at home. amx has an attention of its own, and so bits of its own there.
//
// A change that is meant to change bits changes the hashes (the failure says the new one), and
// raises kNumericsVersion.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "base/fnv_hash.h"
#include "kernels/kernel_table.h"
#include "kernels/random_data_test.h"

namespace yixin {
namespace {

class Bits {
 public:
  template <typename T>
  void Add(std::span<const T> values) {
    hash_ = FnvHash(std::as_bytes(values), hash_);
  }
  void Add(const std::vector<float>& values) { Add(std::span<const float>(values)); }
  void Add(const KernelTable& table, Prepared& rows) {
    const size_t n = rows.scales.size();
    const size_t padded = rows.work.size();
    for (size_t i = 0; i < n * padded; ++i) {  // room for whole tiles follows
      const auto value = static_cast<int8_t>(SignedActivation(table, rows.values.data()[i]));
      Add(std::span<const int8_t>(&value, 1));
    }
    Add(std::span<const float>(rows.scales.data(), n));
  }
  uint64_t hash() const { return hash_; }

 private:
  uint64_t hash_ = kFnvStart;
};

// Wider than one scale: outliers, tiny numbers and zeros, as hidden states have them.
std::vector<float> SpreadFloats(size_t n, uint32_t seed) {
  auto values = RandomFloats(n, seed, 2.0f);
  for (size_t i = 0; i < n; i += 17) values[i] *= 40.0f;
  for (size_t i = 5; i < n; i += 29) values[i] *= 1.0e-6f;
  for (size_t i = 11; i < n; i += 43) values[i] = 0.0f;
  return values;
}

constexpr int kWidths[] = {1, 7, 24, 64, 100, 576, 896, 4864};

void PrepareBits(const KernelTable& table, Bits& bits) {
  for (const int cols : kWidths) {
    Prepared a(1, cols);
    table.prepare(SpreadFloats(cols, 61).data(), cols, 0, a.view(), a.work.data());
    bits.Add(table, a);
  }
}

void PrepareNormBits(const KernelTable& table, Bits& bits) {
  for (const int cols : kWidths) {
    const auto gain = RandomFloats(cols, 63, 2.0f);
    Prepared a(1, cols);
    table.prepare_norm(SpreadFloats(cols, 65).data(), gain.data(), 1e-6f, cols, 0, a.view(),
                       a.work.data());
    bits.Add(table, a);
  }
}

void PrepareNormWideBits(const KernelTable& table, Bits& bits) {
  for (const int cols : kWidths) {
    const auto gain = RandomFloats(cols, 67, 2.0f);
    Prepared high(1, cols);
    Prepared low(1, cols);
    table.prepare_norm_wide(SpreadFloats(cols, 69).data(), gain.data(), 1e-6f, cols, 0, high.view(),
                            low.view(), high.work.data());
    bits.Add(table, high);
    bits.Add(table, low);
  }
}

// The rows of `inputs`, prepared.
void PrepareRows(const KernelTable& table, const std::vector<float>& inputs, int n, int cols,
                 Prepared& out) {
  for (int i = 0; i < n; ++i) {
    table.prepare(&inputs[static_cast<size_t>(i) * cols], cols, i, out.view(), out.work.data());
  }
}

struct Shape {
  int n, rows, cols;
};

void MatMulBits(const KernelTable& table, Bits& bits) {
  for (const auto& [n, rows, cols] : {Shape{1, 17, 65}, Shape{3, 50, 100}, Shape{7, 33, 896}}) {
    Packed w(rows, cols, 71);
    Prepared a(n, cols);
    PrepareRows(table, SpreadFloats(static_cast<size_t>(n) * cols, 73), n, cols, a);
    const auto bias = RandomFloats(rows, 75);
    auto out = RandomFloats(static_cast<size_t>(n) * rows, 77);
    table.matmul(w.view(), a.view(), n, 0, rows, bias.data(), true, out.data(), rows);
    bits.Add(out);
    table.matmul(w.view(), a.view(), n, 0, rows, nullptr, false, out.data(), rows);
    bits.Add(out);
  }
}

// silu(gate) * up, and the rows that it is prepared to.
void GatedBits(const KernelTable& table, Bits& bits) {
  for (const auto& [n, rows, cols] : {Shape{1, 32, 65}, Shape{3, 96, 100}, Shape{7, 64, 896}}) {
    Packed w(rows, cols, 79);
    Prepared a(n, cols);
    PrepareRows(table, SpreadFloats(static_cast<size_t>(n) * cols, 81), n, cols, a);
    const int ffn = rows / 2;
    const size_t stride = GatedStride(n);
    std::vector<uint16_t> gated(static_cast<size_t>(ffn) / kPanelRows * stride);
    const GatedRows view{.bf16 = gated.data(), .stride = stride};
    table.matmul_swiglu(w.view(), a.view(), n, 0, rows, view);
    bits.Add(std::span<const uint16_t>(gated));
    Prepared b(n, ffn);
    for (int i = 0; i < n; ++i) table.prepare_gated(view, ffn, i, b.view(), b.work.data());
    bits.Add(table, b);
  }
}

void MatMulRowsBits(const KernelTable& table, Bits& bits) {
  const int n = 3, rows = 40, cols = 192;
  Packed w(rows, cols, 83);
  Prepared a(n, cols);
  PrepareRows(table, SpreadFloats(static_cast<size_t>(n) * cols, 85), n, cols, a);
  const std::vector<int32_t> ids = {39, 0, 16, 17, 5};
  std::vector<float> out(n * ids.size());
  table.matmul_rows(w.view(), a.view(), n, ids.data(), static_cast<int>(ids.size()), out.data(),
                    ids.size());
  bits.Add(out);
}

void RopeBits(const KernelTable& table, Bits& bits) {
  for (const int head_dim : {2, 40, 64, 80, 256}) {
    const auto cos = RandomFloats(head_dim / 2, 87);
    const auto sin = RandomFloats(head_dim / 2, 89);
    auto x = SpreadFloats(3 * head_dim, 91);
    table.apply_rope(x.data(), 3, head_dim, cos.data(), sin.data());
    bits.Add(x);
  }
}

void StoreKeyValueBits(const KernelTable& table, Bits& bits) {
  for (const int head_dim : {7, 40, 64}) {
    auto key = SpreadFloats(head_dim, 93);
    auto value = RandomFloats(head_dim, 95, 1.0e-5f);  // subnormal in F16
    key[2] = 70000.0f;                                 // beyond F16
    value[3] = 65519.0f;                               // just not
    std::vector<uint16_t> page(2 * kPagePositions * head_dim);
    table.store_key_value(key.data(), value.data(), head_dim, 21,
                          reinterpret_cast<std::byte*>(page.data()));
    bits.Add(std::span<const uint16_t>(page));
  }
}

void AttentionBits(const KernelTable& table, Bits& bits) {
  struct Case {
    int heads, head_dim, first, rows;
  };
  for (const auto& [heads, head_dim, first, rows] :
       {Case{7, 64, 0, 1}, Case{7, 64, 31, 3}, Case{3, 64, 290, 13}, Case{1, 16, 5, 40},
        Case{2, 40, 64, 9}, Case{1, 7, 0, 40}, Case{1, 256, 61, 9}}) {
    const Keys keys(first + rows, 1, head_dim, 97);
    const size_t width = static_cast<size_t>(heads) * head_dim;
    const auto queries = SpreadFloats(rows * width, 99);
    std::vector<float> out(rows * width);
    table.attention({.heads = heads,
                     .kv_heads = 1,
                     .head_dim = head_dim,
                     .first_position = first,
                     .query_rows = rows,
                     .pages = keys.half_pages.data(),
                     .queries = queries.data(),
                     .query_stride = width,
                     .out = out.data()});
    bits.Add(out);
  }
}

void RotateBits(const KernelTable& table, Bits& bits) {
  for (const int cols : {1, 2, 12, 16, 48, 64, 100, 576, 896, 1024, 4864}) {
    auto x = SpreadFloats(cols, 101);
    table.rotate(x.data(), cols);
    bits.Add(x);
  }
}

// Its logarithm is the C library's, the one thing here that is not ours.
void LogSumExpBits(const KernelTable& table, Bits& bits) {
  for (const size_t n : {1, 5, 16, 1000}) {
    const auto x = RandomFloats(n, 103, 30.0f);
    bits.Add(std::vector<float>{table.log_sum_exp(x.data(), n)});
  }
}

struct Verb {
  const char* name;
  void (*compute)(const KernelTable& table, Bits& bits);
  const char* hash;
};

constexpr Verb kVerbs[] = {
    {"prepare", PrepareBits, "e7cf2b0aea2c8ace"},
    {"prepare_norm", PrepareNormBits, "bd971a85435aad8f"},
    {"prepare_norm_wide", PrepareNormWideBits, "b4ee6ff49c9bd8aa"},
    {"matmul", MatMulBits, "d20fc641119c4e44"},
    {"matmul_swiglu, prepare_gated", GatedBits, "00e57545a4909914"},
    {"matmul_rows", MatMulRowsBits, "c1ce1f405cd3ad16"},
    {"apply_rope", RopeBits, "209178a4b8825a96"},
    {"store_key_value", StoreKeyValueBits, "96e4fd3b842df934"},
    {"attention", AttentionBits, "fc08f371639fe732"},
    {"rotate", RotateBits, "a494b881f723c0aa"},
    {"log_sum_exp", LogSumExpBits, "63eeb45ed2b5cac8"},
};

TEST(SameBits, EveryVerbOfEveryInt8Table) {
  for (const KernelTable* table : Int8Tables()) {
    for (const Verb& verb : kVerbs) {
      if (std::strcmp(table->name, "amx") == 0 && verb.compute == AttentionBits) continue;
      Bits bits;
      verb.compute(*table, bits);
      EXPECT_EQ(HexOf(bits.hash()), verb.hash) << table->name << " " << verb.name;
    }
  }
}

}  // namespace
}  // namespace yixin
