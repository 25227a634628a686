#include "table/transcoder.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

constexpr const char* kText = "好 |,\"\\ é 😀 𠮷 €\n";

std::string Converted(Transcoder transcoder, std::string_view bytes, bool* is_valid = nullptr) {
  std::string out;
  const bool valid = transcoder.Append(bytes, out);
  if (is_valid != nullptr) *is_valid = valid;
  return out;
}

TEST(TranscoderTest, ThereAndBack) {
  for (const TextEncoding encoding : {TextEncoding::kUtf8, TextEncoding::kUtf16Le,
                                      TextEncoding::kUtf16Be, TextEncoding::kGb18030}) {
    const std::string bytes = Converted(*Transcoder::FromUtf8(encoding), kText);
    EXPECT_EQ(Converted(*Transcoder::ToUtf8(encoding), bytes), kText) << EncodingName(encoding);
  }
  EXPECT_EQ(Converted(*Transcoder::FromUtf8(TextEncoding::kGb18030), "好😀"),
            "\xba\xc3\x94\x39\xfc\x36");
}

TEST(TranscoderTest, LongerThanItsBlock) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += kText;
  const std::string gb = Converted(*Transcoder::FromUtf8(TextEncoding::kGb18030), text);
  EXPECT_EQ(Converted(*Transcoder::ToUtf8(TextEncoding::kGb18030), gb), text);
}

TEST(TranscoderTest, BrokenPartsAreReplacedAndSaid) {
  struct Case {
    TextEncoding encoding;
    std::string bytes;
    const char* text;
  };
  for (const Case& c : {Case{TextEncoding::kUtf8, "a\xFFz", "a\uFFFDz"},
                        {TextEncoding::kGb18030, "a\xFFz", "a\uFFFDz"},
                        {TextEncoding::kGb18030, "a\xba", "a\uFFFD"},
                        {TextEncoding::kUtf16Le, std::string("a\0\x00\xd8z\0", 6), "a\uFFFDz"},
                        {TextEncoding::kUtf16Be, std::string("\0a\0", 3), "a\uFFFD"}}) {
    bool is_valid = true;
    EXPECT_EQ(Converted(*Transcoder::ToUtf8(c.encoding), c.bytes, &is_valid), c.text);
    EXPECT_FALSE(is_valid);
  }
  bool is_valid = true;
  EXPECT_EQ(Converted(*Transcoder::FromUtf8(TextEncoding::kGb18030), "a\xFFz", &is_valid),
            "a\x84\x31\xa4\x37z");
  EXPECT_FALSE(is_valid);
}

TEST(TranscoderTest, ABrokenLineLeavesNothingToTheNext) {
  Transcoder transcoder = *Transcoder::ToUtf8(TextEncoding::kGb18030);
  std::string out;
  EXPECT_FALSE(transcoder.Append("\x81", out));
  out.clear();
  EXPECT_TRUE(transcoder.Append("\xba\xc3", out));
  EXPECT_EQ(out, "好");
}

}  // namespace
}  // namespace yixin
