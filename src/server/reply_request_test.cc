#include "server/reply_request.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

Error Told(const FieldNames& names, const std::string& subject, size_t index = 0) {
  return InWordsOf(names, index, {ErrorCode::kInvalidText, subject + ": empty input", subject});
}

TEST(ReplyRequest, ErrorsHaveTheNamesOfTheRequest) {
  EXPECT_EQ(Told({}, "max_new_tokens").subject, "max_tokens");
  EXPECT_EQ(Told({}, "max_new_tokens").message, "max_tokens: empty input");
  EXPECT_EQ(Told({}, "messages[3]").subject, "messages[3]");
  EXPECT_EQ(Told({}, "choice[0]").message, "choice[0]: empty input");
  EXPECT_EQ(Told({}, "").message, ": empty input");
}

TEST(ReplyRequest, MessagesOfAnotherName) {
  const FieldNames names{.length = "max_output_tokens", .messages = "input"};
  EXPECT_EQ(Told(names, "max_new_tokens").subject, "max_output_tokens");
  EXPECT_EQ(Told(names, "messages[12]").message, "input[12]: empty input");
  const Error all =
      InWordsOf(names, 0, {ErrorCode::kInvalidText, "messages: 9 tokens", "messages"});
  EXPECT_EQ(all.subject, "input");
  EXPECT_EQ(all.message, "input: 9 tokens");
}

TEST(ReplyRequest, ASystemPromptThatIsAFieldOfItsOwn) {
  const FieldNames names{.system = "system"};
  EXPECT_EQ(Told(names, "messages[0]").subject, "system");
  EXPECT_EQ(Told(names, "messages[1]").message, "messages[0]: empty input");
  const FieldNames one{.messages = "input", .system = "instructions", .one_message = true};
  EXPECT_EQ(Told(one, "messages[0]").subject, "instructions");
  EXPECT_EQ(Told(one, "messages[1]").message, "input: empty input");
}

TEST(ReplyRequest, APromptOfSeveral) {
  EXPECT_EQ(Told({}, "prompt", 3).subject, "prompt");
  const FieldNames names{.replies_of_a_prompt = 2};
  EXPECT_EQ(Told(names, "prompt", 1).subject, "prompt[0]");
  EXPECT_EQ(Told(names, "prompt", 3).message, "prompt[1]: empty input");
}

}  // namespace
}  // namespace yixin
