// The whole vocabulary's logits of many positions, a few rows in memory at a time: a row has 600 KB
// with 150,000 tokens. Tested by: classifier_test.cc
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "engine/engine.h"
#include "yixin/result.h"

namespace yixin {

// Calls `use(row, logits)` for each row of hidden [n, hidden] in order. Errors: as Engine::Logits.
Status ForEachLogitRow(Engine& engine, std::span<const float> hidden,
                       const std::function<void(size_t, std::span<const float>)>& use);

}  // namespace yixin
