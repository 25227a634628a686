// Which tokens a grammar lets through: those, and only those, whose bytes go on with it.
#include "tasks/grammar_constraint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "grammar/json_schema.h"
#include "tasks/model_for_test.h"

namespace yixin {
namespace {

class GrammarConstraintTest : public testing::Test {
 protected:
  GrammarConstraint Make(const std::string& schema) {
    auto grammar = CompileJsonSchema(schema);
    EXPECT_TRUE(grammar) << grammar.error().message;
    grammar_ = std::make_shared<const ByteGrammar>(*std::move(grammar));
    return {grammar_, trie_, tokenizer(), end()};
  }
  const Tokenizer& tokenizer() const { return vocabulary_.tokenizer; }
  int32_t end() const { return static_cast<int32_t>(vocabulary_.tiny.im_end); }

  std::vector<int32_t> Allowed(GrammarConstraint& constraint) const {
    std::vector<float> logits(static_cast<size_t>(tokenizer().vocabulary_size()) + 70, 1.0f);
    constraint.Mask(logits);
    std::vector<int32_t> ids;
    for (size_t id = 0; id < logits.size(); ++id) {
      if (!std::isinf(logits[id])) ids.push_back(static_cast<int32_t>(id));
    }
    return ids;
  }
  std::string TextOf(int32_t id) const { return std::string(tokenizer().TokenBytes(id)); }

  TestVocabulary vocabulary_;
  std::shared_ptr<const VocabularyTrie> trie_ = std::make_shared<const VocabularyTrie>(tokenizer());
  std::shared_ptr<const ByteGrammar> grammar_;
};

TEST_F(GrammarConstraintTest, AgreesWithTheMatcherOnEveryToken) {
  GrammarConstraint constraint =
      Make(R"({"type": "object", "properties": {"the": {"type": "string"},
      "n": {"type": "integer"}}, "required": ["the", "n"]})");
  GrammarMatcher matcher(grammar_);
  auto state = matcher.start();
  std::mt19937 random(7);
  std::string text;
  while (!constraint.complete()) {
    const std::vector<int32_t> allowed = Allowed(constraint);
    ASSERT_FALSE(allowed.empty()) << text;
    std::vector<int32_t> expected;
    for (int32_t id = 0; id < tokenizer().vocabulary_size(); ++id) {
      auto to = state;
      for (const char byte : TextOf(id)) {
        if (to != GrammarMatcher::kDead) to = matcher.Step(to, static_cast<uint8_t>(byte));
      }
      const bool goes_on = to != GrammarMatcher::kDead && !TextOf(id).empty();
      const bool is_end = id == end() && matcher.may_end(state);
      if (is_end || (goes_on && !tokenizer().IsSpecial(id))) expected.push_back(id);
    }
    ASSERT_EQ(allowed, expected) << text;
    int32_t drawn = allowed[random() % allowed.size()];
    for (const int32_t id : allowed) {  // out of the string, some time
      if (text.size() > 40 && TextOf(id) == "\"") drawn = id;
    }
    text += TextOf(drawn);
    constraint.Append(drawn);
    for (const char byte : TextOf(drawn)) state = matcher.Step(state, static_cast<uint8_t>(byte));
  }
  EXPECT_TRUE(text.ends_with('}')) << text;
}

TEST_F(GrammarConstraintTest, TheEndTokenEndsWhatMayGoOn) {
  GrammarConstraint constraint = Make(R"({"type": "integer"})");
  for (const int32_t id : *tokenizer().EncodeText("12")) constraint.Append(id);
  EXPECT_FALSE(constraint.complete());
  const std::vector<int32_t> allowed = Allowed(constraint);
  EXPECT_NE(std::ranges::find(allowed, end()), allowed.end());
  constraint.Append(end());
  EXPECT_TRUE(constraint.complete());
}

TEST_F(GrammarConstraintTest, ControlTokensAreNoText) {
  // Their literals would be good JSON strings.
  GrammarConstraint constraint = Make(R"({"type": "string"})");
  for (const int32_t id : *tokenizer().EncodeText("\"")) constraint.Append(id);
  for (const int32_t id : Allowed(constraint)) EXPECT_FALSE(tokenizer().IsSpecial(id)) << id;
}

TEST_F(GrammarConstraintTest, LongRepliesStaySmall) {
  GrammarConstraint constraint = Make(R"({"type": "array"})");
  const int32_t bracket = tokenizer().EncodeText("[")->front();
  for (int depth = 0; depth < 3000; ++depth) {
    constraint.Append(bracket);
    if (depth % 100 != 0) continue;
    EXPECT_FALSE(Allowed(constraint).empty());
  }
}

}  // namespace
}  // namespace yixin
