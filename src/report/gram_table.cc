// Tested by: gram_table_test.cc
#include "report/gram_table.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace yixin {
namespace {

constexpr size_t kMostGram = 4;
constexpr size_t kMostBytesOfText = 4096;  // what a long text says is said by then
constexpr double kTelling = 1.96;          // 95 %
constexpr double kLeastTexts = 3;          // fewer are one person's words
// Grams that stand in so large a share of each other's texts are one expression.
constexpr double kTogether = 0.6;
// The prior weighs as much as so many grams of each label.
constexpr double kPriorGrams = 500;

enum class Kind { kBreak, kWord, kCharacter };

struct Character {
  std::string_view bytes;
  Kind kind;
};

// Scripts with spaces have words of letters; ideographs and the like stand for themselves.
Kind KindOf(uint32_t point) {
  if (point < 0x80) {
    const bool is_alnum = (point >= '0' && point <= '9') || (point >= 'a' && point <= 'z') ||
                          (point >= 'A' && point <= 'Z');
    return is_alnum ? Kind::kWord : Kind::kBreak;
  }
  if (point < 0xC0 || (point >= 0x2000 && point < 0x2E80)) return Kind::kBreak;  // punctuation
  if (point < 0x2000) return Kind::kWord;
  if (point >= 0x3000 && point < 0x3040) return Kind::kBreak;  // CJK punctuation
  if (point >= 0xFE00 && point < 0xFF10) return Kind::kBreak;
  if (point >= 0xFF1A && point < 0xFF21) return Kind::kBreak;  // full-width marks
  if (point >= 0xFF3B && point < 0xFF41) return Kind::kBreak;
  if (point >= 0xFF5B && point < 0xFF66) return Kind::kBreak;
  return Kind::kCharacter;
}

// In: valid UTF-8; what is not counts as a break.
std::vector<Character> Split(std::string_view text) {
  std::vector<Character> out;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (i + length > text.size()) break;
    uint32_t point = length == 1 ? lead : lead & (0xFFu >> (length + 1));
    for (size_t k = 1; k < length; ++k) {
      point = point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3F);
    }
    out.push_back({text.substr(i, length), KindOf(point)});
    i += length;
  }
  return out;
}

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

uint64_t Total(const std::vector<uint32_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

// Whether one holds the other, or the end of one is the beginning of the other by two characters.
bool Overlap(std::string_view a, std::string_view b) {
  if (a.find(b) != std::string_view::npos || b.find(a) != std::string_view::npos) return true;
  constexpr size_t kTwoCharacters = 6;  // bytes of two ideographs
  const size_t most = std::min(a.size(), b.size());
  for (size_t length = kTwoCharacters; length < most; ++length) {
    if (a.substr(a.size() - length) == b.substr(0, length)) return true;
    if (b.substr(b.size() - length) == a.substr(0, length)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> GramsOf(std::string_view text) {
  const std::vector<Character> characters = Split(text.substr(0, kMostBytesOfText));
  std::vector<std::string> grams;
  for (size_t i = 0; i < characters.size();) {
    if (characters[i].kind == Kind::kBreak) {
      ++i;
      continue;
    }
    const bool is_word = characters[i].kind == Kind::kWord;
    std::string gram;
    size_t end = i;
    for (; end < characters.size() && characters[end].kind == characters[i].kind; ++end) {
      gram += characters[end].bytes;
      const size_t length = end - i + 1;
      if (!is_word && length >= 2) grams.push_back(gram);
      if (!is_word && length == kMostGram) break;
    }
    if (is_word && gram.size() > 1) grams.push_back(LowerAscii(gram));
    i = is_word ? end : i + 1;
  }
  std::sort(grams.begin(), grams.end());
  grams.erase(std::unique(grams.begin(), grams.end()), grams.end());
  return grams;
}

GramTable::GramTable(size_t labels, size_t most_grams)
    : labels_(labels), most_grams_(std::max<size_t>(most_grams, 1)) {}

void GramTable::Add(size_t label, std::string_view text) {
  for (std::string& gram : GramsOf(text)) {
    auto& counts = counts_[std::move(gram)];
    counts.resize(labels_);
    ++counts[label];
  }
  while (counts_.size() > most_grams_) DropRare();
}

void GramTable::DropRare() {
  std::erase_if(counts_, [this](const auto& entry) { return Total(entry.second) <= least_; });
  ++least_;
}

std::vector<TellingGram> GramTable::Telling(size_t label, size_t count) const {
  double own = 0;
  double all = 0;
  for (const auto& [gram, counts] : counts_) {
    own += counts[label];
    all += static_cast<double>(Total(counts));
  }
  std::vector<TellingGram> found;
  for (const auto& [gram, counts] : counts_) {
    const auto total = static_cast<double>(Total(counts));
    const double here = counts[label];
    const double there = total - here;
    // The prior: what all texts say, as heavy as kPriorGrams grams.
    const double prior = kPriorGrams * total / all;
    const double a = std::log((here + prior) / (own + kPriorGrams - here - prior));
    const double b = std::log((there + prior) / (all - own + kPriorGrams - there - prior));
    const double z = (a - b) / std::sqrt(1 / (here + prior) + 1 / (there + prior));
    if (z >= kTelling && here >= kLeastTexts) found.push_back({gram, z, counts[label]});
  }
  // The order of a hash table is nobody's.
  std::ranges::sort(found, [](const TellingGram& x, const TellingGram& y) {
    return x.z != y.z ? x.z > y.z : x.gram < y.gram;
  });
  std::vector<TellingGram> kept;
  for (const TellingGram& one : found) {
    const auto is_rival = [&](const TellingGram& other) {
      const auto fewer = static_cast<double>(std::min(one.texts, other.texts));
      const auto more = static_cast<double>(std::max(one.texts, other.texts));
      return Overlap(one.gram, other.gram) && fewer >= kTogether * more;
    };
    const auto is_part = [&](const TellingGram& other) {
      return is_rival(other) && one.gram.size() > other.gram.size() &&
             one.gram.find(other.gram) != std::string::npos;
    };
    if (const auto part = std::ranges::find_if(kept, is_part); part != kept.end()) {
      // The whole expression stands where its first part stood.
      *part = one;
      const auto is_another = [&](const TellingGram& other) {
        return &other != &*part && is_part(other);
      };
      kept.erase(std::remove_if(part + 1, kept.end(), is_another), kept.end());
    } else if (std::ranges::none_of(kept, is_rival) && kept.size() < count) {
      kept.push_back(one);
    }
  }
  return kept;
}

}  // namespace yixin
