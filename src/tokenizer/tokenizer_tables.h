// What copies of a tokenizer share. Tested by: tokenizer_test.cc
#pragma once

#include <cstdint>
#include <utility>

#include "tokenizer/added_tokens.h"
#include "tokenizer/pretokenize.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/vocabulary.h"

namespace yixin {

struct Tokenizer::Tables {
  Tables(Vocabulary v, const Pretokenizer* p, int32_t bos, int32_t eos, int32_t unknown)
      : vocabulary(std::move(v)),
        added(vocabulary),
        pretokenizer(p),
        bos_id(bos),
        eos_id(eos),
        unknown_id(unknown) {}

  Vocabulary vocabulary;
  AddedTokens added;
  const Pretokenizer* pretokenizer;
  int32_t bos_id;
  int32_t eos_id;
  int32_t unknown_id;
};

}  // namespace yixin
