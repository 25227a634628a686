// Tested by: hf_folder_test.cc
#include "formats/hf_folder.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "base/fnv_hash.h"
#include "base/strict_json.h"
#include "base/utf8.h"
#include "formats/gguf.h"
#include "formats/hf_config.h"
#include "formats/hf_names.h"
#include "formats/safetensors.h"

namespace yixin {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kWeights = "model.safetensors";
constexpr std::string_view kIndex = "model.safetensors.index.json";
constexpr uint64_t kMaxTextBytes = uint64_t{4} << 20;    // as hf_config.cc
constexpr uint64_t kMaxIndexBytes = uint64_t{16} << 20;  // as a header that names the same tensors
constexpr size_t kMaxShards = 1024;                      // the largest models have some 200

Error Failed(ErrorCode code, const fs::path& file, std::string_view what) {
  return {code, file.string() + ": " + std::string(what), file.string()};
}

// A tensor's name -> the file that has it; empty where there is one file.
using WeightMap = std::map<std::string, std::string, std::less<>>;

// A name in the folder itself, and no way out of it.
bool IsShardName(std::string_view name) {
  return name.ends_with(".safetensors") && name.size() <= 255 && !name.starts_with('.') &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

Result<WeightMap> ReadIndex(const fs::path& folder) {
  const fs::path path = folder / kIndex;
  YIXIN_TRY(const std::string text, ReadFolderText(folder, kIndex, kMaxIndexBytes));
  auto parsed = ParseStrictJson(text, {.max_bytes = kMaxIndexBytes, .max_depth = 8});
  if (!parsed) return Failed(ErrorCode::kInvalidFile, path, parsed.error().message);
  const auto map = parsed->is_object() ? parsed->find("weight_map") : parsed->end();
  if (map == parsed->end() || !map->is_object() || map->empty()) {
    return Failed(ErrorCode::kInvalidFile, path, "weight_map: expected names of tensors and files");
  }
  WeightMap weights;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string() || !IsShardName(file.get_ref<const std::string&>())) {
      return Failed(ErrorCode::kInvalidFile, path,
                    "tensor " + QuoteName(tensor) +
                        ": expected the name of a .safetensors file in this folder");
    }
    weights.emplace(tensor, file.get<std::string>());
  }
  return weights;
}

Error NoWeights(const fs::path& folder) {
  std::error_code ignored;
  for (const char* pickle : {"pytorch_model.bin", "pytorch_model.bin.index.json"}) {
    if (fs::exists(folder / pickle, ignored)) {
      return Failed(ErrorCode::kUnsupported, folder,
                    "weights as pickles (pytorch_model.bin) are not read, for they are programs; "
                    "get the model as safetensors");
    }
  }
  return Failed(ErrorCode::kInvalidFile, folder,
                "no model.safetensors and no model.safetensors.index.json; expected a model's "
                "folder as Hugging Face has it");
}

// Several files' tensors, with their own names, as one model's.
class FolderReader {
 public:
  explicit FolderReader(const fs::path& folder) : folder_(folder) {}

  Result<ModelFileParts> Read() {
    parts_.folder = folder_;
    parts_.origin = ModelOrigin::kHuggingFace;
    // Before anything is opened: a change from here on shows.
    YIXIN_TRY(parts_.identity, ReadModelIdentity(folder_));
    YIXIN_CHECK_OK(ReadConfig());
    YIXIN_CHECK_OK(OpenWeights());
    YIXIN_CHECK_OK(CheckTensors());
    return std::move(parts_);
  }

 private:
  Status ReadConfig() {
    constexpr std::array<std::string_view, 4> kNames = {
        "config.json", "generation_config.json", "tokenizer_config.json", "chat_template.jinja"};
    std::array<std::string, kNames.size()> texts;
    for (size_t i = 0; i < kNames.size(); ++i) {
      YIXIN_TRY(texts[i], ReadFolderText(folder_, kNames[i], kMaxTextBytes));
    }
    if (texts[0].empty()) {
      return Failed(ErrorCode::kInvalidFile, folder_,
                    "no config.json; expected a model's folder as Hugging Face has it");
    }
    auto config = ReadHfConfig({texts[0], texts[1], texts[2], texts[3]}, parts_);
    if (!config) {
      Error error = std::move(config).error();
      error.message = (folder_ / "").string() + error.message;
      return error;
    }
    config_ = *config;
    return {};
  }

  Status OpenWeights() {
    std::error_code ignored;
    if (fs::exists(folder_ / kWeights, ignored)) return AddShard(std::string(kWeights), nullptr);
    if (!fs::exists(folder_ / kIndex, ignored)) return NoWeights(folder_);
    YIXIN_TRY(const WeightMap weights, ReadIndex(folder_));
    std::set<std::string, std::less<>> files;
    for (const auto& [tensor, file] : weights) files.insert(file);
    if (files.size() > kMaxShards) {
      return Failed(ErrorCode::kInvalidFile, folder_ / kIndex,
                    "expected at most " + std::to_string(kMaxShards) + " files, got " +
                        std::to_string(files.size()));
    }
    for (const std::string& file : files) YIXIN_CHECK_OK(AddShard(file, &weights));
    for (const auto& [tensor, file] : weights) {
      if (!found_.contains(tensor)) {
        return TensorError(folder_ / file, tensor, "the index says that it is here, it is not");
      }
    }
    return {};
  }

  static Error TensorError(const fs::path& file, std::string_view tensor, std::string_view what,
                           ErrorCode code = ErrorCode::kInvalidFile) {
    return {code, file.string() + ": tensor " + QuoteName(tensor) + ": " + std::string(what),
            std::string(tensor)};
  }

  Status AddShard(const std::string& name, const WeightMap* weights) {
    const fs::path path = folder_ / name;
    YIXIN_TRY(ModelFile shard, OpenSafetensors(path));
    ModelFileParts parts = std::move(shard).TakeParts();
    for (TensorView& tensor : parts.tensors) {
      if (weights != nullptr) {
        const auto place = weights->find(tensor.name);
        if (place == weights->end() || place->second != name) {
          return TensorError(path, tensor.name, "the index does not say that it is here");
        }
        found_.emplace(tensor.name);
      }
      YIXIN_CHECK_OK(AddTensor(path, std::move(tensor)));
    }
    parts_.size += parts.size;
    parts_.mappings.push_back(std::move(parts.mappings.front()));
    parts_.texts.splice(parts_.texts.end(), parts.texts);
    return {};
  }

  // Names are unique afterwards too: the translation is one to one, within a file the reader has
  // seen to it, and between files the index.
  Status AddTensor(const fs::path& path, TensorView tensor) {
    if (IsIgnoredTensor(tensor.name)) return {};
    if (config_.tied_head && tensor.name == "lm_head.weight") return {};
    auto name = GgufNameOf(tensor.name);
    if (!name) {
      return TensorError(path, tensor.name, "not part of a qwen2 or llama decoder",
                         ErrorCode::kUnsupported);
    }
    tensor.source_name = tensor.name;
    tensor.name = parts_.texts.emplace_back(*std::move(name));
    parts_.tensors.push_back(std::move(tensor));
    return {};
  }

  // What config.json says about tensors that the decoder would not notice.
  Status CheckTensors() {
    const auto find = [&](std::string_view name) {
      return std::ranges::find(parts_.tensors, name, &TensorView::name);
    };
    const auto embedding = find("token_embd.weight");
    if (embedding == parts_.tensors.end()) {
      return TensorError(folder_, HuggingFaceName("token_embd.weight"), "missing");
    }
    if (embedding->shape.front() != config_.vocabulary) {
      return TensorError(folder_, embedding->source_name,
                         "has " + std::to_string(embedding->shape.front()) +
                             " rows, config.json's vocab_size is " +
                             std::to_string(config_.vocabulary));
    }
    if (!config_.tied_head && find("output.weight") == parts_.tensors.end()) {
      return TensorError(folder_, HuggingFaceName("output.weight"),
                         "missing, and config.json does not say tie_word_embeddings");
    }
    return {};
  }

  const fs::path& folder_;
  ModelFileParts parts_;
  HfConfig config_;
  std::set<std::string, std::less<>> found_;  // of the index
};

// The files that a model is read from.
bool IsModelFile(const std::string& name) {
  constexpr std::array<std::string_view, 8> kTexts = {"config.json",       "generation_config.json",
                                                      "tokenizer.json",    "tokenizer_config.json",
                                                      "vocab.json",        "merges.txt",
                                                      "added_tokens.json", "chat_template.jinja"};
  return name.ends_with(".safetensors") || name == kIndex ||
         std::ranges::find(kTexts, name) != kTexts.end();
}

// FNV-1a, 64 bits (draft-eastlake-fnv).
class Hash {
 public:
  template <typename T>
  void Add(const T& value) {
    AddBytes(std::as_bytes(std::span(&value, 1)));
  }
  void AddText(std::string_view text) {
    Add(text.size());
    AddBytes(std::as_bytes(std::span(text)));
  }
  uint64_t value() const { return value_; }

 private:
  void AddBytes(std::span<const std::byte> bytes) { value_ = FnvHash(bytes, value_); }
  uint64_t value_ = kFnvStart;
};

}  // namespace

Result<ModelFile> OpenModelFile(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) ? OpenHfFolder(path) : OpenGguf(path);
}

Result<ModelFile> OpenHfFolder(const fs::path& folder) {
  YIXIN_TRY(ModelFileParts parts, FolderReader(folder).Read());
  return ModelFile(std::move(parts));
}

Result<FileIdentity> ReadModelIdentity(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return ReadFileIdentity(path);
  std::map<std::string, FileIdentity> files;  // by name, whatever the folder's order
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!IsModelFile(name)) continue;
    YIXIN_TRY(files[name], ReadFileIdentity(entry->path()));
  }
  if (error) return Failed(ErrorCode::kIo, path, "cannot read the folder: " + error.message());
  FileIdentity all;
  Hash hash;
  for (const auto& [name, file] : files) {
    hash.AddText(name);
    hash.Add(file.size);
    hash.Add(file.modified_ns);
    hash.Add(file.inode);
    all.size += file.size;
    all.modified_ns = std::max(all.modified_ns, file.modified_ns);
  }
  all.inode = hash.value() | 1;  // never "of no file"
  return all;
}

Result<std::string> ReadFolderText(const fs::path& folder, std::string_view name,
                                   uint64_t max_bytes) {
  const auto file = MappedFile::Open(folder / name);
  if (!file) {
    if (file.error().code == ErrorCode::kNotFound) return std::string();
    return file.error();
  }
  const auto bytes = file->bytes();
  if (bytes.size() > max_bytes) {
    return Failed(ErrorCode::kInvalidFile, folder / name,
                  "has " + std::to_string(bytes.size()) + " bytes, expected at most " +
                      std::to_string(max_bytes));
  }
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::string ModelNameOf(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return path.stem().string();
  const fs::path whole = fs::canonical(path, error);
  return (error ? path : whole).filename().string();
}

}  // namespace yixin
