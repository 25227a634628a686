// Tested by: vocabulary_test.cc
#include "tokenizer/vocabulary.h"

#include <algorithm>
#include <limits>

#include "base/utf8.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/token_strings.h"

namespace yixin {
namespace {

constexpr char kTokensKey[] = "tokenizer.ggml.tokens";
constexpr char kTypesKey[] = "tokenizer.ggml.token_type";
constexpr char kMergesKey[] = "tokenizer.ggml.merges";

Error InvalidFile(std::string message, const char* key) {
  return {ErrorCode::kInvalidFile, std::string(key) + ": " + std::move(message), key};
}

Status CheckCounts(const TokenizerSpec& spec) {
  if (spec.tokens.empty()) return InvalidFile("the vocabulary is empty", kTokensKey);
  // Ids are int32_t, and merge ranks uint32_t with one value kept for "none".
  constexpr size_t kMax = std::numeric_limits<int32_t>::max();
  if (spec.tokens.size() >= kMax) {
    return InvalidFile(std::to_string(spec.tokens.size()) + " tokens are too many", kTokensKey);
  }
  if (spec.merges.size() >= kMax) {
    return InvalidFile(std::to_string(spec.merges.size()) + " merges are too many", kMergesKey);
  }
  if (spec.token_types.size() != spec.tokens.size()) {
    return InvalidFile("expected one type for each of the " + std::to_string(spec.tokens.size()) +
                           " tokens, got " + std::to_string(spec.token_types.size()),
                       kTypesKey);
  }
  return {};
}

Status CheckId(int32_t id, size_t size, const char* key) {
  if (id >= -1 && id < static_cast<int64_t>(size)) return {};
  return InvalidFile("expected an id below " + std::to_string(size) + ", got " + std::to_string(id),
                     key);
}

Status CheckType(int32_t type, size_t id) {
  if (type == static_cast<int32_t>(TokenType::kByte)) {
    return Error{ErrorCode::kUnsupported,
                 std::string(kTypesKey) + ": token " + std::to_string(id) +
                     " is a byte token, which only SentencePiece vocabularies have; yixin reads "
                     "byte-level BPE",
                 kTypesKey};
  }
  if (type >= static_cast<int32_t>(TokenType::kNormal) &&
      type <= static_cast<int32_t>(TokenType::kUnused)) {
    return {};
  }
  return InvalidFile(
      "token " + std::to_string(id) + " has the type " + std::to_string(type) + ", expected 1 to 6",
      kTypesKey);
}

}  // namespace

Result<Vocabulary> Vocabulary::Create(const TokenizerSpec& spec) {
  YIXIN_CHECK_OK(CheckCounts(spec));
  YIXIN_CHECK_OK(CheckId(spec.bos_id, spec.tokens.size(), "tokenizer.ggml.bos_token_id"));
  YIXIN_CHECK_OK(CheckId(spec.eos_id, spec.tokens.size(), "tokenizer.ggml.eos_token_id"));
  YIXIN_CHECK_OK(CheckId(spec.unknown_id, spec.tokens.size(), "tokenizer.ggml.unknown_token_id"));
  Vocabulary vocabulary;
  YIXIN_CHECK_OK(vocabulary.AddTokens(spec));
  vocabulary.FindByteIds();
  YIXIN_CHECK_OK(vocabulary.AddMerges(spec));
  return vocabulary;
}

Status Vocabulary::AddTokens(const TokenizerSpec& spec) {
  size_t total = 0;  // the strings lie in memory, so their sizes cannot overflow size_t
  for (const std::string_view token : spec.tokens) total += token.size();
  if (total > std::numeric_limits<uint32_t>::max()) {
    return InvalidFile("the tokens take more than 4 GiB", kTokensKey);
  }
  owned_ = std::make_unique<Arrays>();
  owned_->bytes.reserve(total);
  owned_->offsets.reserve(spec.tokens.size() + 1);
  owned_->types.reserve(spec.tokens.size());
  owned_->offsets.push_back(0);
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    YIXIN_CHECK_OK(CheckType(spec.token_types[id], id));
    const std::string_view token = spec.tokens[id];
    const auto type = static_cast<TokenType>(spec.token_types[id]);
    if (token.empty()) {
      return InvalidFile("token " + std::to_string(id) + " is empty", kTokensKey);
    }
    if (type == TokenType::kNormal) {
      if (const std::optional<size_t> position = AppendTokenBytes(token, owned_->bytes)) {
        return InvalidFile("token " + std::to_string(id) + " has, at byte " +
                               std::to_string(*position) +
                               ", a character outside the byte-level alphabet of GPT-2",
                           kTokensKey);
      }
    } else if (type != TokenType::kUnused) {
      // Added tokens are cut out of texts, which must leave whole characters on both sides.
      if (FindInvalidUtf8(token)) {
        return InvalidFile("the added token " + std::to_string(id) + " is not UTF-8", kTokensKey);
      }
      owned_->bytes.append(token);
    }
    owned_->offsets.push_back(static_cast<uint32_t>(owned_->bytes.size()));
    owned_->types.push_back(static_cast<uint8_t>(type));
  }
  bytes_ = owned_->bytes;
  offsets_ = owned_->offsets;
  types_ = owned_->types;
  return {};
}

Status Vocabulary::AddMerges(const TokenizerSpec& spec) {
  TokenStrings strings(spec.tokens);
  for (int32_t id = 0; id < size(); ++id) {
    if (const int32_t other = strings.Insert(id); other >= 0) {
      return InvalidFile(
          "tokens " + std::to_string(other) + " and " + std::to_string(id) + " are the same string",
          kTokensKey);
    }
  }
  merges_ = MergeTable(spec.merges.size());
  std::string joined;
  for (uint32_t rank = 0; rank < spec.merges.size(); ++rank) {
    const std::string_view merge = spec.merges[rank];
    // The alphabet has no space: the first one separates.
    const size_t space = merge.find(' ');
    if (space == std::string_view::npos) {
      return InvalidFile("merge " + std::to_string(rank) + " has no space between its two tokens",
                         kMergesKey);
    }
    const std::string_view left = merge.substr(0, space);
    const std::string_view right = merge.substr(space + 1);
    joined.assign(left).append(right);
    const int32_t ids[] = {strings.Find(left), strings.Find(right), strings.Find(joined)};
    constexpr const char* kParts[] = {"left part", "right part", "result"};
    bool all_normal = true;
    for (int part = 0; part < 3; ++part) {
      if (ids[part] < 0) {
        return InvalidFile("the " + std::string(kParts[part]) + " of merge " +
                               std::to_string(rank) + " is not in the vocabulary",
                           kMergesKey);
      }
      all_normal = all_normal && TypeOf(ids[part]) == TokenType::kNormal;
    }
    if (all_normal && !merges_.Insert(ids[0], ids[1], {rank, ids[2]})) {
      return InvalidFile("merge " + std::to_string(rank) + " repeats an earlier one", kMergesKey);
    }
  }
  return {};
}

void Vocabulary::FindByteIds() {
  byte_ids_.fill(-1);
  for (int32_t id = 0; id < size(); ++id) {
    const std::string_view bytes = BytesOf(id);
    if (bytes.size() == 1 && TypeOf(id) == TokenType::kNormal) {
      byte_ids_[static_cast<uint8_t>(bytes[0])] = id;
    }
  }
  NoteMissingBytes();
}

void Vocabulary::NoteMissingBytes() {
  has_all_bytes_ =
      std::all_of(byte_ids_.begin(), byte_ids_.end(), [](int32_t id) { return id >= 0; });
}

std::optional<size_t> Vocabulary::FindMissingByte(std::string_view text) const {
  if (has_all_bytes_) return std::nullopt;
  const auto missing = std::find_if(text.begin(), text.end(), [&](char byte) {
    return byte_ids_[static_cast<uint8_t>(byte)] < 0;
  });
  if (missing == text.end()) return std::nullopt;
  return static_cast<size_t>(missing - text.begin());
}

}  // namespace yixin
