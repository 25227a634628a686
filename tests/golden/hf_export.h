// A GGUF file's model as a Hugging Face folder, for tests that compare the two ways into yixin on
// real weights: config.json, tokenizer.json, tokenizer_config.json, model.safetensors. Weights are
// F32, which keeps every bit of what the file's blocks stand for.
// Tested by: hf_tokenizer_golden_test.cc, hf_chat_golden_test.cc
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "formats/model_file.h"

namespace yixin {

// What the files of a tokenizer are made of.
struct FolderVocabulary {
  size_t rows = 0;                                        // of the embedding
  nlohmann::json vocab = nlohmann::json::object();        // token to id
  nlohmann::json added_tokens = nlohmann::json::array();  // {"id", "content", "special"}
  std::vector<std::string> merges;
};
FolderVocabulary ReadFolderVocabulary(const ModelFile& gguf);

// normalizer and pre_tokenizer of tokenizer.json as the makers have them; GPT-2's is that of
// SmolLM2 without its digits, as the golden texts were made.
inline constexpr const char* kQwen2Parts = R"json({"normalizer": {"type": "NFC"},
  "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
    {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex": "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
    {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]}})json";
inline constexpr const char* kGpt2Parts = R"json({"normalizer": null,
  "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}})json";
inline constexpr const char* kSmolLm2Parts = R"json({"normalizer": null,
  "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
    {"type": "Digits", "individual_digits": true},
    {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}]}})json";

std::string TokenizerJson(const FolderVocabulary& vocabulary, const char* parts);

// In: an empty folder. Cost: four bytes a weight on the disk, one row of a tensor in memory.
void WriteHfFolder(const ModelFile& gguf, const char* tokenizer_parts,
                   const std::filesystem::path& folder);

}  // namespace yixin
