// A classifier without a model, for this room's tests: the label is a text's last letter's parity,
// the texts that it was asked for are kept. Not part of the program.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bulk/row_scorer.h"

namespace yixin {

struct FakeClassifier {
  std::vector<std::string> asked;
  size_t tasks = 1;
  size_t calls = 0;
  size_t fail_at = SIZE_MAX;  // the call that gives an error
  Error failure = {ErrorCode::kInternal, "not a number", "logits"};

  Result<std::vector<std::vector<Result<Classification>>>> operator()(
      std::span<const std::string> texts) {
    if (calls++ == fail_at) return failure;
    std::vector<Result<Classification>> results;
    for (const std::string& text : texts) {
      asked.push_back(text);
      if (text.empty()) {
        results.emplace_back(Error{ErrorCode::kInvalidText, "empty input", "text"});
        continue;
      }
      const bool is_even = text.back() % 2 == 0;
      Classification one;
      one.label = is_even ? "even" : "odd";
      one.probs = {{"even", is_even ? 0.9 : 0.2}, {"odd", is_even ? 0.1 : 0.8}};
      one.margin = is_even ? 0.8 : 0.6;
      one.label_mass = 0.5;
      one.elapsed_ms = static_cast<double>(calls);  // must not be seen in a row
      results.emplace_back(one);
    }
    return std::vector<std::vector<Result<Classification>>>(tasks, results);
  }
};

inline const BulkTask kParity = {"parity", {"even", "odd"}};

}  // namespace yixin
