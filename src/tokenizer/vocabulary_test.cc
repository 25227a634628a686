#include "tokenizer/vocabulary.h"

#include <gtest/gtest.h>

#include "tokenizer/test_vocabulary.h"

namespace yixin {
namespace {

TEST(Vocabulary, KeepsBytesAndTypes) {
  const TestVocabulary source = TestVocabulary::Mixed("qwen2");
  const auto vocabulary = Vocabulary::Create(source.Spec());
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_EQ(vocabulary->size(), static_cast<int32_t>(source.tokens.size()));
  EXPECT_EQ(vocabulary->BytesOf(' '), " ");
  EXPECT_EQ(vocabulary->BytesOf(0xff), "\xff");
  EXPECT_EQ(vocabulary->BytesOf(256), "he");
  EXPECT_EQ(vocabulary->TypeOf(256), TokenType::kNormal);
  for (int32_t id = 257; id < vocabulary->size(); ++id) {
    if (vocabulary->TypeOf(id) == TokenType::kUnused) {
      EXPECT_EQ(vocabulary->BytesOf(id), "");
    }
    if (vocabulary->TypeOf(id) == TokenType::kControl) {
      EXPECT_EQ(vocabulary->BytesOf(id), source.tokens[id]);
    }
  }
  EXPECT_FALSE(vocabulary->Contains(-1));
  EXPECT_FALSE(vocabulary->Contains(vocabulary->size()));
  EXPECT_EQ(vocabulary->FindMissingByte("anything\xff"), std::nullopt);
}

TEST(Vocabulary, MissingBytesAreKnown) {
  TestVocabulary source;
  source.tokens[4] = TestVocabulary::InAlphabet("xy");
  const auto vocabulary = Vocabulary::Create(source.Spec());
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_EQ(vocabulary->byte_ids()[4], -1);
  EXPECT_EQ(vocabulary->FindMissingByte("ab\x04"), 2u);
  EXPECT_EQ(vocabulary->FindMissingByte("ab\x05"), std::nullopt);
}

// Else plain text could become an added token.
TEST(Vocabulary, MergesThatMakeAddedTokensAreLeftOut) {
  TestVocabulary source;
  source.AddMerge("<", "|");
  source.types.back() = static_cast<int32_t>(TokenType::kControl);
  source.AddMerge("<|", "x");
  const auto vocabulary = Vocabulary::Create(source.Spec());
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_EQ(vocabulary->merges().Find('<', '|').rank, Merge::kNoRank);
  EXPECT_EQ(vocabulary->merges().Find(256, 'x').rank, Merge::kNoRank);
}

struct Hostile {
  const char* name;
  void (*change)(TestVocabulary& vocabulary, TokenizerSpec& spec);
  const char* message;  // a part of it
};

class HostileVocabulary : public testing::TestWithParam<Hostile> {};

TEST_P(HostileVocabulary, IsRefusedWithItsPlace) {
  TestVocabulary source = TestVocabulary::Mixed("qwen2");
  TokenizerSpec spec = source.Spec();
  GetParam().change(source, spec);
  const auto vocabulary = Vocabulary::Create(spec);
  ASSERT_FALSE(vocabulary);
  EXPECT_NE(vocabulary.error().message.find(GetParam().message), std::string::npos)
      << vocabulary.error().message;
  EXPECT_EQ(vocabulary.error().subject.rfind("tokenizer.ggml.", 0), 0u);
  const bool is_byte_token = std::string_view(GetParam().name) == "byte_token";
  EXPECT_EQ(vocabulary.error().code,
            is_byte_token ? ErrorCode::kUnsupported : ErrorCode::kInvalidFile);
}

INSTANTIATE_TEST_SUITE_P(
    Specs, HostileVocabulary,
    testing::Values(
        Hostile{"no_tokens",
                [](TestVocabulary&, TokenizerSpec& spec) {
                  spec.tokens.clear();
                  spec.token_types.clear();
                },
                "empty"},
        Hostile{"fewer_types",
                [](TestVocabulary&, TokenizerSpec& spec) { spec.token_types.pop_back(); },
                "token_type: expected one type for each of the 278 tokens, got 277"},
        Hostile{"no_types", [](TestVocabulary&, TokenizerSpec& spec) { spec.token_types.clear(); },
                "got 0"},
        Hostile{"duplicate_token",
                [](TestVocabulary&, TokenizerSpec& spec) { spec.tokens[257] = spec.tokens[97]; },
                "tokens 97 and 257 are the same"},
        Hostile{"empty_token", [](TestVocabulary&, TokenizerSpec& spec) { spec.tokens[3] = ""; },
                "token 3 is empty"},
        Hostile{"not_the_alphabet",
                [](TestVocabulary&, TokenizerSpec& spec) { spec.tokens[3] = "ab正"; },
                "token 3 has, at byte 2,"},
        Hostile{"not_utf8", [](TestVocabulary&, TokenizerSpec& spec) { spec.tokens[3] = "\xff"; },
                "token 3 has, at byte 0,"},
        Hostile{"added_not_utf8",
                [](TestVocabulary&, TokenizerSpec& spec) { spec.tokens[277] = "\xe6"; },
                "added token 277 is not UTF-8"},
        Hostile{"type_0", [](TestVocabulary&, TokenizerSpec& spec) { spec.token_types[5] = 0; },
                "token 5 has the type 0"},
        Hostile{"type_7", [](TestVocabulary&, TokenizerSpec& spec) { spec.token_types[5] = 7; },
                "token 5 has the type 7"},
        Hostile{"byte_token", [](TestVocabulary&, TokenizerSpec& spec) { spec.token_types[5] = 6; },
                "SentencePiece"},
        Hostile{"merge_without_space",
                [](TestVocabulary&, TokenizerSpec& spec) { spec.merges[1] = "ll"; },
                "merge 1 has no space"},
        Hostile{"merge_of_unknown_left",
                [](TestVocabulary&, TokenizerSpec& spec) { spec.merges[1] = "qq l"; },
                "left part of merge 1"},
        Hostile{"merge_of_unknown_right",
                [](TestVocabulary&, TokenizerSpec& spec) { spec.merges[1] = "l l l"; },
                "right part of merge 1"},
        Hostile{"merge_with_nothing",
                [](TestVocabulary&, TokenizerSpec& spec) { spec.merges[1] = "l "; },
                "right part of merge 1"},
        Hostile{"merge_of_unknown_result",
                [](TestVocabulary&, TokenizerSpec& spec) { spec.merges[1] = "l h"; },
                "result of merge 1"},
        Hostile{"merge_twice",
                [](TestVocabulary&, TokenizerSpec& spec) { spec.merges[1] = spec.merges[0]; },
                "merge 1 repeats"},
        Hostile{"bos_outside", [](TestVocabulary&, TokenizerSpec& spec) { spec.bos_id = 278; },
                "bos_token_id: expected an id below 278, got 278"},
        Hostile{"eos_negative", [](TestVocabulary&, TokenizerSpec& spec) { spec.eos_id = -2; },
                "eos_token_id"},
        Hostile{"unknown_outside",
                [](TestVocabulary&, TokenizerSpec& spec) { spec.unknown_id = 1 << 30; },
                "unknown_token_id"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace yixin
