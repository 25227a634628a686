// A model file's tokenizer alone: opens in a moment, for no weights are read or packed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"

namespace yixin {

// Threads: any.
class Vocabulary {
 public:
  // In: a GGUF file. Errors: as Assistant::Open has them.
  static Result<Vocabulary> Open(const std::string& model_path);
  Vocabulary(Vocabulary&&) noexcept;
  Vocabulary& operator=(Vocabulary&&) noexcept;
  ~Vocabulary();

  // plain: special tokens in the text are text. Errors: kInvalidText with the byte's position.
  // Cost: linear in the text.
  Result<std::vector<int32_t>> Tokenize(std::string_view text, bool plain) const;
  // The bytes that a token stands for (perhaps part of a character); empty for an unknown id.
  std::string TokenText(int32_t id) const;
  int size() const;

 private:
  struct State;
  explicit Vocabulary(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

}  // namespace yixin
