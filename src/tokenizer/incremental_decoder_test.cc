#include "tokenizer/incremental_decoder.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/utf8.h"
#include "tokenizer/test_vocabulary.h"

namespace yixin {
namespace {

Tokenizer Make() { return *Tokenizer::Create(TestVocabulary::Mixed("qwen2").Spec()); }

TEST(IncrementalDecoder, NeverHalfACharacter) {
  IncrementalDecoder decoder(Make(), /*skip_special=*/true);
  EXPECT_EQ(decoder.Append('a'), "a");
  for (const int32_t id : {0xf0, 0x9f, 0x98}) EXPECT_EQ(decoder.Append(id), "");
  EXPECT_EQ(decoder.Append(0x84), "😄");
  EXPECT_EQ(decoder.Flush(), "");
}

TEST(IncrementalDecoder, BrokenBytesComeOutAsSoonAsTheyAreBroken) {
  IncrementalDecoder decoder(Make(), /*skip_special=*/true);
  EXPECT_EQ(decoder.Append(0xff), "\ufffd");
  EXPECT_EQ(decoder.Append(0xe6), "");
  EXPECT_EQ(decoder.Append('x'), "\ufffdx");
  EXPECT_EQ(decoder.Append(0xe0), "");
  EXPECT_EQ(decoder.Append(0x80), "\ufffd\ufffd") << "overlong: neither byte can become valid";
  EXPECT_EQ(decoder.Append(0xe6), "");
  EXPECT_EQ(decoder.Append(0xe6), "\ufffd") << "the first is lost, the second still open";
  EXPECT_EQ(decoder.Flush(), "\ufffd");
  EXPECT_EQ(decoder.Append('y'), "y") << "as new after Flush";
}

TEST(IncrementalDecoder, SkippedTokensDoNotPartACharacter) {
  const Tokenizer tokenizer = Make();
  const int32_t end = *tokenizer.SpecialId("<|im_end|>");
  IncrementalDecoder skipping(tokenizer, /*skip_special=*/true);
  EXPECT_EQ(skipping.Append(0xc3), "");
  EXPECT_EQ(skipping.Append(end), "");
  EXPECT_EQ(skipping.Append(0xa9), "é");
  IncrementalDecoder showing(tokenizer, /*skip_special=*/false);
  EXPECT_EQ(showing.Append(0xc3), "");
  EXPECT_EQ(showing.Append(end), "\ufffd<|im_end|>");
}

TEST(IncrementalDecoder, JoinsToWhatDecodeMakes) {
  const Tokenizer tokenizer = Make();
  EXPECT_TRUE(rc::check([&] {
    const auto ids = *rc::gen::container<std::vector<int32_t>>(
        rc::gen::oneOf(rc::gen::inRange<int32_t>(-1, tokenizer.vocabulary_size() + 1),
                       rc::gen::inRange<int32_t>(0x80, 0x100),
                       rc::gen::element<int32_t>(0xe6, 0xad, 0xa3, 0xf0, 0x9f, 0x98, 0x84, 0xed)));
    const bool skip = *rc::gen::arbitrary<bool>();
    IncrementalDecoder decoder(tokenizer, skip);
    std::string joined;
    for (const int32_t id : ids) {
      const std::string part = decoder.Append(id);
      RC_ASSERT(!FindInvalidUtf8(part).has_value());
      joined += part;
    }
    joined += decoder.Flush();
    RC_ASSERT(joined == tokenizer.Decode(ids, skip));
  }));
}

}  // namespace
}  // namespace yixin
