// Tested by: vocabulary_trie_test.cc
#include "tokenizer/vocabulary_trie.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace yixin {
namespace {

// Longer ones, runs of white space, are left out: nothing needs them.
constexpr size_t kMostBytes = std::numeric_limits<uint8_t>::max();

}  // namespace

VocabularyTrie::VocabularyTrie(const Tokenizer& tokenizer)
    : vocabulary_(static_cast<size_t>(tokenizer.vocabulary_size())) {
  std::vector<std::pair<std::string_view, int32_t>> tokens;
  for (int32_t id = 0; id < tokenizer.vocabulary_size(); ++id) {
    const std::string_view bytes = tokenizer.TokenBytes(id);
    if (bytes.empty() || bytes.size() > kMostBytes || tokenizer.IsSpecial(id)) continue;
    tokens.emplace_back(bytes, id);
  }
  std::ranges::sort(tokens);
  std::vector<size_t> path;  // nodes from the root to the last one
  std::string_view last;
  for (const auto& [bytes, id] : tokens) {
    const auto differ = std::ranges::mismatch(last, bytes);
    const auto common = static_cast<size_t>(differ.in2 - bytes.begin());
    while (path.size() > common) {
      nodes_[path.back()].end = static_cast<uint32_t>(nodes_.size());
      path.pop_back();
    }
    for (size_t depth = common; depth < bytes.size(); ++depth) {
      path.push_back(nodes_.size());
      nodes_.push_back({static_cast<uint8_t>(bytes[depth]), static_cast<uint8_t>(depth)});
    }
    // Of several tokens of the same bytes the first.
    if (nodes_[path.back()].token < 0) nodes_[path.back()].token = id;
    last = bytes;
  }
  for (const size_t node : path) nodes_[node].end = static_cast<uint32_t>(nodes_.size());
}

}  // namespace yixin
