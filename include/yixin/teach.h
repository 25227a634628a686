// What teaching a task needs of the model (hidden states), and what becomes of it (a task file with
// a head beside it). The learning itself is not here: `yixin fit` is a user of this.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "yixin/task.h"

namespace yixin {

struct StateOptions {
  std::string task;  // as ClassifyOptions::task, of mode score; its own head is left out
  // After which layers, ascending, in [1, ModelFacts::layers].
  std::vector<int> layers;
  Truncation truncation = Truncation::kError;
  bool no_neutral = false;  // of the untaught decision
  bool untaught = true;  // false: hidden states alone, and no layer behind the last one is computed
};

struct HiddenStates {
  // [layers, ModelFacts::hidden], float32: the residual stream at the last position of the prompt,
  // before any norm. Of a task with several wordings: of the first one.
  std::vector<float> states;
  Classification untaught;  // what the task says without a head; empty where it was not asked for
  // The labels' log-probabilities before any correction, in the task's order; empty as well.
  std::vector<double> scores;
};

// Softmax regression: a label's score is weights . states + bias.
struct LinearHead {
  std::vector<std::string> labels;  // 2 to 256, each a label of the task
  std::vector<int> layers;          // as StateOptions::layers
  std::vector<float> weights;       // [labels, layers * hidden]
  std::vector<float> biases;        // [labels]
};

// A label's score is scale * log-probability + bias.
struct ScoreCorrection {
  std::string label;
  double scale = 1;
  double bias = 0;
};

struct TeachRequest {
  std::string task;                   // what was taught
  std::string name;                   // of the new task
  std::string title;                  // a line for people; empty: the task's
  std::vector<std::string> comments;  // lines that the task file begins with
  // One of the two.
  std::optional<LinearHead> head;
  std::string head_file;  // the name of the head's file, beside the task file
  std::vector<ScoreCorrection> corrections;
};

// The contents of two files.
struct TaughtTask {
  std::string task;  // TOML
  std::string head;  // empty: there are corrections alone
};

}  // namespace yixin
