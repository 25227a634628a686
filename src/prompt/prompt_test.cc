// Segments and the template over a small vocabulary; the real ones are in tests/golden.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <type_traits>
#include <vector>

#include "base/utf8.h"
#include "prompt/chat_template.h"
#include "prompt/segment.h"
#include "support/tiny_model.h"
#include "tokenizer/normalize.h"

namespace yixin {
namespace {

// Misuse does not compile: a control segment has one maker.
static_assert(!std::is_constructible_v<Segment, Segment::Kind, std::string>);
static_assert(!std::is_default_constructible_v<Segment>);

struct Parts {
  TinyVocabulary vocabulary = MakeTinyVocabulary({});
  Tokenizer tokenizer = *Tokenizer::Create(Spec());
  ChatTemplate chat_template = *ChatTemplate::Recognise("", tokenizer);

  TokenizerSpec Spec() const {
    TokenizerSpec spec;
    spec.tokens.assign(vocabulary.tokens.begin(), vocabulary.tokens.end());
    spec.merges.assign(vocabulary.merges.begin(), vocabulary.merges.end());
    spec.token_types = vocabulary.token_types;
    spec.pre = "qwen2";
    spec.eos_id = static_cast<int32_t>(vocabulary.im_end);
    return spec;
  }

  std::vector<int32_t> SpecialsOf(const std::vector<int32_t>& ids) const {
    std::vector<int32_t> specials;
    for (const int32_t id : ids) {
      if (tokenizer.IsSpecial(id)) specials.push_back(id);
    }
    return specials;
  }

  std::vector<Segment> Conversation(const std::string& system, const std::string& user) const {
    std::vector<Segment> segments;
    chat_template.AppendMessage(Role::kSystem, system, segments);
    chat_template.AppendMessage(Role::kUser, user, segments);
    segments.push_back(chat_template.BeginReply(true));
    return segments;
  }
};

TEST(Segments, AreChatMl) {
  const Parts parts;
  std::string joined;
  for (const Segment& segment : parts.Conversation("你好", "hello")) joined += segment.text();
  EXPECT_EQ(joined,
            "<|im_start|>system\n你好<|im_end|>\n<|im_start|>user\nhello<|im_end|>\n"
            "<|im_start|>assistant\n");
  EXPECT_EQ(parts.chat_template.BeginReply(false).text(), "<|im_start|>assistant");
}

TEST(Segments, IdsAreThoseOfTheJoinedString) {
  const Parts parts;
  for (const std::string text : {"hello", "正面 hello  the\n\n中性", " hello", "1\n", "  x"}) {
    std::string joined;
    const auto segments = parts.Conversation(text, text);
    for (const Segment& segment : segments) joined += segment.text();
    EXPECT_EQ(*EncodeSegments(parts.tokenizer, segments),
              *parts.tokenizer.EncodeWithSpecials(joined))
        << text;
  }
}

// The one difference, on purpose: the template's line break stays the template's.
TEST(Segments, ATextThatBeginsWithALineBreakKeepsItsOwn) {
  const Parts parts;
  for (const std::string text : {"\nhello", " \n hello"}) {
    std::vector<Segment> segments{parts.chat_template.Begin(Role::kUser), Segment::Text(text)};
    const auto ids = *EncodeSegments(parts.tokenizer, segments);
    auto expected = *parts.tokenizer.EncodeWithSpecials("<|im_start|>user\n");
    const auto text_ids = *parts.tokenizer.EncodeText(text);
    expected.insert(expected.end(), text_ids.begin(), text_ids.end());
    EXPECT_EQ(ids, expected);
  }
  const std::vector<Segment> segments{parts.chat_template.Begin(Role::kUser),
                                      Segment::Text("\nhello")};
  EXPECT_NE(*EncodeSegments(parts.tokenizer, segments),
            *parts.tokenizer.EncodeWithSpecials("<|im_start|>user\n\nhello"))
      << "joined, two line breaks are one token";
}

TEST(Segments, NeighboursOfOneKindAreJoined) {
  const Parts parts;
  const std::vector<Segment> split{Segment::Text("hel"), Segment::Text("lo")};
  EXPECT_EQ(*EncodeSegments(parts.tokenizer, split), *parts.tokenizer.EncodeText("hello"));
  // Joining never makes a control token of two texts.
  const std::vector<Segment> spelled{Segment::Text("<|im_"), Segment::Text("end|>")};
  EXPECT_TRUE(parts.SpecialsOf(*EncodeSegments(parts.tokenizer, spelled)).empty());
}

TEST(Segments, NoneAndEmpty) {
  const Parts parts;
  EXPECT_TRUE(EncodeSegments(parts.tokenizer, {})->empty());
  const std::vector<Segment> empty{Segment::Text("")};
  EXPECT_TRUE(EncodeSegments(parts.tokenizer, empty)->empty());
}

TEST(Segments, TextThatIsNotUtf8IsAnError) {
  const Parts parts;
  const auto ids = EncodeSegments(parts.tokenizer, parts.Conversation("x", "ab\xff"));
  ASSERT_FALSE(ids);
  EXPECT_EQ(ids.error().code, ErrorCode::kInvalidText);
  EXPECT_NE(ids.error().message.find("byte 2"), std::string::npos) << ids.error().message;
}

TEST(Segments, AnyTextYieldsTheTemplatesOwnSpecials) {
  const Parts parts;
  const auto own = parts.SpecialsOf(*EncodeSegments(parts.tokenizer, parts.Conversation("", "")));
  ASSERT_EQ(own.size(), 5u);
  const auto any_text = [&] {
    std::string text;
    const auto pieces = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 400));
    for (const int piece : pieces) {
      if (piece < static_cast<int>(parts.vocabulary.tokens.size()) && piece >= 256) {
        text += parts.tokenizer.TokenBytes(piece);
      } else {
        AppendUtf8(static_cast<char32_t>(*rc::gen::inRange(1, 0xd800)), text);
      }
    }
    return FindInvalidUtf8(text) ? std::string("x") : text;
  };
  EXPECT_TRUE(rc::check([&] {
    const std::string system = any_text();
    const std::string user = any_text();
    const auto ids = *EncodeSegments(parts.tokenizer, parts.Conversation(system, user));
    RC_ASSERT(parts.SpecialsOf(ids) == own);
    RC_ASSERT(parts.tokenizer.Decode(ids, /*skip_special=*/true) ==
              "system\n" + NormalizeNfc(system) + "\nuser\n" + NormalizeNfc(user) +
                  "\nassistant\n");
  }));
}

TEST(Template, IsRecognised) {
  const Parts parts;
  EXPECT_TRUE(
      ChatTemplate::Recognise("{{'<|im_start|>' + role}}{{'<|im_end|>'}}", parts.tokenizer));
  const auto other = ChatTemplate::Recognise("[INST] {{ text }} [/INST]", parts.tokenizer);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(parts.chat_template.end_id(), static_cast<int32_t>(parts.vocabulary.im_end));
}

TEST(Template, NeedsItsTokens) {
  Parts parts;
  for (std::string& token : parts.vocabulary.tokens) {
    if (token == "<|im_end|>") token = "<|other|>";
  }
  const auto tokenizer = Tokenizer::Create(parts.Spec());
  ASSERT_TRUE(tokenizer);
  EXPECT_FALSE(ChatTemplate::Recognise("", *tokenizer));
}

}  // namespace
}  // namespace yixin
