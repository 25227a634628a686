// The tables that encoding and decoding read, built from a TokenizerSpec that may be hostile, or
// mapped from where they were stored. All of them are plain arrays, used in place.
// Tested by: vocabulary_test.cc; fuzzed by tests/fuzz/tokenizer_table_fuzz.cc
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
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

  // What Create made, as bytes that Map uses in place.
  std::vector<std::byte> Serialise() const;
  // In: any bytes, at a multiple of 4, which must outlive the vocabulary. All of Create's promises
  // are checked again, so that no bytes lead astray. Errors: kInvalidFile. Cost: a pass over them.
  static Result<Vocabulary> Map(std::span<const std::byte> bytes);

  int32_t size() const { return static_cast<int32_t>(types_.size()); }
  bool Contains(int32_t id) const { return id >= 0 && id < size(); }
  // In: Contains(id).
  TokenType TypeOf(int32_t id) const { return static_cast<TokenType>(types_[id]); }
  // The bytes that the id stands for: nothing for unused ids. In: Contains(id).
  std::string_view BytesOf(int32_t id) const {
    return bytes_.substr(offsets_[id], offsets_[id + 1] - offsets_[id]);
  }

  const MergeTable& merges() const { return merges_; }
  // [256]; -1 where the vocabulary has no token for the byte (SmolLM2 lacks some control
  // characters).
  std::span<const int32_t, 256> byte_ids() const { return byte_ids_; }
  // Where the first byte without a token is, or nothing.
  std::optional<size_t> FindMissingByte(std::string_view text) const;

 private:
  // The arrays of a vocabulary that was created; on the heap, so that views of it stay.
  struct Arrays {
    std::string bytes;
    std::vector<uint32_t> offsets;
    std::vector<uint8_t> types;
  };

  Status AddTokens(const TokenizerSpec& spec);
  Status AddMerges(const TokenizerSpec& spec);
  void FindByteIds();
  void NoteMissingBytes();
  Status CheckMapped() const;

  std::unique_ptr<Arrays> owned_;      // null where the views are of mapped bytes
  std::string_view bytes_;             // of all tokens, one after the other
  std::span<const uint32_t> offsets_;  // [size + 1] into bytes_
  std::span<const uint8_t> types_;     // [size], values of TokenType
  std::array<int32_t, 256> byte_ids_{};
  bool has_all_bytes_ = false;
  MergeTable merges_;
};

}  // namespace yixin
