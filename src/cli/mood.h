// Moods as people see them: a face, a colour, and a conversation's moods in a line.
// Tested by: mood_test.cc
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/terminal.h"
#include "yixin/task.h"

namespace yixin {

// 😄 正面, 😢 负面, 😐 中性 (and their English names); 🏷 for the labels of other
// tasks.
std::string_view MoodFace(std::string_view label);
Colour MoodColour(std::string_view label);

// The probability of the chosen label; NaN where the task has none (mode `generate`, or a margin
// rule that chose its neutral label).
double LabelProbability(const Classification& mood);

// "😄 LLM 情感判断: 正面 (0.99)"; without a probability there are no brackets.
std::string MoodLine(const Classification& mood, bool colours);

struct MoodPoint {
  std::string label;
  double valence = 0;  // [-1, 1]: how much more positive than negative
};
MoodPoint ToMoodPoint(const Classification& mood);
// Of a label alone, as a saved conversation has it.
MoodPoint ToMoodPoint(std::string_view label);

// "😄😢😐  █▁▄  正面 1 · 负面 1 · 中性 1", the oldest first; only the last 40 are drawn.
std::string DrawMoods(std::span<const MoodPoint> moods);

}  // namespace yixin
