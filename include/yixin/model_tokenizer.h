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
class ModelTokenizer {
 public:
  // In: a GGUF file. Errors: as Assistant::Open has them.
  static Result<ModelTokenizer> Open(const std::string& model_path);
  ModelTokenizer(ModelTokenizer&&) noexcept;
  ModelTokenizer& operator=(ModelTokenizer&&) noexcept;
  ~ModelTokenizer();

  // plain: special tokens in the text are text. Errors: kInvalidText with the byte's position.
  // Cost: linear in the text.
  Result<std::vector<int32_t>> Tokenize(std::string_view text, bool plain) const;
  // The bytes that a token stands for (perhaps part of a character); empty for an unknown id.
  std::string TokenText(int32_t id) const;
  int size() const;

 private:
  struct State;
  explicit ModelTokenizer(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

}  // namespace yixin
