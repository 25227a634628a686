// Tested by: rating_test.cc
#include "bulk/rating.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace yixin {
namespace {

struct ScaleTraits {
  const char* name;
  double lowest;
  double highest;
  double bad;   // and below
  double good;  // and above
};
// 0 stars are few stars; a hundred's 60 is a pass in school, and no praise.
constexpr std::array<ScaleTraits, 5> kScales = {{{"words", 0, -1, 0, 0},
                                                 {"0-1", 0, 1, 0.4, 0.6},
                                                 {"1-5", 0, 5, 2, 4},
                                                 {"1-10", 0, 10, 4, 7},
                                                 {"0-100", 0, 100, 40, 70}}};
static_assert(kScales.size() == static_cast<size_t>(RatingScale::kZeroToHundred) + 1);

const ScaleTraits& TraitsOf(RatingScale scale) { return kScales[static_cast<size_t>(scale)]; }

struct Word {
  std::string_view word;  // ASCII letters small
  Verdict verdict;
};
constexpr Verdict kBad = Verdict::kBad;
constexpr Verdict kMiddle = Verdict::kMiddle;
constexpr Verdict kGood = Verdict::kGood;
constexpr std::array kWords = {
    Word{"正面", kGood},      Word{"积极", kGood},    Word{"好评", kGood},
    Word{"好", kGood},        Word{"满意", kGood},    Word{"推荐", kGood},
    Word{"表扬", kGood},      Word{"正", kGood},      Word{"positive", kGood},
    Word{"pos", kGood},       Word{"good", kGood},    Word{"负面", kBad},
    Word{"消极", kBad},       Word{"差评", kBad},     Word{"差", kBad},
    Word{"坏", kBad},         Word{"不满意", kBad},   Word{"不推荐", kBad},
    Word{"投诉", kBad},       Word{"负", kBad},       Word{"negative", kBad},
    Word{"neg", kBad},        Word{"bad", kBad},      Word{"中性", kMiddle},
    Word{"中立", kMiddle},    Word{"中评", kMiddle},  Word{"一般", kMiddle},
    Word{"neutral", kMiddle}, Word{"mixed", kMiddle}, Word{"average", kMiddle},
};

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

// "★★★☆☆" -> 3. Nothing but stars.
std::optional<double> CountStars(std::string_view text) {
  constexpr std::string_view kFull = "★";
  constexpr std::string_view kEmpty = "☆";
  static_assert(kFull.size() == kEmpty.size());
  int full = 0;
  for (; !text.empty(); text.remove_prefix(kFull.size())) {
    if (!text.starts_with(kFull) && !text.starts_with(kEmpty)) return std::nullopt;
    full += text.starts_with(kFull) ? 1 : 0;
  }
  return full;
}

// "4", "4.5", "4 星", "80分", "5 stars", "★★★".
std::optional<double> NumberOf(std::string_view rating) {
  std::string_view text = Trimmed(rating);
  if (text.empty()) return std::nullopt;
  if (const auto stars = CountStars(text)) return stars;
  for (const std::string_view unit : {"星", "分", "stars", "star"}) {
    if (!text.ends_with(unit)) continue;
    text = Trimmed(text.substr(0, text.size() - unit.size()));
    break;
  }
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;  // NaN is on no scale
}

Error Refused(const std::string& column, const std::string& words) {
  return {ErrorCode::kInvalidArgument, "--compare-column " + column + ": " + words, column};
}

// Of cells that have numbers.
Result<RatingScale> ScaleOf(const std::string& column, std::span<const double> numbers) {
  const auto [lowest, highest] = std::minmax_element(numbers.begin(), numbers.end());
  const bool on_a_scale = std::all_of(numbers.begin(), numbers.end(),
                                      [](double number) { return number >= 0 && number <= 100; });
  if (!on_a_scale) {
    return Refused(column, "its numbers are on none of the scales 0-1, 1-5, 1-10 and 0-100");
  }
  if (*highest <= 1 && *lowest == 1) {
    return Refused(column,
                   "its first rows are all 1, the best of 0-1 or the worst of 1-5; say "
                   "which by --compare-scale");
  }
  for (const RatingScale scale :
       {RatingScale::kZeroToOne, RatingScale::kOneToFive, RatingScale::kOneToTen}) {
    if (*highest <= TraitsOf(scale).highest) return scale;
  }
  return RatingScale::kZeroToHundred;
}

}  // namespace

const char* ScaleName(RatingScale scale) { return TraitsOf(scale).name; }

std::optional<RatingScale> ScaleOfName(std::string_view name) {
  for (size_t i = 0; i < kScales.size(); ++i) {
    if (kScales[i].name == name) return static_cast<RatingScale>(i);
  }
  return std::nullopt;
}

std::string Describe(RatingScale scale) {
  if (scale == RatingScale::kWords) return "words";
  const ScaleTraits& traits = TraitsOf(scale);
  const auto shown = [](double number) {
    std::array<char, 32> text;
    return std::string(text.data(),
                       std::to_chars(text.data(), text.data() + text.size(), number).ptr);
  };
  return std::string(traits.name) + " (to " + shown(traits.bad) + " bad, from " +
         shown(traits.good) + " good)";
}

Verdict VerdictOfWord(std::string_view word) {
  std::string small(Trimmed(word));
  for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto found = std::find_if(kWords.begin(), kWords.end(),
                                  [&](const Word& entry) { return entry.word == small; });
  return found == kWords.end() ? Verdict::kNone : found->verdict;
}

Verdict VerdictOfRating(std::string_view rating, RatingScale scale) {
  const std::optional<double> number = NumberOf(rating);
  if (!number) return VerdictOfWord(rating);
  const ScaleTraits& traits = TraitsOf(scale);
  if (!(*number >= traits.lowest && *number <= traits.highest)) return Verdict::kNone;
  if (*number <= traits.bad) return Verdict::kBad;
  return *number >= traits.good ? Verdict::kGood : Verdict::kMiddle;
}

Result<RatingRule> RatingRule::Find(const std::string& column, std::span<const std::string> labels,
                                    std::span<const std::string> first,
                                    std::optional<RatingScale> given) {
  RatingRule rule;
  rule.labels_.assign(labels.begin(), labels.end());
  std::vector<double> numbers;
  bool has_words = false;
  bool has_labels = false;
  for (const std::string& cell : first) {
    const std::string_view text = Trimmed(cell);
    has_labels |= std::find(labels.begin(), labels.end(), text) != labels.end();
    has_words |= VerdictOfWord(text) != Verdict::kNone;
    if (const auto number = NumberOf(text)) numbers.push_back(*number);
  }
  if (given) {
    rule.scale_ = *given;
  } else if (!numbers.empty() && !has_labels) {
    YIXIN_TRY(rule.scale_, ScaleOf(column, numbers));
  } else if (!has_words && !has_labels) {
    return Refused(column,
                   "its first rows hold no rating: numbers, stars, words like 好评 and 差评, "
                   "or the task's labels");
  }
  const auto has = [&](Verdict verdict) {
    return std::any_of(labels.begin(), labels.end(),
                       [&](const std::string& label) { return VerdictOfWord(label) == verdict; });
  };
  if (!has_labels && !(has(Verdict::kGood) && has(Verdict::kBad))) {
    return Refused(column,
                   "the task's labels are neither good nor bad, so nothing but labels can be "
                   "compared with them");
  }
  return rule;
}

std::optional<bool> RatingRule::Agrees(std::string_view rating, std::string_view label) const {
  const std::string_view text = Trimmed(rating);
  if (std::find(labels_.begin(), labels_.end(), text) != labels_.end()) return text == label;
  const Verdict by_rating = VerdictOfRating(text, scale_);
  const Verdict by_text = VerdictOfWord(label);
  if (by_rating == Verdict::kNone || by_text == Verdict::kNone) return std::nullopt;
  if (by_rating == by_text) return true;
  if (by_rating == Verdict::kMiddle || by_text == Verdict::kMiddle) return std::nullopt;
  return false;
}

}  // namespace yixin
