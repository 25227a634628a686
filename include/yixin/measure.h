// What `yixin bench` measures with: the engine timed on token ids, without text, tasks or sampling,
// and what a token costs by count.
#pragma once

#include <cstdint>

namespace yixin {

// Several streams in one batch: their prompts computed together, then every stream decoded
// greedily, one token of each a pass.
struct PassShape {
  int streams = 1;
  int prompt_tokens = 64;  // of each stream; ids are a fixed pseudo-random sequence, no two alike
  int new_tokens = 0;      // of each stream
};

struct PassTiming {
  double prefill_ms = 0;  // all prompts, and the likeliest next token of each stream
  double decode_ms = 0;   // all new tokens
};

// By count, not by measurement. An operation is a multiplication or an addition of a linear layer.
struct ModelCost {
  double layer_operations = 0;      // a token, all layers
  double head_operations = 0;       // a row of logits over the whole vocabulary
  double attention_operations = 0;  // a token, for each position that it attends to
  uint64_t layer_bytes = 0;         // packed weights that a pass reads, but for the head
  uint64_t head_bytes = 0;
  uint64_t kv_bytes = 0;  // a position
};

}  // namespace yixin
