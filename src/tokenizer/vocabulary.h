// The tables that encoding and decoding read, built from a TokenizerSpec that may be hostile. All
// of them are plain arrays, so that they can be stored and mapped as they are. Tested by:
// vocabulary_test.cc
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/merge_table.h"
#include "tokenizer/tokenizer_spec.h"
#include "yixin/result.h"

namespace yixin {

class Vocabulary {
 public:
  // Only normal tokens take part in merges: a merge that makes or uses an added token is left out,
  // because plain text must never become one.
  // Errors: kInvalidFile, naming the key and the token or merge; kUnsupported for byte tokens.
  // Cost: 150,000 tokens and as many merges in some tens of milliseconds.
  static Result<Vocabulary> Create(const TokenizerSpec& spec);

  int32_t size() const { return static_cast<int32_t>(types_.size()); }
  bool Contains(int32_t id) const { return id >= 0 && id < size(); }
  // In: Contains(id).
  TokenType TypeOf(int32_t id) const { return types_[id]; }
  // The bytes that the id stands for: nothing for unused ids. In: Contains(id).
  std::string_view BytesOf(int32_t id) const {
    return std::string_view(bytes_).substr(offsets_[id], offsets_[id + 1] - offsets_[id]);
  }

  const MergeTable& merges() const { return merges_; }
  // [256]; -1 where the vocabulary has no token for the byte (SmolLM2 lacks some control
  // characters).
  std::span<const int32_t, 256> byte_ids() const { return byte_ids_; }
  // Where the first byte without a token is, or nothing.
  std::optional<size_t> FindMissingByte(std::string_view text) const;

 private:
  Status AddTokens(const TokenizerSpec& spec);
  Status AddMerges(const TokenizerSpec& spec);
  void FindByteIds();

  std::string bytes_;              // of all tokens, one after the other
  std::vector<uint32_t> offsets_;  // [size + 1] into bytes_
  std::vector<TokenType> types_;   // [size]
  std::array<int32_t, 256> byte_ids_{};
  bool has_all_bytes_ = false;
  MergeTable merges_;
};

}  // namespace yixin
