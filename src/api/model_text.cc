// Tested by: model_text_test.cc
#include "api/model_text.h"

#include <string_view>
#include <utility>

#include "api/model_vocabulary.h"

namespace yixin {
namespace {

constexpr const char* kTokenizerSection = "tokenizer";
constexpr const char* kTemplateSection = "chat_template";

}  // namespace

PackedExtras ModelText::Extras() {
  return {.make = [this](const ModelFile& file) { return Store(file); },
          .read = [this](const PackedFile& packed) { return ReadPacked(packed); }};
}

Status ModelText::ReadSource(const ModelFile& file) {
  if (from_source_) return {};
  YIXIN_TRY(tokenizer_, ReadTokenizer(file));
  YIXIN_TRY(chat_template_, file.GetStringOr("tokenizer.chat_template", ""));
  from_source_ = true;
  return {};
}

Result<std::vector<PackedExtra>> ModelText::Store(const ModelFile& file) {
  YIXIN_CHECK_OK(ReadSource(file));
  const auto text = std::as_bytes(std::span(chat_template_));
  std::vector<PackedExtra> extras;
  extras.push_back({kTokenizerSection, tokenizer_->Serialise()});
  extras.push_back({kTemplateSection, {text.begin(), text.end()}});
  return extras;
}

Status ModelText::ReadPacked(const PackedFile& packed) {
  from_source_ = false;
  YIXIN_TRY(const auto table, packed.GetVerified(kTokenizerSection));
  YIXIN_TRY(const auto text, packed.GetVerified(kTemplateSection));
  YIXIN_TRY(tokenizer_, Tokenizer::Map(table));
  chat_template_.assign(reinterpret_cast<const char*>(text.data()), text.size());
  return {};
}

}  // namespace yixin
