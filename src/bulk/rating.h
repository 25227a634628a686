// What a rating says, to be held against a text's label: numbers on a scale, stars, words like 好评
// and 差评, or the task's own labels. Numbers in the middle, and whatever is not understood, say
// nothing: no row is called wrong by a guess.
//
//   scale   bad     good
//   0-1     to 0.4  from 0.6
//   1-5     to 2    from 4      also ★★★★☆
//   1-10    to 4    from 7
//   0-100   to 40   from 70
//
// Tested by: rating_test.cc
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"

namespace yixin {

enum class Verdict : uint8_t { kNone, kBad, kMiddle, kGood };
// Numbers, or words alone.
enum class RatingScale : uint8_t { kWords, kZeroToOne, kOneToFive, kOneToTen, kZeroToHundred };

// "words", "0-1", ...
const char* ScaleName(RatingScale scale);
std::optional<RatingScale> ScaleOfName(std::string_view name);
// For a person: "1-5 (to 2 bad, from 4 good)".
std::string Describe(RatingScale scale);

// Of a word, in Chinese or English: 正面, 差评, neutral. None for any other.
Verdict VerdictOfWord(std::string_view word);
// None for a number outside of the scale, and for what is neither number nor word.
Verdict VerdictOfRating(std::string_view rating, RatingScale scale);

// A rating column beside one task's labels.
class RatingRule {
 public:
  // In: the task's labels; `first`, the column's first cells; `given`, the scale if it is known.
  // Errors: kInvalidArgument where no cell says anything, where the numbers are on no scale or the
  // scale cannot be told (all 1), or where the labels are neither good nor bad and the cells are
  // not labels.
  static Result<RatingRule> Find(const std::string& column, std::span<const std::string> labels,
                                 std::span<const std::string> first,
                                 std::optional<RatingScale> given);

  RatingScale scale() const { return scale_; }
  // Whether text and rating say the same; nothing where one of them says nothing, or one of them
  // alone is in the middle. A rating that is a label is compared as such.
  std::optional<bool> Agrees(std::string_view rating, std::string_view label) const;

 private:
  std::vector<std::string> labels_;
  RatingScale scale_ = RatingScale::kWords;
};

}  // namespace yixin
