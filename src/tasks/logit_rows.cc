// Tested by: classifier_test.cc
#include "tasks/logit_rows.h"

#include <algorithm>
#include <vector>

namespace yixin {
namespace {

// 10 MB with 150,000 tokens; the head's weights are read once for so many rows.
constexpr size_t kRows = 16;

}  // namespace

Status ForEachLogitRow(Engine& engine, std::span<const float> hidden,
                       const std::function<void(size_t, std::span<const float>)>& use) {
  const auto width = static_cast<size_t>(engine.model().config().hidden);
  const auto vocabulary = static_cast<size_t>(engine.model().config().vocabulary);
  const size_t rows = hidden.size() / width;
  std::vector<float> logits(std::min(rows, kRows) * vocabulary);
  for (size_t begin = 0; begin < rows; begin += kRows) {
    const size_t count = std::min(kRows, rows - begin);
    const std::span<float> some = std::span(logits).first(count * vocabulary);
    YIXIN_CHECK_OK(engine.Logits(hidden.subspan(begin * width, count * width), some));
    for (size_t i = 0; i < count; ++i) use(begin + i, some.subspan(i * vocabulary, vocabulary));
  }
  return {};
}

}  // namespace yixin
