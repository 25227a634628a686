#include "tokenizer/tokenizer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstring>
#include <functional>
#include <span>

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

// Stored, and mapped at the alignment that a section has.
class StoredTokenizer : public testing::Test {
 protected:
  Result<Tokenizer> Map() const { return Tokenizer::Map(std::as_bytes(std::span(words_, size_))); }

  void Store(const Tokenizer& tokenizer) { Put(tokenizer.Serialise()); }
  void Put(std::span<const std::byte> bytes) {
    owned_.assign(bytes.size() / sizeof(uint32_t) + 1, 0);
    words_ = reinterpret_cast<char*>(owned_.data());
    size_ = bytes.size();
    std::memcpy(words_, bytes.data(), size_);
  }
  void Write(size_t offset, int32_t value) { std::memcpy(words_ + offset, &value, sizeof(value)); }
  int32_t Read(size_t offset) const {
    int32_t value;
    std::memcpy(&value, words_ + offset, sizeof(value));
    return value;
  }

  std::vector<uint32_t> owned_;
  char* words_ = nullptr;
  size_t size_ = 0;
};

TEST_F(StoredTokenizer, DoesWhatTheCreatedOneDoes) {
  for (const char* pre : {"qwen2", "smollm"}) {
    TestVocabulary source = TestVocabulary::Mixed(pre);
    source.tokens[4] = TestVocabulary::InAlphabet("xy");  // a byte that it lacks
    TokenizerSpec spec = source.Spec();
    spec.bos_id = 1;
    spec.eos_id = 2;
    const Tokenizer created = *Tokenizer::Create(spec);
    Store(created);
    const auto mapped = Map();
    ASSERT_TRUE(mapped) << mapped.error().message;
    EXPECT_EQ(mapped->vocabulary_size(), created.vocabulary_size());
    EXPECT_EQ(mapped->bos_id(), 1);
    EXPECT_EQ(mapped->eos_id(), 2);
    EXPECT_EQ(mapped->unknown_id(), -1);
    EXPECT_EQ(mapped->normalizes(), created.normalizes());
    EXPECT_EQ(mapped->SpecialId("<tool>"), created.SpecialId("<tool>"));
    for (int32_t id = 0; id < created.vocabulary_size(); ++id) {
      EXPECT_EQ(mapped->TokenBytes(id), created.TokenBytes(id));
      EXPECT_EQ(mapped->IsSpecial(id), created.IsSpecial(id));
      EXPECT_EQ(mapped->IsControl(id), created.IsControl(id));
    }
    EXPECT_FALSE(mapped->EncodeText("\x04"));
    EXPECT_TRUE(rc::check(pre, [&] {
      const std::string text = *AnyText();
      const auto plain = created.EncodeText(text);
      RC_ASSERT(mapped->EncodeText(text).has_value() == plain.has_value());
      if (!plain) return;
      RC_ASSERT(*mapped->EncodeText(text) == *plain);
      RC_ASSERT(*mapped->EncodeWithSpecials(text) == *created.EncodeWithSpecials(text));
      RC_ASSERT(*mapped->EncodeAsReferencePlain(text) == *created.EncodeAsReferencePlain(text));
    }));
    const std::vector<std::byte> once = created.Serialise();
    EXPECT_TRUE(once == mapped->Serialise());
  }
}

// FNV-1a of a small vocabulary's bytes. Whoever has to change it raises the layout version in
// tokenizer_bytes.cc: stored ones would be read wrongly.
TEST_F(StoredTokenizer, LayoutIsKnown) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const std::byte byte : Make("qwen2").Serialise()) {
    hash = (hash ^ std::to_integer<uint64_t>(byte)) * 0x100000001b3;
  }
  EXPECT_EQ(hash, 0xcf4a10ecc66f3ccc) << std::hex << hash;
}

TEST_F(StoredTokenizer, CutOrMisplacedIsRefused) {
  const std::vector<std::byte> whole = Make("qwen2").Serialise();
  for (size_t size = 0; size < whole.size(); ++size) {
    Put(std::span(whole).first(size));
    const auto mapped = Map();
    ASSERT_FALSE(mapped) << size;
    EXPECT_EQ(mapped.error().code, ErrorCode::kInvalidFile);
  }
  std::vector<uint32_t> room(whole.size() / 4 + 2);
  std::byte* const odd = std::as_writable_bytes(std::span(room)).data() + 1;
  std::memcpy(odd, whole.data(), whole.size());
  EXPECT_FALSE(Tokenizer::Map({odd, whole.size()}));
}

// Offsets in the bytes of Mixed("qwen2"): 278 tokens, 32 slots of merges.
TEST_F(StoredTokenizer, LiesAreRefused) {
  constexpr size_t kVocabulary = 48;
  constexpr size_t kByteIds = kVocabulary + 16;
  constexpr size_t kSlots = kByteIds + 256 * 4;
  constexpr size_t kOffsets = kSlots + 32 * 16;
  constexpr size_t kTypes = kOffsets + 279 * 4;
  constexpr size_t kControl = 272;  // <|im_end|>
  const std::vector<std::byte> whole = Make("qwen2").Serialise();
  const auto expect_refused = [&](const char* what, const std::function<void()>& change) {
    Put(whole);
    ASSERT_TRUE(Map());
    change();
    const auto mapped = Map();
    ASSERT_FALSE(mapped) << what;
    EXPECT_FALSE(mapped.error().message.empty());
  };
  expect_refused("version", [&] { Write(0, 2); });
  expect_refused("bos", [&] { Write(4, 278); });
  expect_refused("eos", [&] { Write(8, -2); });
  expect_refused("pre", [&] { words_[16] = 'Q'; });
  expect_refused("pre that does not end", [&] { std::memset(words_ + 16, 'q', 32); });
  expect_refused("tokens", [&] { Write(kVocabulary, 277); });
  expect_refused("all tokens", [&] { Write(kVocabulary, -1); });
  expect_refused("slots", [&] { Write(kVocabulary + 4, 31); });
  expect_refused("no slots", [&] { Write(kVocabulary + 4, 0); });
  expect_refused("byte outside", [&] { Write(kByteIds, 278); });
  expect_refused("byte is an added token", [&] { Write(kByteIds, kControl); });
  expect_refused("offset backwards", [&] { Write(kOffsets + 4 * 5, 1000); });
  expect_refused("first offset", [&] { Write(kOffsets, 1); });
  expect_refused("last offset", [&] { Write(kOffsets + 4 * 278, Read(kOffsets + 4 * 278) + 1); });
  expect_refused("type 0", [&] { words_[kTypes + 7] = 0; });
  expect_refused("type 6", [&] { words_[kTypes + 7] = 6; });
  expect_refused("byte became an added token", [&] { words_[kTypes + 'a'] = 3; });
  // <|im_end|>x loses its x, and is the token before it.
  const size_t end_of_longer = kOffsets + 4 * (kControl + 2);
  expect_refused("added twice", [&] { Write(end_of_longer, Read(end_of_longer) - 1); });
  expect_refused("added and empty", [&] { words_[kTypes + 276] = 3; });
  size_t used = kSlots;
  while (Read(used) < 0) used += 16;
  size_t unused = kSlots;
  while (Read(unused) >= 0) unused += 16;
  expect_refused("a free slot that merges", [&] { Write(unused + 8, 0); });
  expect_refused("left", [&] { Write(used, -2); });
  expect_refused("left is added", [&] { Write(used, kControl); });
  expect_refused("right", [&] { Write(used + 4, 278); });
  expect_refused("result is added", [&] { Write(used + 12, kControl); });
  expect_refused("a full table", [&] {
    for (size_t slot = kSlots; slot < kOffsets; slot += 16)
      std::memcpy(words_ + slot, words_ + used, 16);
  });
}

}  // namespace
}  // namespace yixin
