// The names that a Hugging Face model of the qwen2 and llama families gives its tensors, and the
// names that GGUF gives the same ones; yixin uses GGUF's everywhere. One table.
// Tested by: hf_folder_test.cc
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yixin {

// "model.layers.3.self_attn.q_proj.weight" -> "blk.3.attn_q.weight". Nothing for a name that no
// decoder of these families has.
std::optional<std::string> GgufNameOf(std::string_view hugging_face_name);

// The other way; a name that is not in the table comes back as it is.
std::string HuggingFaceName(std::string_view gguf_name);

// Tables that older files carry along and that the library which wrote them ignores too: the
// frequencies of the rotation, which the config gives.
bool IsIgnoredTensor(std::string_view hugging_face_name);

}  // namespace yixin
