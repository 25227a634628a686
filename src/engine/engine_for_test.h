// The tiny model of tests/support, loaded for a kernel table, for this room's tests. Not part of
// the program.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "formats/gguf.h"
#include "kernels/registry.h"
#include "model/model.h"
#include "support/tiny_model.h"

namespace yixin {

inline std::vector<const KernelTable*> UsableTables() {
  std::vector<const KernelTable*> tables;
  for (const KernelChoice& choice : KernelTables()) {
    if (choice.usable) tables.push_back(choice.table);
  }
  return tables;
}

struct TestModel {
  explicit TestModel(const KernelTable& kernels, const TinyModelOptions& options = {})
      : bytes(MakeTinyModel(options)) {
    ThreadPool pool(1);
    auto loaded = Model::Load(*ParseGguf(bytes), kernels, pool, {});
    EXPECT_TRUE(loaded) << loaded.error().message;
    model = *std::move(loaded);
  }
  std::vector<std::byte> bytes;
  std::unique_ptr<Model> model;
};

inline std::vector<int32_t> SomeTokens(size_t count, uint32_t seed) {
  std::vector<int32_t> tokens;
  for (size_t i = 0; i < count; ++i) {
    seed = seed * 1664525 + 1013904223;
    tokens.push_back(static_cast<int32_t>((seed >> 8) % 256));
  }
  return tokens;
}

}  // namespace yixin
