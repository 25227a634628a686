// Tokenizer files of small vocabularies: what is recognised, what is refused by name, and what
// contradicts itself or the model. Real vocabularies are in tests/golden.
#include "tokenizer/hf_vocabulary.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "tokenizer/pretokenize.h"
#include "tokenizer/test_vocabulary.h"
#include "tokenizer/tokenizer.h"

namespace yixin {
namespace {

using Json = nlohmann::json;

constexpr const char* kQwen2Regex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

Json Split(const std::string& regex) {
  return {{"type", "Split"},
          {"pattern", {{"Regex", regex}}},
          {"behavior", "Isolated"},
          {"invert", false}};
}
Json ByteLevel(bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}
Json Sequence(const Json& parts) { return {{"type", "Sequence"}, {"pretokenizers", parts}}; }

Json AddedToken(int id, const std::string& content, bool special) {
  return {{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", false}, {"special", special}};
}

// 256 bytes, "he" and "ll" and "hell", three added tokens from 259 on with a gap at 260.
struct Files {
  Json tokenizer;
  Json config = Json::object();
  Json vocab;
  std::string merges = "#version: 0.2\nh e\nl l\nhe ll\n";

  Files() {
    TestVocabulary bytes;
    bytes.AddMerge("h", "e");
    bytes.AddMerge("l", "l");
    bytes.AddMerge("he", "ll");
    for (size_t id = 0; id < bytes.tokens.size(); ++id) vocab[bytes.tokens[id]] = id;
    tokenizer = {{"version", "1.0"},
                 {"added_tokens",
                  {AddedToken(259, "<|im_start|>", true), AddedToken(261, "<|im_end|>", true),
                   AddedToken(262, "<tool_call>", false)}},
                 {"normalizer", {{"type", "NFC"}}},
                 {"pre_tokenizer", Sequence({Split(kQwen2Regex), ByteLevel(false)})},
                 {"post_processor", ByteLevel(true)},
                 {"decoder", ByteLevel(true)},
                 {"model",
                  {{"type", "BPE"},
                   {"dropout", nullptr},
                   {"unk_token", nullptr},
                   {"continuing_subword_prefix", ""},
                   {"end_of_word_suffix", ""},
                   {"fuse_unk", false},
                   {"byte_fallback", false},
                   {"ignore_merges", false},
                   {"vocab", vocab},
                   {"merges", {"h e", "l l", "he ll"}}}}};
  }
};

Result<HfVocabulary> ReadTokenizerJson(const Json& json, uint64_t rows = 300) {
  const std::string text = json.dump();
  return ReadHfVocabulary({.tokenizer = text}, rows);
}

Result<HfVocabulary> ReadFiles(const Files& files, std::string_view added = "",
                               std::string_view model_type = "qwen2") {
  const std::string vocab = files.vocab.dump();
  const std::string config = files.config.dump();
  return ReadHfVocabulary({.vocab = vocab,
                           .merges = files.merges,
                           .added_tokens = added,
                           .tokenizer_config = config,
                           .model_type = model_type},
                          300);
}

TEST(HfVocabulary, ReadsTokenizerJson) {
  const auto vocabulary = ReadTokenizerJson(Files().tokenizer);
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_EQ(vocabulary->pre, "qwen2");
  const auto tokenizer = Tokenizer::Create(vocabulary->Spec());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ(tokenizer->vocabulary_size(), 263);
  EXPECT_EQ(*tokenizer->EncodeWithSpecials("hello<|im_end|><tool_call>"),
            (std::vector<int32_t>{258, 'o', 261, 262}));
  EXPECT_TRUE(tokenizer->IsControl(259));
  EXPECT_FALSE(tokenizer->IsControl(262));
  EXPECT_TRUE(tokenizer->IsSpecial(262));
  EXPECT_EQ(tokenizer->TokenBytes(260), "") << "an id that stands for nothing";
  EXPECT_TRUE(tokenizer->normalizes());
}

TEST(HfVocabulary, MergesAsPairs) {
  Files files;
  files.tokenizer["model"]["merges"] = Json::parse(R"([["h","e"],["l","l"],["he","ll"]])");
  EXPECT_EQ(ReadTokenizerJson(files.tokenizer)->merges,
            (std::vector<std::string>{"h e", "l l", "he ll"}));
  for (const Json& bad : {Json(1), Json({"h"}), Json({"h", 1}), Json({"h", "e", "l"})}) {
    files.tokenizer["model"]["merges"] = Json::array({bad});
    EXPECT_FALSE(ReadTokenizerJson(files.tokenizer)) << bad;
  }
}

TEST(HfVocabulary, ReadsVocabAndMerges) {
  Files files;
  files.config = {{"tokenizer_class", "Qwen2Tokenizer"},
                  {"added_tokens_decoder",
                   {{"259", AddedToken(0, "<|im_start|>", true)},
                    {"261", AddedToken(0, "<tool_call>", false)}}}};
  const auto vocabulary = ReadFiles(files);
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  const auto tokenizer = Tokenizer::Create(vocabulary->Spec());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ(*tokenizer->EncodeWithSpecials("<|im_start|>hell"), (std::vector<int32_t>{259, 258}));
  EXPECT_FALSE(tokenizer->IsControl(261));
  files.merges = "h e\r\nl l\r\n\r\nhe ll";
  EXPECT_EQ(ReadFiles(files)->merges, vocabulary->merges) << "other line ends, no version";
}

TEST(HfVocabulary, AddedTokensJsonOfOlderFolders) {
  Files files;
  files.config = {{"eos_token", {{"content", "<|im_end|>"}}},
                  {"additional_special_tokens", {"<|im_start|>"}}};
  const auto vocabulary =
      ReadFiles(files, R"({"<|im_start|>": 259, "<|im_end|>": 260, "<tool_call>": 261})");
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_EQ(vocabulary->types[259], static_cast<int32_t>(TokenType::kControl));
  EXPECT_EQ(vocabulary->types[260], static_cast<int32_t>(TokenType::kControl));
  EXPECT_EQ(vocabulary->types[261], static_cast<int32_t>(TokenType::kUserDefined));
}

TEST(HfVocabulary, TokenizerClasses) {
  const auto pre = [](const Json& config, std::string_view model_type) {
    Files files;
    files.config = config;
    const auto vocabulary = ReadFiles(files, "", model_type);
    return vocabulary ? vocabulary->pre : vocabulary.error().subject;
  };
  EXPECT_EQ(pre({{"tokenizer_class", "Qwen2TokenizerFast"}}, "llama"), "qwen2");
  EXPECT_EQ(pre({{"tokenizer_class", "GPT2Tokenizer"}}, "llama"), "gpt-2");
  EXPECT_EQ(pre(Json::object(), "qwen2"), "qwen2");
  EXPECT_EQ(pre(Json::object(), "llama"), "tokenizer_class");
  EXPECT_EQ(pre({{"tokenizer_class", "LlamaTokenizer"}}, "llama"), "tokenizer_class");
  EXPECT_EQ(pre({{"tokenizer_class", "GPT2Tokenizer"}, {"add_prefix_space", true}}, "llama"),
            "add_prefix_space");
}

TEST(HfVocabulary, KindsOfPretokenizers) {
  Files files;
  files.tokenizer["normalizer"] = nullptr;
  files.tokenizer["pre_tokenizer"] = ByteLevel(true);
  EXPECT_EQ(ReadTokenizerJson(files.tokenizer)->pre, "gpt-2");
  const Json digits = {{"type", "Digits"}, {"individual_digits", true}};
  files.tokenizer["pre_tokenizer"] = Sequence({digits, ByteLevel(true)});
  EXPECT_EQ(ReadTokenizerJson(files.tokenizer)->pre, "gpt-2-digits");
  for (const char* name : {"gpt-2", "gpt-2-digits"}) EXPECT_TRUE(FindPretokenizer(name));
}

struct Change {
  const char* name;
  std::function<void(Files&)> change;
  const char* words;
  ErrorCode code = ErrorCode::kUnsupported;
};

TEST(HfVocabulary, WhatMakesOtherIdsIsRefusedByName) {
  const Json digits = {{"type", "Digits"}, {"individual_digits", false}};
  const std::vector<Change> changes = {
      {"model", [](Files& f) { f.tokenizer["model"]["type"] = "Unigram"; }, "'Unigram'"},
      {"fallback", [](Files& f) { f.tokenizer["model"]["byte_fallback"] = true; }, "byte_fallback"},
      {"ignore", [](Files& f) { f.tokenizer["model"]["ignore_merges"] = true; }, "ignore_merges"},
      {"prefix", [](Files& f) { f.tokenizer["model"]["continuing_subword_prefix"] = "##"; },
       "continuing_subword_prefix"},
      {"suffix", [](Files& f) { f.tokenizer["model"]["end_of_word_suffix"] = "</w>"; },
       "end_of_word_suffix"},
      {"dropout", [](Files& f) { f.tokenizer["model"]["dropout"] = 0.1; }, "dropout"},
      {"none", [](Files& f) { f.tokenizer["normalizer"] = nullptr; }, "normalizer: none"},
      {"nfkc", [](Files& f) { f.tokenizer["normalizer"]["type"] = "NFKC"; }, "'NFKC'"},
      {"regex",
       [](Files& f) {
         f.tokenizer["pre_tokenizer"] = Sequence({Split(R"(\p{N}{1,3})"), ByteLevel(false)});
       },
       R"(Split by '\p{N}{1,3}')"},
      {"order",
       [](Files& f) {
         f.tokenizer["pre_tokenizer"] = Sequence({ByteLevel(false), Split(kQwen2Regex)});
       },
       "pre_tokenizer"},
      {"behavior",
       [](Files& f) { f.tokenizer["pre_tokenizer"]["pretokenizers"][0]["behavior"] = "Removed"; },
       "not Isolated"},
      {"string",
       [](Files& f) {
         f.tokenizer["pre_tokenizer"]["pretokenizers"][0]["pattern"] = {{"String", "x"}};
       },
       "by a string"},
      {"metaspace",
       [](Files& f) {
         f.tokenizer["pre_tokenizer"] = {{"type", "Metaspace"}};
       },
       "Metaspace"},
      {"space",
       [](Files& f) { f.tokenizer["pre_tokenizer"]["pretokenizers"][1].erase("add_prefix_space"); },
       "add_prefix_space"},
      {"absent", [](Files& f) { f.tokenizer["pre_tokenizer"] = nullptr; }, "pre_tokenizer: none"},
      {"digits",
       [&](Files& f) {
         f.tokenizer["pre_tokenizer"] = Sequence({digits, ByteLevel(true)});
       },
       "individual_digits"},
      {"template",
       [](Files& f) {
         f.tokenizer["post_processor"] = {{"type", "TemplateProcessing"}};
       },
       "'TemplateProcessing'"},
      {"rstrip", [](Files& f) { f.tokenizer["added_tokens"][1]["rstrip"] = true; },
       "'<|im_end|>': rstrip"},
  };
  for (const Change& change : changes) {
    Files files;
    change.change(files);
    const auto vocabulary = ReadTokenizerJson(files.tokenizer);
    ASSERT_FALSE(vocabulary) << change.name;
    EXPECT_EQ(vocabulary.error().code, change.code) << vocabulary.error().message;
    EXPECT_NE(vocabulary.error().message.find(change.words), std::string::npos)
        << vocabulary.error().message;
  }
}

TEST(HfVocabulary, WhatContradictsItselfNamesTheToken) {
  const std::vector<Change> changes = {
      {"same id", [](Files& f) { f.tokenizer["model"]["vocab"]["zz"] = 65; }, "token 'zz'"},
      {"negative", [](Files& f) { f.tokenizer["model"]["vocab"]["zz"] = -1; }, "token 'zz'"},
      {"text id", [](Files& f) { f.tokenizer["model"]["vocab"]["zz"] = "1"; }, "token 'zz'"},
      {"huge id", [](Files& f) { f.tokenizer["model"]["vocab"]["zz"] = uint64_t{1} << 40; },
       "token 'zz': has the id 1099511627776, the model's embedding has rows for 300"},
      {"empty", [](Files& f) { f.tokenizer["model"]["vocab"][""] = 280; }, "without characters"},
      {"no vocab", [](Files& f) { f.tokenizer["model"].erase("vocab"); }, "model.vocab"},
      {"vocab list", [](Files& f) { f.tokenizer["model"]["vocab"] = {1}; }, "vocab"},
      {"no merges", [](Files& f) { f.tokenizer["model"].erase("merges"); }, "model.merges"},
      {"no model", [](Files& f) { f.tokenizer.erase("model"); }, "model"},
      {"added on a token", [](Files& f) { f.tokenizer["added_tokens"][0]["id"] = 'A'; },
       "'<|im_start|>': has the id 65, which the vocabulary has for 'A'"},
      {"added twice", [](Files& f) { f.tokenizer["added_tokens"][0]["id"] = 261; }, "'<|im_end|>'"},
      {"added no id", [](Files& f) { f.tokenizer["added_tokens"][0].erase("id"); },
       "without an id"},
      {"added no text", [](Files& f) { f.tokenizer["added_tokens"][0].erase("content"); },
       "without content"},
      {"added flag", [](Files& f) { f.tokenizer["added_tokens"][0]["lstrip"] = 1; }, "lstrip"},
      {"added number", [](Files& f) { f.tokenizer["added_tokens"] = 3; }, "added_tokens"},
      {"added beyond", [](Files& f) { f.tokenizer["added_tokens"][2]["id"] = 300; },
       "'<tool_call>': has the id 300"},
  };
  for (const Change& change : changes) {
    Files files;
    change.change(files);
    const auto vocabulary = ReadTokenizerJson(files.tokenizer);
    ASSERT_FALSE(vocabulary) << change.name;
    EXPECT_EQ(vocabulary.error().code, ErrorCode::kInvalidFile) << vocabulary.error().message;
    EXPECT_NE(vocabulary.error().message.find(change.words), std::string::npos)
        << vocabulary.error().message;
    EXPECT_TRUE(vocabulary.error().message.starts_with("tokenizer.json: "));
  }
  EXPECT_TRUE(ReadTokenizerJson(Files().tokenizer, 263)) << "as many rows as ids";
  EXPECT_FALSE(ReadTokenizerJson(Files().tokenizer, 262));
}

TEST(HfVocabulary, TokenizerConfigMustAgree) {
  const std::string tokenizer = Files().tokenizer.dump();
  const auto read = [&](const Json& decoder) {
    const std::string config = Json{{"added_tokens_decoder", decoder}}.dump();
    return ReadHfVocabulary({.tokenizer = tokenizer, .tokenizer_config = config}, 300);
  };
  EXPECT_TRUE(read({{"261", AddedToken(0, "<|im_end|>", true)}}));
  const auto other = read({{"261", AddedToken(0, "<|end|>", true)}});
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("'<|end|>': has the id 261, which is '<|im_end|>'"),
            std::string::npos)
      << other.error().message;
  for (const char* id : {"x", "", "-1", "1x", "99999999999999999999", "300"}) {
    EXPECT_FALSE(read({{id, AddedToken(0, "<|new|>", true)}})) << id;
  }
  EXPECT_FALSE(read({1}));
}

TEST(HfVocabulary, AnAddedTokenMayBeOneOfTheVocabulary) {
  Files files;
  files.tokenizer["model"]["vocab"]["<|endoftext|>"] = 259;
  files.tokenizer["model"]["unk_token"] = "<|endoftext|>";
  files.tokenizer["added_tokens"][0] = AddedToken(259, "<|endoftext|>", true);
  const auto vocabulary = ReadTokenizerJson(files.tokenizer);
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_EQ(vocabulary->types[259], static_cast<int32_t>(TokenType::kControl));
  EXPECT_EQ(vocabulary->unknown_id, 259);
}

TEST(HfVocabulary, FilesThatAreNone) {
  EXPECT_EQ(ReadHfVocabulary({}, 300).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ReadHfVocabulary({.vocab = "{}"}, 300).error().code, ErrorCode::kNotFound);
  for (const char* text : {"x", "[]", "{}", "{\"model\": []}", "{\"model\": {}, \"model\": {}}"}) {
    const auto vocabulary = ReadHfVocabulary({.tokenizer = text}, 300);
    ASSERT_FALSE(vocabulary) << text;
    EXPECT_TRUE(vocabulary.error().message.starts_with("tokenizer.json: "));
  }
}

TEST(Gpt2Digits, CutsNumbersFirst) {
  const auto pieces = [](std::string_view text) {
    std::vector<std::string> out;
    for (size_t at = 0; at < text.size();) {
      const size_t end = Gpt2DigitsPieceEnd(text, at);
      out.emplace_back(text.substr(at, end - at));
      at = end;
    }
    return out;
  };
  using Pieces = std::vector<std::string>;
  EXPECT_EQ(pieces("x    6"), (Pieces{"x", "    ", "6"}));
  EXPECT_EQ(pieces(" 12a ½!"), (Pieces{" ", "1", "2", "a", " ", "½", "!"}));
  EXPECT_EQ(pieces("a   b\n 3  c"), (Pieces{"a", "  ", " b", "\n ", "3", " ", " c"}));
  EXPECT_EQ(pieces("it's 's3"), (Pieces{"it", "'s", " '", "s", "3"}));
}

}  // namespace
}  // namespace yixin
