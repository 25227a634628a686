// Text <-> token ids for byte-level BPE vocabularies. Here text ends: everything behind it sees
// ids.
//
// A text is normalised (NFC, where the vocabulary wants it), cut into pieces, and each piece is
// merged by byte pairs. Added tokens (<|im_end|>, <tool_call>) are no part of that: they appear
// only when the caller asks for them, so nothing that a user types can end his own turn. Tested by:
// tokenizer_test.cc, tests/golden/tokenizer_golden_test.cc; fuzzed by tests/fuzz/tokenizer_fuzz.cc
// and tests/fuzz/tokenizer_table_fuzz.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/tokenizer_spec.h"
#include "yixin/result.h"

namespace yixin {

// Immutable after Create. Threads: any. Copies share the tables.
class Tokenizer {
 public:
  // Errors: kInvalidFile (a spec that contradicts itself; names the key and the token or merge),
  // kUnsupported (pre-tokenizer or kind of vocabulary; names the supported ones).
  // Cost: some tens of milliseconds for 150,000 tokens; `spec` is not needed afterwards.
  static Result<Tokenizer> Create(const TokenizerSpec& spec);

  // What Create made, as bytes for Map: some seven megabytes for 150,000 tokens.
  std::vector<std::byte> Serialise() const;
  // A tokenizer over bytes that Serialise made, used where they lie: they must outlive it and its
  // copies, and begin at a multiple of 4. Hostile bytes are an error or some vocabulary, whose ids
  // are within it and whose plain text is never an added token.
  // Errors: kInvalidFile, kUnsupported (pre-tokenizer). Cost: about a millisecond.
  static Result<Tokenizer> Map(std::span<const std::byte> bytes);

  // All three: an empty text gives no ids. Errors: kInvalidText for text that is not UTF-8 (the
  // message has the position in `text`, in bytes), for a character that the vocabulary cannot
  // express (SmolLM2 has no U+0004) and above 1 GiB. Cost: O(n log n) time, constant stack.

  // Plain text: never yields an added token, whatever the text spells.
  Result<std::vector<int32_t>> EncodeText(std::string_view text) const;

  // Every added token that the text spells is recognised, leftmost and longest. For trusted text.
  Result<std::vector<int32_t>> EncodeWithSpecials(std::string_view text) const;

  // Control tokens stay text, user-defined ones (<tool_call>) are recognised: what the reference
  // stack calls split_special_tokens. For comparing with it; never for a user's text.
  Result<std::vector<int32_t>> EncodeAsReferencePlain(std::string_view text) const;

  // Bytes that are not UTF-8 become U+FFFD; ids outside the vocabulary and unused ids stand for
  // nothing. In: skip_special leaves out control tokens (and keeps user-defined ones).
  std::string Decode(std::span<const int32_t> ids, bool skip_special) const;

  // The raw bytes that an id stands for, perhaps a part of a character; the literal of an added
  // token; nothing for ids outside the vocabulary. Lives as long as this tokenizer.
  std::string_view TokenBytes(int32_t id) const;

  // The id of an added token by its literal.
  std::optional<int32_t> SpecialId(std::string_view literal) const;
  bool IsSpecial(int32_t id) const;  // every added token, control or user-defined
  bool IsControl(int32_t id) const;

  int32_t vocabulary_size() const;
  int32_t bos_id() const;  // -1: the file names none
  int32_t eos_id() const;
  int32_t unknown_id() const;
  // Whether ids stand for the NFC of a text instead of the text.
  bool normalizes() const;

 private:
  struct Tables;
  explicit Tokenizer(std::shared_ptr<const Tables> tables);

  enum class Recognise { kNothing, kUserDefined, kAllAdded };
  Result<std::vector<int32_t>> Encode(std::string_view text, Recognise recognise) const;

  std::shared_ptr<const Tables> tables_;
};

}  // namespace yixin
