// Tested by: model_tokenizer_test.cc
#include "yixin/model_tokenizer.h"

#include <utility>

#include "api/door.h"
#include "api/model_vocabulary.h"
#include "formats/hf_folder.h"
#include "tokenizer/tokenizer.h"

namespace yixin {

struct ModelTokenizer::State {
  Tokenizer tokenizer;
};

ModelTokenizer::ModelTokenizer(std::unique_ptr<const State> state) : state_(std::move(state)) {}
ModelTokenizer::ModelTokenizer(ModelTokenizer&&) noexcept = default;
ModelTokenizer& ModelTokenizer::operator=(ModelTokenizer&&) noexcept = default;
ModelTokenizer::~ModelTokenizer() = default;

Result<ModelTokenizer> ModelTokenizer::Open(const std::string& model_path) {
  return AtDoor([&]() -> Result<ModelTokenizer> {
    YIXIN_TRY(const ModelFile file, OpenModelFile(model_path));
    YIXIN_TRY(Tokenizer tokenizer, ReadTokenizer(file));
    return ModelTokenizer(std::make_unique<const State>(State{std::move(tokenizer)}));
  });
}

Result<std::vector<int32_t>> ModelTokenizer::Tokenize(std::string_view text, bool plain) const {
  return AtDoor([&] {
    return plain ? state_->tokenizer.EncodeAsReferencePlain(text)
                 : state_->tokenizer.EncodeWithSpecials(text);
  });
}

std::string ModelTokenizer::TokenText(int32_t id) const {
  return std::string(state_->tokenizer.TokenBytes(id));
}

int ModelTokenizer::size() const { return state_->tokenizer.vocabulary_size(); }

}  // namespace yixin
