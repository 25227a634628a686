// Tested by: escalation_test.cc
#include "yixin/escalation.h"

#include <algorithm>

namespace yixin {
namespace {

char Lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool Holds(std::string_view text, std::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [](char a, char b) { return Lower(a) == Lower(b); }) != text.end();
}

}  // namespace

std::optional<Escalation> JudgeEscalation(const EscalationRule& rule, std::string_view text,
                                          std::span<const ReadText> read) {
  for (const std::string& word : rule.words) {
    if (Holds(text, word)) return Escalation{Escalation::Cause::kWord, word, "", 0};
  }
  if (rule.label.empty()) return std::nullopt;
  int count = 0;
  for (size_t i = read.size(); i > 0; --i, ++count) {
    const ReadText& one = read[i - 1];
    if (one.label != rule.label || one.probability < rule.probability) break;
  }
  if (count < rule.in_a_row) return std::nullopt;
  return Escalation{Escalation::Cause::kInARow, "", rule.label, count};
}

}  // namespace yixin
