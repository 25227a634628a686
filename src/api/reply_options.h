// What a request says about sampling, over what a task says. Tested by: assistant_test.cc
#pragma once

#include "engine/sampler.h"
#include "yixin/chat.h"

namespace yixin {

// All but the seed.
void ApplyOverrides(const ReplyOptions& options, SamplingOptions& sampling);

}  // namespace yixin
