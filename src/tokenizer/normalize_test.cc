#include "tokenizer/normalize.h"

#include <gtest/gtest.h>
#include <utf8proc.h>

#include <cstdlib>
#include <random>

#include "base/utf8.h"

namespace yixin {
namespace {

std::string OneCharacter(char32_t c) {
  std::string text;
  AppendUtf8(c, text);
  return text;
}

// utf8proc's own NFC: right, but for U+11A7, and quadratic.
std::string SlowNfc(const std::string& text) {
  utf8proc_uint8_t* normal = nullptr;
  const auto length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &normal,
                   static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  EXPECT_GE(length, 0);
  std::string result(reinterpret_cast<char*>(normal), static_cast<size_t>(length));
  std::free(normal);
  return result;
}

TEST(Normalize, KnownForms) {
  EXPECT_EQ(NormalizeNfc(""), "");
  EXPECT_EQ(NormalizeNfc("plain"), "plain");
  EXPECT_EQ(NormalizeNfc("e\u0301"), "\u00e9");
  EXPECT_EQ(NormalizeNfc("\u1e9b\u0323"), "\u1e9b\u0323");
  EXPECT_EQ(NormalizeNfc("q\u0307\u0323"), "q\u0323\u0307") << "marks in canonical order";
  EXPECT_EQ(NormalizeNfc("\u212b\u2126"), "\u00c5\u03a9") << "singletons";
  EXPECT_EQ(NormalizeNfc("\u1112\u1161\u11ab"), "한") << "Hangul";
  EXPECT_EQ(NormalizeNfc("하\u11ab"), "한");
  EXPECT_EQ(NormalizeNfc("\u0958"), "\u0915\u093c") << "excluded from composition";
  EXPECT_EQ(NormalizeNfc("\u0344"), "\u0308\u0301");
  EXPECT_EQ(NormalizeNfc("ﬁ㈱"), "ﬁ㈱") << "compatibility forms stay";
  EXPECT_EQ(NormalizeNfc("か\u3099"), "が");
}

TEST(Normalize, TheVowelBeforeTheTrailingConsonantsStays) {
  EXPECT_EQ(NormalizeNfc("하\u11a7"), "하\u11a7");
  EXPECT_EQ(NormalizeNfc("\u1112\u1161\u11a7\u11a7\u11a8"), "하\u11a7\u11a7\u11a8");
  EXPECT_EQ(NormalizeNfc("\u11a7"), "\u11a7");
  EXPECT_EQ(NormalizeNfc("e\u0301\u11a7e\u0301"), "é\u11a7é");
}

TEST(Normalize, EveryCodePointInThreeContexts) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    if ((c >= 0xd800 && c <= 0xdfff) || c == 0x11a7) continue;
    const std::string character = OneCharacter(c);
    for (const std::string& text :
         {character, "e\u0323" + character + "\u0301", "하" + character}) {
      ASSERT_EQ(NormalizeNfc(text), SlowNfc(text)) << std::hex << uint32_t{c};
    }
  }
}

TEST(Normalize, RandomMarksAndParts) {
  std::mt19937 random(7);
  const auto pick = [&](char32_t low, char32_t high) {
    return low + static_cast<char32_t>(random() % (high - low + 1));
  };
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i) {
      switch (random() % 6) {
        case 0:
          AppendUtf8(pick('a', 'z'), text);
          break;
        case 1:
          AppendUtf8(pick(0x1100, 0x11a6), text);
          break;
        case 2:
          AppendUtf8(pick(0x11a8, 0x11ff), text);
          break;
        case 3:
          AppendUtf8(pick(0xac00, 0xd7a3), text);
          break;
        case 4:
          AppendUtf8(pick(0x900, 0xdff), text);
          break;
        default:
          AppendUtf8(pick(0x300, 0x36f), text);
      }
    }
    const std::string normal = NormalizeNfc(text);
    ASSERT_EQ(normal, SlowNfc(text)) << text;
    ASSERT_EQ(NormalizeNfc(normal), normal) << text;
  }
}

// Swapping neighbours would need 10^11 steps.
TEST(Normalize, AMegabyteOfMarksTakesNoTime) {
  std::string text = "a";
  for (int i = 0; i < 1 << 19; ++i) text += "\u0301";
  for (int i = 0; i < 1 << 19; ++i) text += "\u0323";
  const std::string normal = NormalizeNfc(text);
  EXPECT_EQ(normal.substr(0, 5), "\u1ea1\u0323") << "below comes before above";
  EXPECT_EQ(normal.size(), text.size()) << "a and one mark, 3 bytes, became one letter of 3";
  EXPECT_EQ(normal.substr(normal.size() - 2), "\u0301");
}

}  // namespace
}  // namespace yixin
