// Tested by: task_head_test.cc
#include "tasks/task_head.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/byte_reader.h"
#include "base/checked.h"
#include "base/fnv_hash.h"
#include "base/utf8.h"
#include "yixin/version.h"

namespace yixin {
namespace {

constexpr std::string_view kMagic = "yxhead\r\n";  // a transfer as text spoils it visibly
constexpr uint32_t kVersion1 = 1;
constexpr uint32_t kMostHidden = 1u << 17;  // as wide as a linear layer may be
constexpr size_t kMostLabelBytes = 1024;
constexpr int kMostBlocks = 1 << 16;

Error Invalid(std::string_view file, const std::string& words) {
  return {ErrorCode::kInvalidFile,
          std::string(file) + ": " + words + "; fit the task again (yixin fit)", std::string(file)};
}

class HeadWriter {
 public:
  template <typename T>
  void Put(T value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void PutText(std::string_view text) {
    Put(static_cast<uint32_t>(text.size()));
    PutRaw(text);
  }
  void PutRaw(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void PutFloats(std::span<const float> values) {
    const auto bytes = std::as_bytes(values);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  std::vector<std::byte> Finish() {
    Put(FnvHash(bytes_));
    return std::move(bytes_);
  }

 private:
  std::vector<std::byte> bytes_;
};

// What is wrong with the parts that are not numbers; empty: nothing.
std::string Fault(const TaskHead& head) {
  if (head.labels.size() < 2 || head.labels.size() > TaskHead::kMostLabels) {
    return "a head has 2 to " + std::to_string(TaskHead::kMostLabels) + " labels, this one " +
           std::to_string(head.labels.size());
  }
  std::set<std::string_view> seen;
  for (const std::string& label : head.labels) {
    if (label.empty() || label.size() > kMostLabelBytes || FindInvalidUtf8(label)) {
      return "a label of the head is empty, too long or not UTF-8";
    }
    if (!seen.insert(label).second) return "two labels of the head are " + label;
  }
  if (head.layers.empty() || head.layers.size() > TaskHead::kMostLayers) {
    return "a head has 1 to " + std::to_string(TaskHead::kMostLayers) + " layers, this one " +
           std::to_string(head.layers.size());
  }
  int before = 0;
  for (const int layer : head.layers) {
    if (layer <= before || layer > kMostBlocks)
      return "the layers of the head do not ascend from 1";
    before = layer;
  }
  return "";
}

// In: `count` floats by themselves. False: too few bytes, or a value that is not finite.
bool ReadFloats(ByteReader& reader, uint64_t count, std::vector<float>& values) {
  const auto bytes = reader.ReadBytes(count * sizeof(float));
  if (!bytes) return false;
  values.resize(static_cast<size_t>(count));
  std::memcpy(values.data(), bytes->data(), bytes->size());
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

bool ReadString(ByteReader& reader, std::string& text) {
  const auto size = reader.Read<uint32_t>();
  if (!size || *size > kMostLabelBytes) return false;
  const auto view = reader.ReadText(*size);
  if (view) text = *view;
  return view.has_value();
}

}  // namespace

Result<std::vector<std::byte>> SerialiseHead(const TaskHead& head) {
  std::string fault = Fault(head);
  if (fault.empty() && head.ties.model.size() > kMostLabelBytes)
    fault = "the model's name is too long";
  if (fault.empty() && (head.hidden < 1 || head.hidden > static_cast<int>(kMostHidden) ||
                        head.weights.size() != head.labels.size() * head.width() ||
                        head.biases.size() != head.labels.size())) {
    fault = "the sizes of the head do not fit together";
  }
  const auto is_finite = [](float value) { return std::isfinite(value); };
  if (fault.empty() && !(std::ranges::all_of(head.weights, is_finite) &&
                         std::ranges::all_of(head.biases, is_finite))) {
    fault = "a weight of the head is not finite";
  }
  if (!fault.empty()) return Error{ErrorCode::kInvalidArgument, fault, "head"};
  HeadWriter writer;
  writer.PutRaw(kMagic);
  writer.Put(kVersion1);
  writer.Put(head.ties.numerics);
  writer.Put(head.ties.prompt);
  writer.PutText(head.ties.model);
  writer.PutText(std::string_view(head.ties.model_name).substr(0, kMostLabelBytes));
  writer.Put(static_cast<uint32_t>(head.hidden));
  writer.Put(static_cast<uint32_t>(head.layers.size()));
  writer.Put(static_cast<uint32_t>(head.labels.size()));
  for (const int layer : head.layers) writer.Put(static_cast<uint32_t>(layer));
  for (const std::string& label : head.labels) writer.PutText(label);
  writer.PutFloats(head.weights);
  writer.PutFloats(head.biases);
  return writer.Finish();
}

Result<TaskHead> ParseHead(std::span<const std::byte> bytes, std::string_view file) {
  ByteReader reader(bytes);
  if (const auto magic = reader.ReadText(kMagic.size()); !magic || *magic != kMagic) {
    return Invalid(file, "is no head of yixin");
  }
  const auto version = reader.Read<uint32_t>();
  if (!version) return Invalid(file, "is cut off");
  if (*version != kVersion1) {
    return Error{ErrorCode::kUnsupported,
                 std::string(file) + ": has version " + std::to_string(*version) +
                     " of a head, this program knows " + std::to_string(kVersion1) +
                     "; fit the task again (yixin fit), or update yixin",
                 std::string(file)};
  }
  constexpr size_t kChecksum = sizeof(uint64_t);
  uint64_t stored = 0;
  if (reader.remaining() < kChecksum) return Invalid(file, "is cut off");
  std::memcpy(&stored, bytes.data() + bytes.size() - kChecksum, kChecksum);
  const auto body = bytes.first(bytes.size() - kChecksum);
  if (FnvHash(body) != stored) return Invalid(file, "is damaged: its checksum is wrong");

  reader = ByteReader(body);
  (void)reader.ReadBytes(kMagic.size() + sizeof(uint32_t));
  TaskHead head;
  const auto numerics = reader.Read<uint32_t>();
  const auto prompt = reader.Read<uint64_t>();
  if (!numerics || !prompt || !ReadString(reader, head.ties.model) ||
      !ReadString(reader, head.ties.model_name)) {
    return Invalid(file, "is damaged: its first part does not fit");
  }
  head.ties.numerics = *numerics;
  head.ties.prompt = *prompt;
  const auto hidden = reader.Read<uint32_t>();
  const auto layers = reader.Read<uint32_t>();
  const auto labels = reader.Read<uint32_t>();
  if (!hidden || !layers || !labels || *hidden < 1 || *hidden > kMostHidden ||
      *layers > TaskHead::kMostLayers || *labels > TaskHead::kMostLabels) {
    return Invalid(file, "is damaged: its sizes are out of bounds");
  }
  head.hidden = static_cast<int>(*hidden);
  for (uint32_t i = 0; i < *layers; ++i) {
    const auto layer = reader.Read<uint32_t>();
    if (!layer || *layer > static_cast<uint32_t>(kMostBlocks)) {
      return Invalid(file, "is damaged: its layers do not fit");
    }
    head.layers.push_back(static_cast<int>(*layer));
  }
  for (uint32_t i = 0; i < *labels; ++i) {
    if (!ReadString(reader, head.labels.emplace_back())) {
      return Invalid(file, "is damaged: its labels do not fit");
    }
  }
  if (const std::string fault = Fault(head); !fault.empty()) return Invalid(file, fault);
  // At most 256 * 16 * 2^17: no overflow.
  if (!ReadFloats(reader, uint64_t{*labels} * head.width(), head.weights) ||
      !ReadFloats(reader, *labels, head.biases) || reader.remaining() > 0) {
    return Invalid(file, "is damaged: its weights are not as many as it says, or not finite");
  }
  return head;
}

std::string HeadChecksum(std::span<const std::byte> bytes) { return HexOf(FnvHash(bytes)); }

Status CheckHead(const TaskHead& head, const TaskSpec& task, uint64_t prompt, int layers,
                 int hidden) {
  const auto refuse = [&](ErrorCode code, const std::string& words) {
    return Error{code,
                 task.file + ": its head " + words +
                     "; fit it again (yixin fit), or ask the task untaught (--untaught)",
                 "head"};
  };
  if (head.ties.numerics != static_cast<uint32_t>(kNumericsVersion)) {
    return refuse(ErrorCode::kUnsupported, "was fitted with version " +
                                               std::to_string(head.ties.numerics) +
                                               " of the numerics, this program has version " +
                                               std::to_string(kNumericsVersion));
  }
  if (head.hidden != hidden || head.layers.back() > layers) {
    return refuse(ErrorCode::kUnsupported,
                  "was fitted on a model of other sizes (" + head.ties.model_name + ")");
  }
  if (head.ties.prompt != prompt) {
    return refuse(ErrorCode::kUnsupported,
                  "was fitted with another prompt: the task's words, its examples or the model's "
                  "chat template have changed since");
  }
  for (const std::string& label : head.labels) {
    if (task.FindLabel(label) == nullptr && !(task.neutral && task.neutral->label == label)) {
      return refuse(ErrorCode::kInvalidFile, "has the label " + label + ", which the task has not");
    }
  }
  return {};
}

Result<LabelDecision> DecideByHead(const TaskHead& head, std::span<const float> states,
                                   std::string_view neutral, bool no_neutral) {
  LabelDecision decision;
  decision.label_mass = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> scores;
  for (size_t label = 0; label < head.labels.size(); ++label) {
    if (no_neutral && head.labels[label] == neutral && head.labels.size() > 2) continue;
    double score = head.biases[label];
    const float* weights = &head.weights[label * head.width()];
    for (size_t i = 0; i < states.size(); ++i) score += double{weights[i]} * states[i];
    if (!std::isfinite(score)) {
      return Error{ErrorCode::kInternal,
                   "the model's hidden states are not finite; its file is damaged or its weights "
                   "overflow",
                   "hidden states"};
    }
    decision.probs.emplace_back(head.labels[label], 0.0);
    scores.push_back(score);
  }
  SoftmaxInto(scores, decision);
  return decision;
}

}  // namespace yixin
