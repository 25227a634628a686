// The real model files that golden tests read, by the variables that `make test` sets. A test whose
// model is missing fails; it does not skip.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "formats/gguf.h"

namespace yixin {

// In: YIXIN_TEST_QWEN_GGUF or YIXIN_TEST_SMOLLM_GGUF. Empty, and a failure, where it is not set.
inline std::string RealModelPath(const char* variable) {
  const char* path = std::getenv(variable);
  EXPECT_NE(path, nullptr) << variable << " must name the model file; run make test";
  return path == nullptr ? "" : path;
}

// Nothing, and a failure, where the file cannot be read.
inline std::optional<ModelFile> OpenRealModel(const char* variable) {
  const std::string path = RealModelPath(variable);
  if (path.empty()) return std::nullopt;
  auto file = OpenGguf(path);
  EXPECT_TRUE(file) << file.error().message;
  if (!file) return std::nullopt;
  return *std::move(file);
}

}  // namespace yixin
