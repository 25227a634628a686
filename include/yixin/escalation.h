// When a conversation is to be handed to a human: a chat task's [escalation], judged by what the
// user says and how his last texts were read. The model has no say in it.
// Tested by: src/tasks/escalation_test.cc
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace yixin {

struct EscalationRule {
  std::vector<std::string> words;  // any of them in the user's text; ASCII letters in either case
  // So many of the user's texts in a row were read as `label`, each with this probability or more.
  std::string label;  // empty: texts are not counted
  int in_a_row = 0;
  double probability = 0;
};

struct ReadText {
  std::string label;
  double probability = 0;
};

struct Escalation {
  enum class Cause { kWord, kInARow };
  Cause cause = Cause::kWord;
  std::string word;   // of kWord: as the rule has it
  std::string label;  // of kInARow
  int in_a_row = 0;   // of kInARow: how many there are by now
};

// In: the user's text, and how his texts were read, this one last. A word goes before a count.
std::optional<Escalation> JudgeEscalation(const EscalationRule& rule, std::string_view text,
                                          std::span<const ReadText> read);

}  // namespace yixin
