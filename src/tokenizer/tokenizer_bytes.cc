// A tokenizer as bytes that a later process maps: no string is parsed, no table built again.
// Tested by: tokenizer_test.cc, tests/golden; fuzzed by tests/fuzz/tokenizer_table_fuzz.cc
#include <algorithm>
#include <cstring>

#include "tokenizer/pretokenize.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/tokenizer_tables.h"

namespace yixin {
namespace {

// Raised whenever stored bytes change for the same vocabulary: here, in vocabulary_bytes.cc, or in
// MergeTable's hash.
constexpr uint32_t kLayoutVersion = 1;

// The vocabulary follows.
struct Head {
  uint32_t layout_version;
  int32_t bos_id;
  int32_t eos_id;
  int32_t unknown_id;
  char pre[32];  // the pre-tokenizer's name, filled with zeros
};
static_assert(sizeof(Head) == 48);

Error Damaged(const std::string& what) {
  return {ErrorCode::kInvalidFile, "the stored tokenizer is damaged: " + what, "tokenizer"};
}

}  // namespace

std::vector<std::byte> Tokenizer::Serialise() const {
  Head head{.layout_version = kLayoutVersion,
            .bos_id = tables_->bos_id,
            .eos_id = tables_->eos_id,
            .unknown_id = tables_->unknown_id,
            .pre = {}};
  const std::string_view pre = tables_->pretokenizer->name;
  pre.copy(head.pre, sizeof(head.pre) - 1);
  const std::vector<std::byte> vocabulary = tables_->vocabulary.Serialise();
  std::vector<std::byte> bytes(sizeof(head) + vocabulary.size());
  std::memcpy(bytes.data(), &head, sizeof(head));
  std::ranges::copy(vocabulary, bytes.begin() + sizeof(head));
  return bytes;
}

Result<Tokenizer> Tokenizer::Map(std::span<const std::byte> bytes) {
  Head head;
  if (bytes.size() < sizeof(head)) return Damaged("it is cut short");
  std::memcpy(&head, bytes.data(), sizeof(head));
  if (head.layout_version != kLayoutVersion) {
    return Damaged("layout " + std::to_string(head.layout_version) + ", expected " +
                   std::to_string(kLayoutVersion));
  }
  YIXIN_TRY(const Pretokenizer* pretokenizer,
            FindPretokenizer({head.pre, strnlen(head.pre, sizeof(head.pre))}));
  YIXIN_TRY(Vocabulary vocabulary, Vocabulary::Map(bytes.subspan(sizeof(head))));
  for (const int32_t id : {head.bos_id, head.eos_id, head.unknown_id}) {
    if (id != -1 && !vocabulary.Contains(id)) return Damaged("a special id is out of range");
  }
  auto tables = std::make_shared<const Tables>(std::move(vocabulary), pretokenizer, head.bos_id,
                                               head.eos_id, head.unknown_id);
  if (!tables->added.IsSound()) return Damaged("an added token is empty or there twice");
  return Tokenizer(std::move(tables));
}

}  // namespace yixin
