// Recognises what tokenizer.json does to a text before BPE, by comparing it with what the
// pre-tokenizers of pretokenize.h stand for.
// Tested by: hf_vocabulary_test.cc
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "yixin/result.h"

namespace yixin {

// In: the parts of tokenizer.json; nullptr where it has none. Out: a name of pretokenize.h.
// Errors: kUnsupported, naming the part that is not known.
Result<std::string> RecognisePretokenizer(const nlohmann::json* normalizer,
                                          const nlohmann::json* pre_tokenizer,
                                          const nlohmann::json* post_processor);

// The same where there is no tokenizer.json: by the class that reads vocab.json and merges.txt.
// In: nullptr where tokenizer_config.json has no such key; the model's type, which decides then.
Result<std::string> RecogniseTokenizerClass(const nlohmann::json* tokenizer_class,
                                            const nlohmann::json* add_prefix_space,
                                            std::string_view model_type);

}  // namespace yixin
