#include "tokenizer/tokenizer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/utf8.h"
#include "tokenizer/normalize.h"
#include "tokenizer/test_vocabulary.h"

namespace yixin {
namespace {

using Ids = std::vector<int32_t>;

Tokenizer Make(std::string_view pre) {
  auto tokenizer = Tokenizer::Create(TestVocabulary::Mixed(pre).Spec());
  EXPECT_TRUE(tokenizer) << tokenizer.error().message;
  return *std::move(tokenizer);
}

// Any valid text, dense in what the tokenizer has rules for.
rc::Gen<std::string> AnyText() {
  const auto piece = rc::gen::oneOf(
      rc::gen::map(rc::gen::inRange<uint32_t>(0, 0x110000 - 0x800),
                   [](uint32_t n) {
                     std::string text;
                     AppendUtf8(n < 0xd800 ? n : n + 0x800, text);
                     return text;
                   }),
      rc::gen::element<std::string>("hello", " hello", "'s", "'S", "12", "  ", "\r\n", "\n\n", "正",
                                    "\u0301", "\u0323", "e", "\u1100", "\u1161", "\u11a7", "\u11a8",
                                    "\u2028", "\u0085", "१", "😄", "\u200d"),
      rc::gen::element<std::string>("<|im_end|>", "<|im_end|>x", "<|im_start|>", "<tool>", "[PAD]",
                                    "<|im_", "|>", std::string(1, '\0'), "AAAAAAAA"));
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& pieces) {
                        std::string text;
                        for (const std::string& p : pieces) text += p;
                        return text;
                      });
}

TEST(Tokenizer, PlainTextRoundTripsAndYieldsNoAddedToken) {
  for (const char* pre : {"qwen2", "smollm"}) {
    const Tokenizer tokenizer = Make(pre);
    EXPECT_TRUE(rc::check(pre, [&] {
      const std::string text = *AnyText();
      const auto ids = tokenizer.EncodeText(text);
      RC_ASSERT(ids.has_value());
      for (const int32_t id : *ids) RC_ASSERT(!tokenizer.IsSpecial(id));
      const std::string expected = tokenizer.normalizes() ? NormalizeNfc(text) : text;
      RC_ASSERT(tokenizer.Decode(*ids, /*skip_special=*/false) == expected);
      RC_ASSERT(tokenizer.Decode(*ids, /*skip_special=*/true) == expected);
    }));
  }
}

TEST(Tokenizer, TextWithSpecialsRoundTrips) {
  const Tokenizer tokenizer = Make("smollm");
  EXPECT_TRUE(rc::check([&] {
    const std::string text = *AnyText();
    const auto ids = tokenizer.EncodeWithSpecials(text);
    RC_ASSERT(ids.has_value());
    RC_ASSERT(tokenizer.Decode(*ids, /*skip_special=*/false) == text);
    const bool spells_control = text.find("<|im_start|>") != std::string::npos;
    const int32_t start = *tokenizer.SpecialId("<|im_start|>");
    RC_ASSERT((std::find(ids->begin(), ids->end(), start) != ids->end()) == spells_control);
  }));
}

TEST(Tokenizer, WaysOfTreatingAddedTokens) {
  const Tokenizer tokenizer = Make("qwen2");
  const int32_t end = *tokenizer.SpecialId("<|im_end|>");
  const int32_t end_x = *tokenizer.SpecialId("<|im_end|>x");
  const int32_t tool = *tokenizer.SpecialId("<tool>");
  EXPECT_EQ(*tokenizer.EncodeWithSpecials("<|im_end|><tool>a"), (Ids{end, tool, 'a'}));
  EXPECT_EQ(*tokenizer.EncodeWithSpecials("<|im_end|>xy"), (Ids{end_x, 'y'})) << "the longest";
  const Ids literal = *tokenizer.EncodeText("<|im_end|>");
  EXPECT_EQ(literal.size(), 10u);
  Ids expected = literal;
  expected.push_back(tool);
  EXPECT_EQ(*tokenizer.EncodeAsReferencePlain("<|im_end|><tool>"), expected);
  EXPECT_EQ(tokenizer.EncodeText("<tool>")->size(), 6u);
  EXPECT_EQ(tokenizer.EncodeWithSpecials("[PAD]")->size(), 5u) << "a filler is no token of a text";
}

// An added token ends a stretch: nothing composes across it, and nothing merges.
TEST(Tokenizer, AddedTokensPartTheText) {
  const Tokenizer tokenizer = Make("qwen2");
  const int32_t tool = *tokenizer.SpecialId("<tool>");
  EXPECT_EQ(tokenizer.Decode(*tokenizer.EncodeWithSpecials("e<tool>\u0301"), false),
            "e<tool>\u0301");
  const auto ids = tokenizer.EncodeWithSpecials("e\u0301 <tool> hello");
  ASSERT_TRUE(ids);
  EXPECT_EQ(tokenizer.Decode(*ids, false), "\u00e9 <tool> hello");
  EXPECT_EQ((*ids)[3], tool);
}

TEST(Tokenizer, InvalidTextNamesThePositionInTheInput) {
  const Tokenizer tokenizer = Make("qwen2");
  const auto ids = tokenizer.EncodeText("e\u0301\u0323x\xe6\xad");
  ASSERT_FALSE(ids);
  EXPECT_EQ(ids.error().code, ErrorCode::kInvalidText);
  EXPECT_NE(ids.error().message.find("at byte 6;"), std::string::npos) << ids.error().message;
  for (const char* broken : {"\xed\xa0\x80", "\xc0\x80", "\xf5\x80\x80\x80"}) {
    EXPECT_FALSE(tokenizer.EncodeText(broken));
    EXPECT_FALSE(tokenizer.EncodeWithSpecials(broken));
    EXPECT_FALSE(tokenizer.EncodeAsReferencePlain(broken));
  }
}

TEST(Tokenizer, ACharacterWithoutATokenIsRefused) {
  TestVocabulary source = TestVocabulary::Mixed("smollm");
  source.tokens[4] = TestVocabulary::InAlphabet("never");
  const auto tokenizer = Tokenizer::Create(source.Spec());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const auto ids = tokenizer->EncodeText("ab\x04");
  ASSERT_FALSE(ids);
  EXPECT_EQ(ids.error().code, ErrorCode::kInvalidText);
  EXPECT_NE(ids.error().message.find("at byte 2;"), std::string::npos) << ids.error().message;
  EXPECT_TRUE(tokenizer->EncodeText("ab"));
}

// NFC can need a byte that the text did not have.
TEST(Tokenizer, NormalFormWithoutATokenIsRefused) {
  TestVocabulary source;
  source.tokens[0xc3] = TestVocabulary::InAlphabet("never");
  const auto tokenizer = Tokenizer::Create(source.Spec());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const auto ids = tokenizer->EncodeText("e\u0301");
  ASSERT_FALSE(ids);
  EXPECT_EQ(ids.error().code, ErrorCode::kInvalidText);
}

TEST(Tokenizer, OddIdsStandForNothing) {
  const Tokenizer tokenizer = Make("qwen2");
  for (const int32_t id : {-1, -2147483647 - 1, tokenizer.vocabulary_size(), 2147483647}) {
    EXPECT_EQ(tokenizer.TokenBytes(id), "");
    EXPECT_FALSE(tokenizer.IsSpecial(id));
    EXPECT_FALSE(tokenizer.IsControl(id));
  }
  EXPECT_EQ(tokenizer.Decode(Ids{-5, 'a', 1 << 30}, false), "a");
  EXPECT_EQ(tokenizer.Decode(Ids{0xe6, 'a', 0xff}, false), "\ufffda\ufffd");
  EXPECT_EQ(tokenizer.SpecialId("hello"), std::nullopt);
}

TEST(Tokenizer, SkippingLeavesUserDefinedTokens) {
  const Tokenizer tokenizer = Make("qwen2");
  const auto ids = tokenizer.EncodeWithSpecials("a<|im_end|><tool>");
  ASSERT_TRUE(ids);
  EXPECT_EQ(tokenizer.Decode(*ids, /*skip_special=*/true), "a<tool>");
  EXPECT_TRUE(tokenizer.IsControl((*ids)[1]));
  EXPECT_TRUE(tokenizer.IsSpecial((*ids)[2]));
  EXPECT_FALSE(tokenizer.IsControl((*ids)[2]));
}

TEST(Tokenizer, OutlivesItsSpec) {
  std::optional<Tokenizer> tokenizer;
  {
    const TestVocabulary source = TestVocabulary::Mixed("qwen2");
    TokenizerSpec spec = source.Spec();
    spec.eos_id = 272;
    tokenizer = *Tokenizer::Create(spec);
  }
  EXPECT_EQ(tokenizer->EncodeText(" hello")->size(), 1u);
  EXPECT_EQ(tokenizer->eos_id(), 272);
  EXPECT_EQ(tokenizer->bos_id(), -1);
  EXPECT_EQ(tokenizer->TokenBytes(272), "<|im_end|>");
}

TEST(Tokenizer, UnknownPretokenizerIsRefusedByName) {
  const auto tokenizer = Tokenizer::Create(TestVocabulary::Mixed("llama-bpe").Spec());
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(tokenizer.error().message.find("\"llama-bpe\""), std::string::npos);
  EXPECT_NE(tokenizer.error().message.find("qwen2, smollm"), std::string::npos);
}

}  // namespace
}  // namespace yixin
