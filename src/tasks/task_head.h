// A head that was fitted for a task: softmax regression over hidden states of the model at the last
// position of the prompt, instead of the labels' log-probabilities. It is kept in a file of its own
// beside the task's file, and says which model and which prompt it was fitted for: with others it
// means nothing. The file is hostile until parsed. docs/fit.md has the format.
//
// Tested by: task_head_test.cc; fuzzed by tests/fuzz/head_fuzz.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/label_decision.h"
#include "yixin/result.h"

namespace yixin {

// What a head was fitted on.
struct HeadTies {
  std::string model;       // its fingerprint
  std::string model_name;  // for messages
  uint64_t prompt = 0;     // PromptHash
  uint32_t numerics = 0;   // kNumericsVersion

  bool operator==(const HeadTies&) const = default;
};

struct TaskHead {
  HeadTies ties;
  std::vector<std::string> labels;  // 2 to kMost, all different
  std::vector<int> layers;          // after which blocks, ascending, from 1
  int hidden = 0;
  std::vector<float> weights;  // [labels, layers * hidden]
  std::vector<float> biases;   // [labels]

  static constexpr size_t kMostLabels = 256;
  static constexpr size_t kMostLayers = 16;
  size_t width() const { return layers.size() * static_cast<size_t>(hidden); }
};

// Errors: kInvalidArgument for a head that ParseHead would refuse.
Result<std::vector<std::byte>> SerialiseHead(const TaskHead& head);

// In: any bytes; `file`: their name for messages.
// Errors: kInvalidFile (no head, damaged), kUnsupported (of a newer version).
Result<TaskHead> ParseHead(std::span<const std::byte> bytes, std::string_view file);

// The largest file that is read: 256 labels over 4 layers of a width of 4,096 have 16 MB.
inline constexpr size_t kMaxHeadBytes = size_t{64} << 20;

// What tells bytes of a head file from others, as a task file's [head] checksum has it.
std::string HeadChecksum(std::span<const std::byte> bytes);

// Whether a head may be used: fitted with these numerics on this prompt, for a model of these
// sizes, with labels that the task knows. The model's fingerprint is the caller's to compare.
// Errors: kUnsupported, kInvalidFile; they say what to do.
Status CheckHead(const TaskHead& head, const TaskSpec& task, uint64_t prompt, int layers,
                 int hidden);

// In: states [width]. The sums are of doubles in the order of the weights.
// no_neutral: the label `neutral` is left out. Errors: kInternal where a state is not finite.
Result<LabelDecision> DecideByHead(const TaskHead& head, std::span<const float> states,
                                   std::string_view neutral, bool no_neutral);

}  // namespace yixin
