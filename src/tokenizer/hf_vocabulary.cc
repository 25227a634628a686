// Tested by: hf_vocabulary_test.cc; fuzzed by tests/fuzz/hf_tokenizer_fuzz.cc
#include "tokenizer/hf_vocabulary.h"

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "base/strict_json.h"
#include "base/utf8.h"
#include "tokenizer/hf_pretokenizer.h"

namespace yixin {
namespace {

using nlohmann::json;

// tokenizer.json's pre-tokenizers and post-processors are the deepest; six levels are usual.
constexpr JsonLimits kLimits = {.max_bytes = kMaxTokenizerFileBytes, .max_depth = 16};

Error Fail(ErrorCode code, std::string_view file, std::string_view place, std::string_view what) {
  return {code, std::string(file) + ": " + std::string(place) + ": " + std::string(what),
          std::string(place)};
}
Error Invalid(std::string_view file, std::string_view place, std::string_view what) {
  return Fail(ErrorCode::kInvalidFile, file, place, what);
}
Error Unsupported(std::string_view file, std::string_view place, std::string_view what) {
  return Fail(ErrorCode::kUnsupported, file, place, what);
}

Result<json> ParseObject(std::string_view file, std::string_view text) {
  auto parsed = ParseStrictJson(text, kLimits);
  if (!parsed) return Invalid(file, parsed.error().subject, parsed.error().message);
  if (!parsed->is_object()) return Invalid(file, "", "expected an object");
  return parsed;
}

// nullptr: absent or null.
const json* Find(const json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

// Absent: `fallback`. Nothing: no boolean.
std::optional<bool> FindBool(const json& object, std::string_view key, bool fallback) {
  const json* value = Find(object, key);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) return std::nullopt;
  return value->get<bool>();
}

struct AddedToken {
  std::string content;
  bool control = false;
  std::string_view file;  // that said it
};

class Reader {
 public:
  Reader(const HfTokenizerTexts& texts, uint64_t embedding_rows)
      : texts_(texts), embedding_rows_(embedding_rows) {}

  Result<HfVocabulary> Read() {
    if (texts_.tokenizer_config.empty()) {
      config_ = json::object();
    } else {
      YIXIN_TRY(config_, ParseObject(kConfigFile, texts_.tokenizer_config));
    }
    if (!texts_.tokenizer.empty()) {
      YIXIN_CHECK_OK(ReadTokenizerJson());
    } else if (!texts_.vocab.empty() && !texts_.merges.empty()) {
      YIXIN_CHECK_OK(ReadVocabAndMerges());
    } else {
      return Error{
          ErrorCode::kNotFound,
          "the model's folder has no tokenizer.json, and not both vocab.json and merges.txt",
          "tokenizer.json"};
    }
    YIXIN_CHECK_OK(ReadAddedTokensDecoder());
    YIXIN_CHECK_OK(ReadAddedTokensJson());
    YIXIN_CHECK_OK(PlaceTokens());
    return std::move(out_);
  }

 private:
  static constexpr std::string_view kTokenizerFile = "tokenizer.json";
  static constexpr std::string_view kConfigFile = "tokenizer_config.json";

  Status ReadTokenizerJson() {
    YIXIN_TRY(const json file, ParseObject(kTokenizerFile, texts_.tokenizer));
    const json* model = Find(file, "model");
    if (model == nullptr || !model->is_object()) {
      return Invalid(kTokenizerFile, "model", "expected an object");
    }
    YIXIN_CHECK_OK(CheckBpe(*model));
    YIXIN_TRY(out_.pre, RecognisePretokenizer(Find(file, "normalizer"), Find(file, "pre_tokenizer"),
                                              Find(file, "post_processor")));
    const json* vocab = Find(*model, "vocab");
    if (vocab == nullptr) return Invalid(kTokenizerFile, "model.vocab", "missing");
    YIXIN_CHECK_OK(ReadVocab(kTokenizerFile, *vocab));
    YIXIN_CHECK_OK(ReadMergeArray(*model));
    if (const json* unknown = Find(*model, "unk_token")) {
      if (!unknown->is_string())
        return Invalid(kTokenizerFile, "model.unk_token", "expected a string");
      unknown_ = unknown->get<std::string>();
    }
    const json* added = Find(file, "added_tokens");
    if (added == nullptr) return {};
    if (!added->is_array()) return Invalid(kTokenizerFile, "added_tokens", "expected an array");
    for (const json& entry : *added) {
      const json* id = Find(entry, "id");
      if (id == nullptr) return Invalid(kTokenizerFile, "added_tokens", "an entry without an id");
      YIXIN_CHECK_OK(AddAdded(kTokenizerFile, *id, entry));
    }
    return {};
  }

  // Options under which the same vocabulary and merges give other ids.
  static Status CheckBpe(const json& model) {
    const json* type = Find(model, "type");
    if (type != nullptr && *type != "BPE") {
      return Unsupported(kTokenizerFile, "model.type",
                         QuoteName(type->is_string() ? type->get<std::string>() : "?") +
                             " is not supported; yixin reads BPE");
    }
    for (const char* key : {"byte_fallback", "ignore_merges"}) {
      if (FindBool(model, key, false) != false) {
        return Unsupported(kTokenizerFile, std::string("model.") + key, "is not supported");
      }
    }
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      const json* text = Find(model, key);
      if (text != nullptr && !(text->is_string() && text->get_ref<const std::string&>().empty())) {
        return Unsupported(kTokenizerFile, std::string("model.") + key, "is not supported");
      }
    }
    const json* dropout = Find(model, "dropout");
    if (dropout != nullptr && *dropout != 0) {
      return Unsupported(kTokenizerFile, "model.dropout", "is not supported");
    }
    return {};
  }

  Status ReadVocabAndMerges() {
    YIXIN_TRY(out_.pre,
              RecogniseTokenizerClass(Find(config_, "tokenizer_class"),
                                      Find(config_, "add_prefix_space"), texts_.model_type));
    YIXIN_TRY(const json vocab, ParseObject("vocab.json", texts_.vocab));
    YIXIN_CHECK_OK(ReadVocab("vocab.json", vocab));
    if (texts_.merges.size() > kMaxTokenizerFileBytes) {
      return Invalid(
          "merges.txt", "",
          "the file is larger than " + std::to_string(kMaxTokenizerFileBytes) + " bytes");
    }
    for (std::string_view rest = texts_.merges; !rest.empty();) {
      const size_t end = rest.find('\n');
      std::string_view line = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (line.ends_with('\r')) line.remove_suffix(1);
      // The byte alphabet has no white space, and no merge makes "#version".
      if (line.empty() || line.starts_with("#version")) continue;
      out_.merges.emplace_back(line);
    }
    if (const json* unknown = Find(config_, "unk_token"); unknown && unknown->is_string()) {
      unknown_ = unknown->get<std::string>();
    }
    return {};
  }

  Result<uint64_t> CheckId(std::string_view file, std::string_view token, const json& id) const {
    if (!id.is_number_unsigned()) {
      return Invalid(file, "token " + QuoteName(token), "expected an id that is not negative");
    }
    return CheckRows(file, token, id.get<uint64_t>());
  }
  Result<uint64_t> CheckRows(std::string_view file, std::string_view token, uint64_t id) const {
    if (id < embedding_rows_) return id;
    return Invalid(file, "token " + QuoteName(token),
                   "has the id " + std::to_string(id) + ", the model's embedding has rows for " +
                       std::to_string(embedding_rows_) +
                       " ids; tokenizer and weights are not of one model");
  }

  Status ReadVocab(std::string_view file, const json& vocab) {
    if (!vocab.is_object()) return Invalid(file, "vocab", "expected an object");
    for (const auto& [token, id_json] : vocab.items()) {
      YIXIN_TRY(const uint64_t id, CheckId(file, token, id_json));
      if (id >= out_.tokens.size()) out_.tokens.resize(id + 1);
      if (!out_.tokens[id].empty()) {
        return Invalid(file, "token " + QuoteName(token),
                       "has the id of token " + QuoteName(out_.tokens[id]));
      }
      if (token.empty()) return Invalid(file, "vocab", "a token without characters");
      out_.tokens[id] = token;
    }
    return {};
  }

  Status ReadMergeArray(const json& model) {
    const json* merges = Find(model, "merges");
    if (merges == nullptr || !merges->is_array()) {
      return Invalid(kTokenizerFile, "model.merges", "expected an array");
    }
    out_.merges.reserve(merges->size());
    for (const json& merge : *merges) {
      const bool pair =
          merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string();
      if (pair) {  // since tokenizers 0.20
        out_.merges.push_back(merge[0].get<std::string>() + " " + merge[1].get<std::string>());
      } else if (merge.is_string()) {
        out_.merges.push_back(merge.get<std::string>());
      } else {
        return Invalid(kTokenizerFile, "model.merges",
                       "merge " + std::to_string(out_.merges.size()) +
                           ": expected \"left right\" or [left, right]");
      }
    }
    return {};
  }

  // An entry of added_tokens or of added_tokens_decoder.
  Status AddAdded(std::string_view file, const json& id_json, const json& entry) {
    const json* content = Find(entry, "content");
    if (content == nullptr || !content->is_string() ||
        content->get_ref<const std::string&>().empty()) {
      return Invalid(file, "added tokens", "an entry without content");
    }
    const auto& literal = content->get_ref<const std::string&>();
    const std::string place = "token " + QuoteName(literal);
    for (const char* flag : {"single_word", "lstrip", "rstrip"}) {
      const auto value = FindBool(entry, flag, false);
      if (!value) return Invalid(file, place, std::string(flag) + ": expected true or false");
      if (*value) return Unsupported(file, place, std::string(flag) + " is not supported");
    }
    const auto special = FindBool(entry, "special", false);
    if (!special) return Invalid(file, place, "special: expected true or false");
    YIXIN_TRY(const uint64_t id, CheckId(file, literal, id_json));
    return AddLiteral(id, {literal, *special, file});
  }

  Status AddLiteral(uint64_t id, AddedToken token) {
    const auto [place, is_new] = added_.try_emplace(id, token);
    if (is_new || place->second.content == token.content) return {};
    return Invalid(token.file, "token " + QuoteName(token.content),
                   "has the id " + std::to_string(id) + ", which is " +
                       QuoteName(place->second.content) + " in " + std::string(place->second.file));
  }

  Status ReadAddedTokensDecoder() {
    const json* decoder = Find(config_, "added_tokens_decoder");
    if (decoder == nullptr) return {};
    if (!decoder->is_object())
      return Invalid(kConfigFile, "added_tokens_decoder", "expected an object");
    for (const auto& [key, entry] : decoder->items()) {
      uint64_t id = 0;
      const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
      if (error != std::errc() || end != key.data() + key.size()) {
        return Invalid(kConfigFile, "added_tokens_decoder", QuoteName(key) + " is no id");
      }
      YIXIN_CHECK_OK(AddAdded(kConfigFile, json(id), entry));
    }
    return {};
  }

  // Old folders: literals and ids alone. Those that tokenizer_config.json gives a part to
  // (eos_token, additional_special_tokens) are control tokens.
  Status ReadAddedTokensJson() {
    constexpr std::string_view kFile = "added_tokens.json";
    if (texts_.added_tokens.empty()) return {};
    YIXIN_TRY(const json file, ParseObject(kFile, texts_.added_tokens));
    std::set<std::string, std::less<>> control;
    const auto add = [&](const json& value) {
      const json* content = value.is_object() ? Find(value, "content") : &value;
      if (content != nullptr && content->is_string()) control.insert(content->get<std::string>());
    };
    for (const char* key : {"bos_token", "eos_token", "pad_token", "unk_token"}) {
      if (const json* value = Find(config_, key)) add(*value);
    }
    if (const json* more = Find(config_, "additional_special_tokens"); more && more->is_array()) {
      for (const json& value : *more) add(value);
    }
    for (const auto& [literal, id_json] : file.items()) {
      if (literal.empty()) return Invalid(kFile, "added tokens", "an entry without content");
      YIXIN_TRY(const uint64_t id, CheckId(kFile, literal, id_json));
      YIXIN_CHECK_OK(AddLiteral(id, {literal, control.contains(literal), kFile}));
    }
    return {};
  }

  Status PlaceTokens() {
    if (!added_.empty() && added_.rbegin()->first >= out_.tokens.size()) {
      out_.tokens.resize(added_.rbegin()->first + 1);
    }
    out_.types.assign(out_.tokens.size(), static_cast<int32_t>(TokenType::kNormal));
    for (auto& [id, token] : added_) {
      // An added token may be a token of the vocabulary too (<|endoftext|> of GPT-2).
      if (!out_.tokens[id].empty() && out_.tokens[id] != token.content) {
        return Invalid(token.file, "token " + QuoteName(token.content),
                       "has the id " + std::to_string(id) + ", which the vocabulary has for " +
                           QuoteName(out_.tokens[id]));
      }
      out_.types[id] =
          static_cast<int32_t>(token.control ? TokenType::kControl : TokenType::kUserDefined);
      out_.tokens[id] = std::move(token.content);
    }
    for (size_t id = 0; id < out_.tokens.size(); ++id) {
      if (unknown_ && out_.tokens[id] == *unknown_) out_.unknown_id = static_cast<int32_t>(id);
      if (!out_.tokens[id].empty()) continue;
      // With a space, which no token of a vocabulary has.
      out_.tokens[id] = "[unused " + std::to_string(id) + "]";
      out_.types[id] = static_cast<int32_t>(TokenType::kUnused);
    }
    return {};
  }

  const HfTokenizerTexts& texts_;
  uint64_t embedding_rows_;
  json config_;
  std::map<uint64_t, AddedToken> added_;
  std::optional<std::string> unknown_;
  HfVocabulary out_;
};

}  // namespace

TokenizerSpec HfVocabulary::Spec() const {
  TokenizerSpec spec;
  spec.tokens.assign(tokens.begin(), tokens.end());
  spec.merges.assign(merges.begin(), merges.end());
  spec.token_types = types;
  spec.pre = pre;
  spec.unknown_id = unknown_id;
  return spec;
}

Result<HfVocabulary> ReadHfVocabulary(const HfTokenizerTexts& texts, uint64_t embedding_rows) {
  return Reader(texts, embedding_rows).Read();
}

}  // namespace yixin
