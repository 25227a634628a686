// The text side of a model, tokenizer and chat template: read off the model's own files once, then
// kept in its packed file and used where it lies there.
// Tested by: model_text_test.cc
#pragma once

#include <optional>
#include <string>

#include "model/model_cache.h"
#include "tokenizer/tokenizer.h"
#include "yixin/result.h"

namespace yixin {

class ModelText {
 public:
  // For LoadRequest::extras; this must outlive the load.
  PackedExtras Extras();

  // Of the model's own files, unless that was done already. Errors: as ReadTokenizer.
  Status ReadSource(const ModelFile& file);

  // After a load: its tokenizer, which lives as long as the model that was loaded.
  Tokenizer TakeTokenizer() { return *std::move(tokenizer_); }
  // As the model's files have it; empty where they have none.
  const std::string& chat_template() const { return chat_template_; }

 private:
  Result<std::vector<PackedExtra>> Store(const ModelFile& file);
  Status ReadPacked(const PackedFile& packed);

  std::optional<Tokenizer> tokenizer_;
  std::string chat_template_;
  bool from_source_ = false;
};

}  // namespace yixin
