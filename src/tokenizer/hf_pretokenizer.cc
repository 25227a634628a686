// Tested by: hf_vocabulary_test.cc
#include "tokenizer/hf_pretokenizer.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "base/utf8.h"

namespace yixin {
namespace {

using nlohmann::json;

constexpr std::string_view kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// Each step as a word: a pre-tokenizer is a sequence of them.
struct KnownPretokenizer {
  std::string_view normalizer;
  std::vector<std::string_view> steps;
  std::string_view pre;
};

const std::vector<KnownPretokenizer>& Known() {
  static const auto* const known = new std::vector<KnownPretokenizer>{
      {"NFC", {"Split:qwen2", "ByteLevel"}, "qwen2"},
      {"", {"ByteLevel:regex"}, "gpt-2"},
      {"", {"Digits", "ByteLevel:regex"}, "gpt-2-digits"},
  };
  return *known;
}

std::string TypeOf(const json& part) {
  const auto type = part.is_object() ? part.find("type") : part.end();
  return type != part.end() && type->is_string() ? type->get<std::string>() : "?";
}

Error Unknown(std::string_view place, const std::string& what) {
  return {ErrorCode::kUnsupported,
          "tokenizer.json: " + std::string(place) + ": " + what +
              " is not supported; yixin reads the tokenizers of Qwen2 and SmolLM2, and GPT-2's",
          std::string(place)};
}

// The parts of a Sequence, one after the other; a part alone is a sequence of itself. Nesting is
// not looked into: a Sequence in a Sequence is an unknown part.
std::vector<const json*> PartsOf(const json* part, const char* list) {
  if (part == nullptr) return {};
  if (TypeOf(*part) != "Sequence") return {part};
  std::vector<const json*> parts;
  const auto found = part->find(list);
  if (found == part->end() || !found->is_array()) return {part};
  for (const json& inner : *found) parts.push_back(&inner);
  return parts;
}

bool Flag(const json& part, const char* key, bool fallback) {
  const auto found = part.find(key);
  return found == part.end() || !found->is_boolean() ? fallback : found->get<bool>();
}

std::string NormalizerWord(const std::vector<const json*>& parts) {
  std::string word;
  for (const json* part : parts) {
    if (!word.empty()) word += '+';
    word += TypeOf(*part);
  }
  return word;
}

// Its word, or its type with a question mark where an option is another than the known ones.
std::string StepWord(const json& step) {
  std::string type = TypeOf(step);
  if (type == "ByteLevel") {
    if (Flag(step, "add_prefix_space", true)) return "ByteLevel with add_prefix_space";
    return Flag(step, "use_regex", true) ? "ByteLevel:regex" : "ByteLevel";
  }
  if (type == "Digits") {
    return Flag(step, "individual_digits", false) ? "Digits" : "Digits without individual_digits";
  }
  if (type == "Split") {
    if (step.value("behavior", json()) != "Isolated" || Flag(step, "invert", false)) {
      return "Split that is not Isolated";
    }
    const auto pattern = step.find("pattern");
    if (pattern == step.end() || !pattern->is_object()) return "Split";
    const auto regex = pattern->find("Regex");
    if (regex == pattern->end() || !regex->is_string()) return "Split by a string";
    if (*regex == kQwen2Pattern) return "Split:qwen2";
    return "Split by " + QuoteName(regex->get_ref<const std::string&>());
  }
  return type;
}

}  // namespace

Result<std::string> RecognisePretokenizer(const json* normalizer, const json* pre_tokenizer,
                                          const json* post_processor) {
  // ByteLevel only trims the places of tokens; a template adds tokens to every text.
  for (const json* part : PartsOf(post_processor, "processors")) {
    if (TypeOf(*part) != "ByteLevel") {
      return Unknown("post_processor", QuoteName(TypeOf(*part)));
    }
  }
  const std::string normal = NormalizerWord(PartsOf(normalizer, "normalizers"));
  std::vector<std::string> steps;
  std::string all;
  for (const json* part : PartsOf(pre_tokenizer, "pretokenizers")) {
    steps.push_back(StepWord(*part));
    if (!all.empty()) all += ", ";
    all += steps.back();
  }
  bool steps_known = false;
  for (const KnownPretokenizer& known : Known()) {
    if (!std::equal(steps.begin(), steps.end(), known.steps.begin(), known.steps.end())) continue;
    steps_known = true;
    if (normal == known.normalizer) return std::string(known.pre);
  }
  if (steps_known) {
    return Unknown("normalizer", (normal.empty() ? "none" : QuoteName(normal)) + " with " + all);
  }
  return Unknown("pre_tokenizer", all.empty() ? "none" : all);
}

Result<std::string> RecogniseTokenizerClass(const json* tokenizer_class,
                                            const json* add_prefix_space,
                                            std::string_view model_type) {
  if (add_prefix_space != nullptr && *add_prefix_space != false) {
    return Error{ErrorCode::kUnsupported,
                 "tokenizer_config.json: add_prefix_space: is not supported", "add_prefix_space"};
  }
  std::string name = tokenizer_class != nullptr && tokenizer_class->is_string()
                         ? tokenizer_class->get<std::string>()
                         : "";
  if (name.empty() && model_type == "qwen2") name = "Qwen2Tokenizer";
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  if (name == "Qwen2Tokenizer") return std::string("qwen2");
  if (name == "GPT2Tokenizer") return std::string("gpt-2");
  return Error{ErrorCode::kUnsupported,
               "tokenizer_config.json: tokenizer_class: " +
                   (name.empty() ? "missing" : QuoteName(name) + " is not supported") +
                   "; without a tokenizer.json yixin reads Qwen2Tokenizer and GPT2Tokenizer",
               "tokenizer_class"};
}

}  // namespace yixin
