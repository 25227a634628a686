#include "cli/session_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

namespace yixin {
namespace {

class SessionLogTest : public testing::Test {
 protected:
  SessionLogTest() {
    std::string name = (std::filesystem::temp_directory_path() / "yixin_log_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~SessionLogTest() override { std::filesystem::remove_all(folder_); }
  SessionLog Open(const std::string& name = "s") {
    auto log = SessionLog::Open(folder_ / "c.db", name);
    EXPECT_TRUE(log) << log.error().message;
    return *std::move(log);
  }
  // user=reply of each turn, as the next start finds them.
  std::string Kept(const std::string& name = "s") {
    std::string kept;
    const auto file = nlohmann::json::parse(Open(name).ToJson());
    for (const auto& turn : file["turns"]) {
      kept += turn["user"].get<std::string>() + "=" + turn["reply"].get<std::string>() + " ";
    }
    return kept;
  }

  std::filesystem::path folder_;
  const std::vector<ChatTurn> two_{{"a", "A", "正面"}, {"b", "B", ""}};
};

TEST_F(SessionLogTest, TurnByTurn) {
  SessionLog log = Open();
  EXPECT_EQ(log.turns(), 0u);
  log.SetTask("chat.en");
  Classification mood;
  mood.label = "正面";
  ASSERT_TRUE(log.Begin("a", &mood));
  EXPECT_EQ(Kept(), "a= ") << "a killed chat";
  ASSERT_TRUE(log.Follow({{"a", "A", "正面"}}));
  ASSERT_TRUE(log.Begin("b", nullptr));
  ASSERT_TRUE(log.Follow(two_));
  EXPECT_EQ(Kept(), "a=A b=B ");
  EXPECT_EQ(Open().task(), "chat.en");
  EXPECT_EQ(Open().turns(), 2u);
  ASSERT_TRUE(log.Follow(two_));
  EXPECT_EQ(Kept(), "a=A b=B ");
  EXPECT_EQ(Kept("other"), "");
}

TEST_F(SessionLogTest, WhatCommandsDo) {
  SessionLog log = Open();
  ASSERT_TRUE(log.Follow(two_));  // /load
  EXPECT_EQ(Kept(), "a=A b=B ");
  ASSERT_TRUE(log.Follow({two_[0], {"b", "again", ""}}));  // /retry
  EXPECT_EQ(Kept(), "a=A b=again ");
  ASSERT_TRUE(log.Follow({two_[0]}));
  EXPECT_EQ(Kept(), "a=A ");
  ASSERT_TRUE(log.Begin("x", nullptr));  // refused: too long
  ASSERT_TRUE(log.Follow({two_[0]}));
  EXPECT_EQ(Kept(), "a=A ");
  ASSERT_TRUE(log.Follow({}));  // /clear
  EXPECT_EQ(Kept(), "");
  ASSERT_TRUE(log.Begin("y", nullptr));
  ASSERT_TRUE(log.Follow({{"y", "Y", ""}}));
  EXPECT_EQ(Kept(), "y=Y ");
}

TEST_F(SessionLogTest, WhatIsRefused) {
  EXPECT_EQ(SessionLog::Open(folder_ / "c.db", "").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(SessionLog::Open(folder_ / "c.db", "a\nb").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(SessionLog::Open("", "a").error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace yixin
