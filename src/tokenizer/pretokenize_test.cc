#include "tokenizer/pretokenize.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tokenizer/character_class.h"

namespace yixin {
namespace {

using Pieces = std::vector<std::string>;

Pieces Split(PieceEndFunction piece_end, std::string_view text) {
  Pieces pieces;
  for (size_t start = 0; start < text.size();) {
    const size_t end = piece_end(text, start);
    if (end <= start || end > text.size()) {
      ADD_FAILURE() << "no progress at " << start;
      break;
    }
    pieces.emplace_back(text.substr(start, end - start));
    start = end;
  }
  return pieces;
}

// The slow reference: the regular expressions themselves, matched by plain backtracking. An atom is
// a set of characters and how often; an alternative is a list of atoms, perhaps with the lookahead
// (?!\S) behind it.
using Set = std::function<bool(CharacterClass, char)>;
struct Atom {
  Set set;
  int least;
  int most;
};
struct Alternative {
  std::vector<Atom> atoms;
  bool not_before_word = false;
};

constexpr int kMany = 1 << 20;

bool IsSpace(CharacterClass kind) {
  return kind == CharacterClass::kSpace || kind == CharacterClass::kNewline;
}
bool Letter(CharacterClass kind, char) { return kind == CharacterClass::kLetter; }
bool Number(CharacterClass kind, char) { return kind == CharacterClass::kNumber; }
bool Other(CharacterClass kind, char) { return kind == CharacterClass::kOther; }
bool Space(CharacterClass kind, char) { return IsSpace(kind); }
bool Newline(CharacterClass kind, char) { return kind == CharacterClass::kNewline; }
bool Blank(CharacterClass, char first_byte) { return first_byte == ' '; }
bool NoNewlineLetterNumber(CharacterClass kind, char) {
  return kind == CharacterClass::kOther || kind == CharacterClass::kSpace;
}

std::vector<Alternative> Contractions(bool any_case) {
  std::vector<Alternative> alternatives;
  for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
    Alternative alternative;
    for (const char letter : ending) {
      alternative.atoms.push_back({[letter, any_case](CharacterClass, char c) {
                                     return c == letter ||
                                            (any_case && letter != '\'' && c == letter - 'a' + 'A');
                                   },
                                   1, 1});
    }
    alternatives.push_back(alternative);
  }
  return alternatives;
}

std::vector<Alternative> Qwen2Expression() {
  std::vector<Alternative> expression = Contractions(/*any_case=*/true);
  expression.push_back({{{NoNewlineLetterNumber, 0, 1}, {Letter, 1, kMany}}});
  expression.push_back({{{Number, 1, 1}}});
  expression.push_back({{{Blank, 0, 1}, {Other, 1, kMany}, {Newline, 0, kMany}}});
  expression.push_back({{{Space, 0, kMany}, {Newline, 1, kMany}}});
  expression.push_back({{{Space, 1, kMany}}, /*not_before_word=*/true});
  expression.push_back({{{Space, 1, kMany}}});
  return expression;
}

std::vector<Alternative> Gpt2Expression() {
  std::vector<Alternative> expression = Contractions(/*any_case=*/false);
  expression.push_back({{{Blank, 0, 1}, {Letter, 1, kMany}}});
  expression.push_back({{{Blank, 0, 1}, {Number, 1, kMany}}});
  expression.push_back({{{Blank, 0, 1}, {Other, 1, kMany}}});
  expression.push_back({{{Space, 1, kMany}}, /*not_before_word=*/true});
  expression.push_back({{{Space, 1, kMany}}});
  return expression;
}

// Texts of one byte a character, so that positions are characters.
size_t MatchAtoms(std::string_view text, size_t offset, const Alternative& alternative,
                  size_t atom_index) {
  if (atom_index == alternative.atoms.size()) {
    const bool word_follows = offset < text.size() && !IsSpace(CharacterAt(text, offset).kind);
    return alternative.not_before_word && word_follows ? 0 : offset;
  }
  const Atom& atom = alternative.atoms[atom_index];
  int count = 0;
  while (count < atom.most && offset + count < text.size() &&
         atom.set(CharacterAt(text, offset + count).kind, text[offset + count])) {
    ++count;
  }
  for (; count >= atom.least; --count) {
    const size_t end = MatchAtoms(text, offset + count, alternative, atom_index + 1);
    if (end != 0) return end;
  }
  return 0;
}

size_t ExpressionEnd(std::string_view text, size_t start,
                     const std::vector<Alternative>& expression) {
  for (const Alternative& alternative : expression) {
    const size_t end = MatchAtoms(text, start, alternative, 0);
    if (end > start) return end;
  }
  return 0;
}

// Every text of up to six characters over one of each kind.
TEST(Pretokenize, ScannersMatchTheirExpressions) {
  constexpr std::string_view kAlphabet = "as'. \t\n1";
  const auto qwen2 = Qwen2Expression();
  const auto gpt2 = Gpt2Expression();
  std::string text;
  for (size_t length = 1; length <= 6; ++length) {
    size_t total = 1;
    for (size_t i = 0; i < length; ++i) total *= kAlphabet.size();
    for (size_t number = 0; number < total; ++number) {
      text.clear();
      for (size_t rest = number, i = 0; i < length; ++i, rest /= kAlphabet.size()) {
        text.push_back(kAlphabet[rest % kAlphabet.size()]);
      }
      // Every start is the start of some other text; the whole text's first piece is enough.
      ASSERT_EQ(Qwen2PieceEnd(text, 0), ExpressionEnd(text, 0, qwen2))
          << testing::PrintToString(text);
      ASSERT_EQ(Gpt2PieceEnd(text, 0), ExpressionEnd(text, 0, gpt2))
          << testing::PrintToString(text);
    }
  }
}

TEST(Pretokenize, ContractionsMatchTheirExpressions) {
  const auto qwen2 = Qwen2Expression();
  const auto gpt2 = Gpt2Expression();
  for (char a = 'A'; a <= 'z'; ++a) {
    for (char b = 'A'; b <= 'z'; ++b) {
      for (const std::string& text : {std::string{'\'', a}, std::string{'\'', a, b, 'x'}}) {
        EXPECT_EQ(Qwen2PieceEnd(text, 0), ExpressionEnd(text, 0, qwen2)) << text;
        EXPECT_EQ(Gpt2PieceEnd(text, 0), ExpressionEnd(text, 0, gpt2)) << text;
      }
    }
  }
}

TEST(Pretokenize, Qwen2) {
  const auto split = [](std::string_view text) { return Split(Qwen2PieceEnd, text); };
  EXPECT_EQ(split(""), Pieces());
  EXPECT_EQ(split("I'm DON'T"), (Pieces{"I", "'m", " DON", "'T"}));
  EXPECT_EQ(split("ſ'ſ'ſx"), (Pieces{"ſ", "'ſ", "'ſ", "x"})) << "U+017F is an s in any case";
  EXPECT_EQ(split("'re'LL'vx"), (Pieces{"'re", "'LL", "'vx"}));
  EXPECT_EQ(split("x  123"), (Pieces{"x", " ", " ", "1", "2", "3"}));
  EXPECT_EQ(split("१२½"), (Pieces{"१", "२", "½"}));
  EXPECT_EQ(split(" \n \n  a"), (Pieces{" \n \n", " ", " a"}));
  EXPECT_EQ(split("!!\r\n\nx"), (Pieces{"!!\r\n\n", "x"}));
  EXPECT_EQ(split("\ta。正"), (Pieces{"\ta", "。正"}));
  EXPECT_EQ(split("e\u0301e"), (Pieces{"e", "\u0301e"})) << "a mark is no letter";
  EXPECT_EQ(split("\u3000正\u2028\u0085"), (Pieces{"\u3000正", "\u2028\u0085"}));
  EXPECT_EQ(split("\na"), (Pieces{"\n", "a"}));
}

TEST(Pretokenize, Gpt2) {
  const auto split = [](std::string_view text) { return Split(Gpt2PieceEnd, text); };
  EXPECT_EQ(split("I'm DON'T"), (Pieces{"I", "'m", " DON", "'", "T"}));
  EXPECT_EQ(split("x    6"), (Pieces{"x", "   ", " 6"}));
  EXPECT_EQ(split("123 १२"), (Pieces{"123", " १२"}));
  EXPECT_EQ(split("a\n\n b "), (Pieces{"a", "\n\n", " b", " "}));
  EXPECT_EQ(split("\u3000正"), (Pieces{"\u3000", "正"})) << "only the ASCII space joins a word";
}

// A scan that went back over the run for each piece would take hours.
TEST(Pretokenize, LongRunsTakeLinearTime) {
  const std::string spaces(1 << 20, ' ');
  const std::string newlines(1 << 20, '\n');
  const std::string digits(1 << 20, '7');
  for (const PieceEndFunction piece_end : {Qwen2PieceEnd, Gpt2PieceEnd}) {
    EXPECT_EQ(Split(piece_end, spaces).size(), 1u);
    EXPECT_EQ(Split(piece_end, spaces + "a").size(), 2u);
    EXPECT_EQ(Split(piece_end, newlines).size(), 1u);
    EXPECT_EQ(Split(piece_end, newlines + spaces + "1").back().back(), '1');
    EXPECT_EQ(Split(piece_end, std::string(1 << 20, '\'')).size(), 1u);
    EXPECT_LE(Split(piece_end, digits).size(), digits.size());
  }
}

TEST(Pretokenize, AreFoundByName) {
  const auto qwen2 = FindPretokenizer("qwen2");
  ASSERT_TRUE(qwen2);
  EXPECT_TRUE((*qwen2)->normalize_nfc);
  const auto smollm = FindPretokenizer("smollm");
  ASSERT_TRUE(smollm);
  EXPECT_FALSE((*smollm)->normalize_nfc);
  for (const char* name : {"", "Qwen2", "qwen", "llama-bpe"}) {
    const auto unknown = FindPretokenizer(name);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, ErrorCode::kUnsupported);
    EXPECT_NE(unknown.error().message.find("qwen2, smollm"), std::string::npos);
  }
}

}  // namespace
}  // namespace yixin
