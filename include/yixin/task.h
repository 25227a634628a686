// Labels: what a classification returns and how it is asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "yixin/escalation.h"
#include "yixin/result.h"

namespace yixin {

// How a text that does not fit the context is cut; kError refuses it.
enum class Truncation { kError, kHead, kTail, kMiddle };  // what is kept: head, tail, both ends

struct ClassifyOptions {
  std::string task = "sentiment.zh";  // a shipped task's name, or the path of a task file
  Truncation truncation = Truncation::kError;
  bool no_neutral = false;  // leaves the task's neutral label out
  bool untaught = false;    // leaves the task's head out: by the labels' own probabilities
  // Of Assistant::EstimatePrior, for a task whose TaskFacts::needs_prior; empty: uncalibrated.
  std::vector<double> prior;
};

// The decision record of one text.
struct Classification {
  std::string label;
  // Softmax over the task's labels, in the task's order; sums to 1. Under a margin rule the neutral
  // label is not among them. Empty for a task of mode `generate`.
  std::vector<std::pair<std::string, double>> probs;
  // The labels' raw total of the vocabulary's probability: low means that the model wanted to say
  // something else. NaN where it was not measured (mode `generate`, or a task with a head).
  double label_mass = 0;
  double margin = 0;       // first minus second of probs; 0 for mode `generate`
  std::string score_kind;  // "logprob", "generate", or "head" where the task has been taught
  std::string task;
  std::string model;
  std::string kernels;    // the kernel table
  double elapsed_ms = 0;  // of the whole batch it was computed in
};

struct TaskSummary {
  std::string name;
  std::string mode;   // "score", "generate" or "chat"
  std::string title;  // one line for people
  std::vector<std::string> labels;
};

// What a caller that stores results wants to know beforehand.
struct TaskFacts {
  TaskSummary summary;
  // The labels that Classification::probs has, in its order; empty in mode `generate`. With
  // ClassifyOptions::no_neutral those but the neutral one.
  std::vector<std::string> scored;
  std::optional<EscalationRule> escalation;  // of a chat task
  std::string neutral;                       // the neutral label; empty: the task has none
  // Of the task file, which has the checksum of its head; with in_chat of the chat's file too.
  std::string sha256;
  // The task is calibrated by the first texts of a file (kind batch): EstimatePrior.
  bool needs_prior = false;
  // A line for people where the task's calibration is not used, because it is of another model.
  // Where it is used, or there is none: empty.
  std::string note;
};

}  // namespace yixin
