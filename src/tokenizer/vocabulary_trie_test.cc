// Every token is in the tree once, under its bytes.
#include "tokenizer/vocabulary_trie.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tokenizer/test_vocabulary.h"

namespace yixin {
namespace {

TEST(VocabularyTrie, EveryTokenIsUnderItsBytes) {
  const Tokenizer tokenizer = *Tokenizer::Create(TestVocabulary::Mixed("qwen2").Spec());
  const VocabularyTrie trie(tokenizer);
  std::map<std::string, int32_t> found;
  std::string path;
  const auto& nodes = trie.nodes();
  for (size_t at = 0; at < nodes.size(); ++at) {
    const VocabularyTrie::Node& node = nodes[at];
    ASSERT_LE(node.depth, path.size());
    path.resize(node.depth);
    path += static_cast<char>(node.byte);
    if (node.token >= 0) found[path] = node.token;
    // The subtree: all that is deeper, and no more.
    ASSERT_GT(node.end, at);
    for (size_t below = at + 1; below < node.end; ++below)
      EXPECT_GT(nodes[below].depth, node.depth);
    if (node.end < nodes.size()) {
      EXPECT_LE(nodes[node.end].depth, node.depth);
    }
  }
  size_t expected = 0;
  for (int32_t id = 0; id < tokenizer.vocabulary_size(); ++id) {
    if (tokenizer.IsSpecial(id)) {
      const auto twin = found.find(std::string(tokenizer.TokenBytes(id)));
      EXPECT_TRUE(twin == found.end() || twin->second != id);
      continue;
    }
    const std::string bytes(tokenizer.TokenBytes(id));
    if (bytes.empty()) continue;
    ++expected;
    ASSERT_TRUE(found.contains(bytes)) << id;
    EXPECT_EQ(tokenizer.TokenBytes(found[bytes]), bytes);
  }
  EXPECT_EQ(found.size(), expected);
}

}  // namespace
}  // namespace yixin
