// A small byte-level vocabulary for tests and the fuzz entry: the 256 bytes (id = byte), then what
// a test adds. Not part of the program. Tested by: the tests that use it
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/tokenizer_spec.h"

namespace yixin {

struct TestVocabulary {
  TestVocabulary() {
    for (int byte = 0; byte < 256; ++byte) {
      tokens.push_back(InAlphabet(std::string(1, static_cast<char>(byte))));
      types.push_back(static_cast<int32_t>(TokenType::kNormal));
    }
  }

  // A mixed vocabulary with merges across letters, spaces, digits and Chinese, and with added
  // tokens that share beginnings.
  static TestVocabulary Mixed(std::string_view pre) {
    TestVocabulary vocabulary;
    vocabulary.pre = pre;
    constexpr std::string_view kMerges[][2] = {
        {"h", "e"},     {"l", "l"},       {"he", "ll"},         {"hell", "o"},
        {" ", "hello"}, {" ", " "},       {"  ", "  "},         {"\n", "\n"},
        {"'", "s"},     {"A", "A"},       {"AA", "AA"},         {"AAAA", "AAAA"},
        {"1", "2"},     {"\xe6", "\xad"}, {"\xe6\xad", "\xa3"}, {"\xcc", "\x81"},
    };
    for (const auto& merge : kMerges) vocabulary.AddMerge(merge[0], merge[1]);
    vocabulary.AddToken("<|im_end|>", TokenType::kControl);
    vocabulary.AddToken("<|im_end|>x", TokenType::kUserDefined);
    vocabulary.AddToken("<|im_start|>", TokenType::kControl);
    vocabulary.AddToken("<tool>", TokenType::kUserDefined);
    vocabulary.AddToken("[PAD]", TokenType::kUnused);
    vocabulary.AddToken("正", TokenType::kUserDefined);
    return vocabulary;
  }

  static std::string InAlphabet(std::string_view bytes) {
    std::string token;
    for (const char byte : bytes) AppendUtf8(CharacterOfByte(static_cast<uint8_t>(byte)), token);
    return token;
  }

  // In: raw bytes of tokens that are there. Out: the id of the result.
  int32_t AddMerge(std::string_view left, std::string_view right) {
    merges.push_back(InAlphabet(left) + " " + InAlphabet(right));
    return AddRaw(InAlphabet(std::string(left) + std::string(right)), TokenType::kNormal);
  }

  int32_t AddToken(std::string_view literal, TokenType type) {
    return AddRaw(std::string(literal), type);
  }

  int32_t AddRaw(std::string token, TokenType type) {
    tokens.push_back(std::move(token));
    types.push_back(static_cast<int32_t>(type));
    return static_cast<int32_t>(tokens.size()) - 1;
  }

  // Valid while this lives unchanged.
  TokenizerSpec Spec() const {
    TokenizerSpec spec;
    spec.tokens.assign(tokens.begin(), tokens.end());
    spec.merges.assign(merges.begin(), merges.end());
    spec.token_types = types;
    spec.pre = pre;
    return spec;
  }

  std::string pre = "qwen2";
  std::vector<std::string> tokens;
  std::vector<std::string> merges;
  std::vector<int32_t> types;
};

}  // namespace yixin
