#include "cli/mood.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace yixin {
namespace {

struct MoodTraits {
  std::string_view label;
  std::string_view face;
  Colour colour;
  int valence;
};

constexpr std::array<MoodTraits, 6> kMoods{{
    {"正面", "😄", Colour::kGreen, 1},
    {"负面", "😢", Colour::kRed, -1},
    {"中性", "😐", Colour::kYellow, 0},
    {"positive", "😄", Colour::kGreen, 1},
    {"negative", "😢", Colour::kRed, -1},
    {"neutral", "😐", Colour::kYellow, 0},
}};
constexpr MoodTraits kOther{"", "🏷 ", Colour::kCyan, 0};
constexpr size_t kMostDrawn = 40;  // two columns each: a line of 80 holds them

const MoodTraits& TraitsOfMood(std::string_view label) {
  const auto* found = std::find_if(kMoods.begin(), kMoods.end(),
                                   [label](const MoodTraits& mood) { return mood.label == label; });
  return found == kMoods.end() ? kOther : *found;
}

}  // namespace

std::string_view MoodFace(std::string_view label) { return TraitsOfMood(label).face; }
Colour MoodColour(std::string_view label) { return TraitsOfMood(label).colour; }

double LabelProbability(const Classification& mood) {
  for (const auto& [label, probability] : mood.probs) {
    if (label == mood.label) return probability;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

std::string MoodLine(const Classification& mood, bool colours) {
  const double probability = LabelProbability(mood);
  std::string line = fmt::format("{} LLM 情感判断: {}", MoodFace(mood.label),
                                 Painted(Printable(mood.label), MoodColour(mood.label), colours));
  if (!std::isnan(probability)) line += fmt::format(" ({:.2f})", probability);
  return line;
}

MoodPoint ToMoodPoint(const Classification& mood) {
  if (mood.probs.empty()) return ToMoodPoint(std::string_view(mood.label));
  MoodPoint point{mood.label, 0};
  for (const auto& [label, probability] : mood.probs) {
    point.valence += TraitsOfMood(label).valence * probability;
  }
  return point;
}

MoodPoint ToMoodPoint(std::string_view label) {
  return {std::string(label), static_cast<double>(TraitsOfMood(label).valence)};
}

std::string DrawMoods(std::span<const MoodPoint> moods) {
  constexpr std::array<std::string_view, 8> kHeights = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::vector<std::pair<std::string, size_t>> counts;
  for (const MoodPoint& mood : moods) {
    auto found = std::find_if(counts.begin(), counts.end(),
                              [&](const auto& count) { return count.first == mood.label; });
    if (found == counts.end()) found = counts.insert(counts.end(), {mood.label, 0});
    ++found->second;
  }
  const auto drawn = moods.last(std::min(moods.size(), kMostDrawn));
  std::string faces = drawn.size() < moods.size() ? "…" : "";
  std::string heights = faces;
  for (const MoodPoint& mood : drawn) {
    faces += MoodFace(mood.label);
    const double share = (std::clamp(mood.valence, -1.0, 1.0) + 1) / 2;
    heights += kHeights[static_cast<size_t>(std::lround(share * (kHeights.size() - 1)))];
  }
  std::string line = faces + "  " + heights + "  ";
  for (size_t i = 0; i < counts.size(); ++i) {
    line += fmt::format("{}{} {}", i > 0 ? " · " : "", counts[i].first, counts[i].second);
  }
  return line;
}

}  // namespace yixin
