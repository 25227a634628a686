#include "server/conversation_routes.h"

#include <gtest/gtest.h>

#include "server/desk_for_test.h"

namespace yixin {
namespace {

using nlohmann::json;

class ConversationRoutesTest : public testing::Test {
 protected:
  void Keep(const std::string& name, const std::string& user, const std::string& reply) {
    desk_.Post([&, name, user, reply](const Result<ConversationStore*>& store) {
      StoredTurn turn;
      turn.turn = -1;
      turn.user = user;
      turn.label = "正面";
      turn.sentiment = R"({"label":"正面"})";
      turn.escalation = user == "投诉" ? R"({"rule":"words"})" : "";
      const auto started = (*store)->BeginTurn({"me", name}, "chat.zh", turn);
      EXPECT_TRUE(started && (*store)->EndTurn(*started, reply, "stop"));
    });
  }
  template <class Route>
  json Get(Route route, const std::string& what, int status = 200, const char* owner = "me") {
    const auto exchange = std::make_shared<Exchange>(1000);
    route(desk_, owner, what, exchange);
    WaitFor(desk_);
    Said said;
    said.Read(*exchange);
    EXPECT_TRUE(said.response);
    EXPECT_EQ(said.response->status, status);
    headers_ = said.response->headers;
    return said.Body();
  }

  DeskFolder folder_;
  ConversationDesk desk_{folder_.file()};
  std::vector<std::pair<std::string, std::string>> headers_;
};

TEST_F(ConversationRoutesTest, ListsInPages) {
  for (int i = 0; i < 3; ++i) Keep("c" + std::to_string(i), "u" + std::to_string(i), "r");
  const json first = Get(ListConversations, "limit=2");
  EXPECT_EQ(first["data"].size(), 2u);
  EXPECT_EQ(first["has_more"], true);
  EXPECT_EQ(first["data"][0]["id"], "c2");
  EXPECT_EQ(first["data"][0]["title"], "u2");
  const json rest = Get(ListConversations, "limit=2&after=c1");
  EXPECT_EQ(rest["data"].size(), 1u);
  EXPECT_EQ(rest["has_more"], false);
  EXPECT_TRUE(Get(ListConversations, "", 200, "you")["data"].empty());
  for (const char* wrong : {"limit=0", "limit=201", "limit=-1", "limit=x", "limit=1x", "limit",
                            "limit=99999999999999999999", "offset=1", "after=%ff"}) {
    Get(ListConversations, wrong, 400);
  }
}

TEST_F(ConversationRoutesTest, Reads) {
  Keep("客服/1", "你好", "r1");
  Keep("客服/1", "投诉", "r2");
  const json conversation = Get(ReadConversation, "%E5%AE%A2%E6%9C%8D%2F1");
  EXPECT_EQ(conversation["id"], "客服/1");
  ASSERT_EQ(conversation["turns"].size(), 2u);
  EXPECT_EQ(conversation["turns"][0]["user"], "你好");
  EXPECT_EQ(conversation["turns"][0]["escalate"], false);
  EXPECT_EQ(conversation["turns"][1]["escalate"], true);
  EXPECT_EQ(conversation["turns"][1]["sentiment"]["label"], "正面");
  EXPECT_EQ(conversation["turns"][1]["finish_reason"], "stop");
  for (const char* none : {"none", "%", "%ff", "..", "%2e%2e", "%00"}) {
    Get(ReadConversation, none, 404);
  }
  Get(ReadConversation, "%E5%AE%A2%E6%9C%8D%2F1", 404, "you");
}

TEST_F(ConversationRoutesTest, Exports) {
  Keep("c", "u", "r");
  const json file = Get(ExportConversation, "c");
  EXPECT_EQ(headers_.back().first, "Content-Disposition");
  EXPECT_EQ(file["format"], "yixin.conversation");
  EXPECT_EQ(file["turns"], json::parse(R"([{"user": "u", "reply": "r", "mood": "正面"}])"));
}

TEST_F(ConversationRoutesTest, Deletes) {
  Keep("c", "u", "r");
  Get(DeleteConversation, "c", 404, "you");
  EXPECT_EQ(Get(DeleteConversation, "c")["deleted"], true);
  Get(DeleteConversation, "c", 404);
  Get(ReadConversation, "c", 404);
}

}  // namespace
}  // namespace yixin
