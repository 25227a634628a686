// Tested by: tokenizer_test.cc, tests/golden/tokenizer_golden_test.cc
#include "tokenizer/tokenizer.h"

#include "base/utf8.h"
#include "tokenizer/bpe.h"
#include "tokenizer/normalize.h"
#include "tokenizer/pretokenize.h"
#include "tokenizer/tokenizer_tables.h"

namespace yixin {

namespace {

// Far above any context, far below the 32 bits of BpeScratch's positions.
constexpr size_t kMaxTextBytes = size_t{1} << 30;

Error InvalidText(std::string message) {
  return {ErrorCode::kInvalidText, std::move(message), "text"};
}

Status CheckText(std::string_view text, const Vocabulary& vocabulary) {
  if (text.size() > kMaxTextBytes) {
    return InvalidText("the text has " + std::to_string(text.size()) + " bytes, expected at most " +
                       std::to_string(kMaxTextBytes) + "; cut it into parts");
  }
  if (const std::optional<size_t> position = FindInvalidUtf8(text)) {
    return InvalidText("the text is not UTF-8 at byte " + std::to_string(*position) +
                       "; convert it to UTF-8 or replace what is broken");
  }
  if (const std::optional<size_t> position = vocabulary.FindMissingByte(text)) {
    return InvalidText("the model's vocabulary cannot express the character at byte " +
                       std::to_string(*position) + "; remove it or use another model");
  }
  return {};
}

// One stretch without added tokens: normalise, cut, merge.
Status AppendPlain(std::string_view text, const Vocabulary& vocabulary,
                   const Pretokenizer& pretokenizer, BpeScratch& scratch,
                   std::vector<int32_t>& ids) {
  std::string normal;
  if (pretokenizer.normalize_nfc) {
    normal = NormalizeNfc(text);
    text = normal;
    // The text itself was checked; NFC may bring in bytes that it did not have.
    if (vocabulary.FindMissingByte(text)) {
      return InvalidText("the model's vocabulary cannot express the text's NFC form");
    }
  }
  for (size_t start = 0; start < text.size();) {
    const size_t end = pretokenizer.piece_end(text, start);
    EncodePiece(text.substr(start, end - start), vocabulary.merges(), vocabulary.byte_ids(),
                scratch, ids);
    start = end;
  }
  return {};
}

}  // namespace

Tokenizer::Tokenizer(std::shared_ptr<const Tables> tables) : tables_(std::move(tables)) {}

Result<Tokenizer> Tokenizer::Create(const TokenizerSpec& spec) {
  YIXIN_TRY(const Pretokenizer* pretokenizer, FindPretokenizer(spec.pre));
  YIXIN_TRY(Vocabulary vocabulary, Vocabulary::Create(spec));
  return Tokenizer(std::make_shared<const Tables>(std::move(vocabulary), pretokenizer, spec.bos_id,
                                                  spec.eos_id, spec.unknown_id));
}

Result<std::vector<int32_t>> Tokenizer::EncodeText(std::string_view text) const {
  return Encode(text, Recognise::kNothing);
}

Result<std::vector<int32_t>> Tokenizer::EncodeWithSpecials(std::string_view text) const {
  return Encode(text, Recognise::kAllAdded);
}

Result<std::vector<int32_t>> Tokenizer::EncodeAsReferencePlain(std::string_view text) const {
  return Encode(text, Recognise::kUserDefined);
}

Result<std::vector<int32_t>> Tokenizer::Encode(std::string_view text, Recognise recognise) const {
  const Vocabulary& vocabulary = tables_->vocabulary;
  YIXIN_CHECK_OK(CheckText(text, vocabulary));
  std::vector<int32_t> ids;
  BpeScratch scratch;
  size_t plain_begin = 0;  // of the stretch without recognised tokens that is being collected
  size_t search_from = 0;
  while (recognise != Recognise::kNothing) {
    const auto match = tables_->added.FindIn(text, search_from);
    if (!match) break;
    search_from = match->begin + match->length;
    if (recognise == Recognise::kUserDefined &&
        vocabulary.TypeOf(match->id) != TokenType::kUserDefined) {
      continue;  // its characters belong to the stretch around it
    }
    YIXIN_CHECK_OK(AppendPlain(text.substr(plain_begin, match->begin - plain_begin), vocabulary,
                               *tables_->pretokenizer, scratch, ids));
    ids.push_back(match->id);
    plain_begin = search_from;
  }
  YIXIN_CHECK_OK(
      AppendPlain(text.substr(plain_begin), vocabulary, *tables_->pretokenizer, scratch, ids));
  return ids;
}

std::string Tokenizer::Decode(std::span<const int32_t> ids, bool skip_special) const {
  std::string bytes;
  for (const int32_t id : ids) {
    if (skip_special && IsControl(id)) continue;
    bytes += TokenBytes(id);
  }
  return ReplaceInvalidUtf8(bytes);
}

std::string_view Tokenizer::TokenBytes(int32_t id) const {
  return tables_->vocabulary.Contains(id) ? tables_->vocabulary.BytesOf(id) : std::string_view();
}

std::optional<int32_t> Tokenizer::SpecialId(std::string_view literal) const {
  return tables_->added.Find(literal);
}

bool Tokenizer::IsSpecial(int32_t id) const {
  return tables_->vocabulary.Contains(id) && IsAddedType(tables_->vocabulary.TypeOf(id));
}

bool Tokenizer::IsControl(int32_t id) const {
  return IsSpecial(id) && tables_->vocabulary.TypeOf(id) != TokenType::kUserDefined;
}

int32_t Tokenizer::vocabulary_size() const { return tables_->vocabulary.size(); }
int32_t Tokenizer::bos_id() const { return tables_->bos_id; }
int32_t Tokenizer::eos_id() const { return tables_->eos_id; }
int32_t Tokenizer::unknown_id() const { return tables_->unknown_id; }
bool Tokenizer::normalizes() const { return tables_->pretokenizer->normalize_nfc; }

}  // namespace yixin
