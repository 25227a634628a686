// The tokenizer that a model describes: from formats to tokenizer, which do not know each other.
// Tested by: model_tokenizer_test.cc, tests/golden
#pragma once

#include "formats/model_file.h"
#include "tokenizer/tokenizer.h"
#include "yixin/result.h"

namespace yixin {

// Of a Hugging Face folder, its tokenizer's files are read now.
// Errors: kInvalidFile (a key missing or of another type), kUnsupported (a vocabulary that is not
// byte-level BPE), and those of ReadHfVocabulary and Tokenizer::Create.
Result<Tokenizer> ReadTokenizer(const ModelFile& file);

}  // namespace yixin
