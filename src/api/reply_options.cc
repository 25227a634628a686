// Tested by: assistant_test.cc
#include "api/reply_options.h"

namespace yixin {

void ApplyOverrides(const ReplyOptions& options, SamplingOptions& sampling) {
  const auto number = [](const std::optional<double>& value, float& field) {
    if (value) field = static_cast<float>(*value);
  };
  number(options.temperature, sampling.temperature);
  number(options.top_p, sampling.top_p);
  number(options.min_p, sampling.min_p);
  number(options.repeat_penalty, sampling.repeat_penalty);
  sampling.top_k = options.top_k.value_or(sampling.top_k);
}

}  // namespace yixin
