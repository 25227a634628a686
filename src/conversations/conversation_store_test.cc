#include "conversations/conversation_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

namespace yixin {
namespace {

class ConversationStoreTest : public testing::Test {
 protected:
  ConversationStoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "yixin_store_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~ConversationStoreTest() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path File() const { return folder_ / "new" / "conversations.db"; }
  ConversationStore Open() const {
    auto store = ConversationStore::Open(File());
    EXPECT_TRUE(store) << store.error().message;
    return *std::move(store);
  }
  static StoredTurn Text(std::string user, int turn = -1) {
    StoredTurn stored;
    stored.user = std::move(user);
    stored.turn = turn;
    stored.label = "正面";
    stored.probability = 0.75;
    stored.sentiment = "{}";
    return stored;
  }
  static void Say(ConversationStore& store, const ConversationName& name, const std::string& user,
                  const std::string& reply, int turn = -1) {
    const auto started = store.BeginTurn(name, "chat.zh", Text(user, turn));
    ASSERT_TRUE(started) << started.error().message;
    ASSERT_TRUE(store.EndTurn(*started, reply, "stop"));
  }
  // user=reply of each turn.
  static std::string Seen(ConversationStore& store, const ConversationName& name) {
    const auto conversation = store.Read(name);
    EXPECT_TRUE(conversation);
    if (!*conversation) return "none";
    std::string seen;
    int next = 0;
    for (const StoredTurn& turn : (*conversation)->turns) {
      EXPECT_EQ(turn.turn, next++);
      seen += turn.user + "=" + turn.reply + " ";
    }
    return seen;
  }

  std::filesystem::path folder_;
  const ConversationName mine_{"me", "客服 1"};
};

TEST_F(ConversationStoreTest, TurnsStay) {
  {
    ConversationStore store = Open();
    EXPECT_EQ(Seen(store, mine_), "none");
    Say(store, mine_, "u1", "r1");
    Say(store, mine_, std::string("u\0<2>';--", 9), "r2");
  }
  ConversationStore store = Open();
  const auto conversation = *store.Read(mine_);
  ASSERT_TRUE(conversation);
  ASSERT_EQ(conversation->turns.size(), 2u);
  EXPECT_EQ(conversation->task, "chat.zh");
  EXPECT_EQ(conversation->turns[1].user, std::string("u\0<2>';--", 9));
  EXPECT_EQ(conversation->turns[0].label, "正面");
  EXPECT_EQ(conversation->turns[0].probability, 0.75);
  EXPECT_EQ(conversation->turns[0].finish, "stop");
  EXPECT_GE(conversation->updated_ms, conversation->created_ms);
}

TEST_F(ConversationStoreTest, OnlyItsOwnerSeesIt) {
  ConversationStore store = Open();
  Say(store, mine_, "u", "r");
  const ConversationName other{"you", mine_.name};
  EXPECT_EQ(Seen(store, other), "none");
  EXPECT_FALSE(*store.Delete(other));
  EXPECT_TRUE(store.List("you", 10, "")->empty());
  Say(store, other, "x", "y");
  EXPECT_EQ(Seen(store, mine_), "u=r ");
}

TEST_F(ConversationStoreTest, ATurnTakesTheOthersPlaceOnceItHasEnded) {
  ConversationStore store = Open();
  for (const char* user : {"a", "b", "c"}) Say(store, mine_, user, "r");
  const auto started = store.BeginTurn(mine_, "", Text("B", 1));
  ASSERT_TRUE(started);
  EXPECT_EQ(started->turn, 1);
  EXPECT_EQ(Seen(store, mine_), "a=r b=r c=r ");
  ASSERT_TRUE(store.EndTurn(*started, "new", "stop"));
  EXPECT_EQ(Seen(store, mine_), "a=r B=new ");
  Say(store, mine_, "d", "r", 2);
  EXPECT_EQ(Seen(store, mine_), "a=r B=new d=r ");
  const auto beyond = store.BeginTurn(mine_, "", Text("x", 4));
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().subject, "turn");
}

TEST_F(ConversationStoreTest, AReplyWithoutWords) {
  ConversationStore store = Open();
  Say(store, mine_, "a", "r");
  const auto again = store.BeginTurn(mine_, "", Text("A", 0));
  ASSERT_TRUE(store.EndTurn(*again, "", "stopped"));
  EXPECT_EQ(Seen(store, mine_), "a=r ") << "nothing came to take its place";
  const auto next = store.BeginTurn(mine_, "", Text("b"));
  ASSERT_TRUE(store.EndTurn(*next, "", "stopped"));
  EXPECT_EQ(Seen(store, mine_), "a=r b= ") << "what was said was said";
}

TEST_F(ConversationStoreTest, ATurnThatIsDropped) {
  ConversationStore store = Open();
  ASSERT_TRUE(store.DropTurn(*store.BeginTurn(mine_, "chat.zh", Text("a"))));
  EXPECT_EQ(Seen(store, mine_), "none") << "nor the conversation that it would have begun";
  Say(store, mine_, "a", "r");
  ASSERT_TRUE(store.DropTurn(*store.BeginTurn(mine_, "", Text("b"))));
  ASSERT_TRUE(store.DropTurn(*store.BeginTurn(mine_, "", Text("A", 0))));
  EXPECT_EQ(Seen(store, mine_), "a=r ");
}

TEST_F(ConversationStoreTest, WhoIsKilledLosesTheReplyAlone) {
  {
    ConversationStore store = Open();
    Say(store, mine_, "a", "r");
  }
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = ConversationStore::Open(File());
    (void)store->BeginTurn(mine_, "", Text("b"));
    (void)store->BeginTurn({"me", "other"}, "chat.zh", Text("x"));
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ConversationStore store = Open();
  EXPECT_EQ(Seen(store, mine_), "a=r b= ");
  EXPECT_EQ(Seen(store, {"me", "other"}), "x= ");
  Say(store, mine_, "c", "r");
  EXPECT_EQ(Seen(store, mine_), "a=r b= c=r ");
  // Killed while it wrote a turn anew: the old one is still there, and the next one goes on.
  ASSERT_TRUE(store.BeginTurn(mine_, "", Text("A", 0)));
  EXPECT_EQ(Seen(store, mine_), "a=r b= c=r ");
  Say(store, mine_, "d", "r");
  EXPECT_EQ(Seen(store, mine_), "a=r b= c=r d=r ");
}

TEST_F(ConversationStoreTest, ListsNewestFirst) {
  ConversationStore store = Open();
  for (int i = 0; i < 5; ++i) {
    Say(store, {"me", std::to_string(i)}, std::string(100, static_cast<char>('a' + i)), "r");
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // times are kept by it
  }
  Say(store, {"me", "1"}, "again", "r");
  const auto first = *store.List("me", 3, "");
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first[0].name, "1");
  EXPECT_EQ(first[0].turns, 2);
  EXPECT_EQ(first[0].title, std::string(60, 'b'));
  EXPECT_EQ(first[1].name, "4");
  const auto rest = *store.List("me", 3, first[2].name);
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[1].name, "0");
  EXPECT_TRUE(store.List("me", 3, "none")->empty());
}

TEST_F(ConversationStoreTest, DeletedIsGone) {
  ConversationStore store = Open();
  Say(store, mine_, "a secret that nobody finds", "r");
  const auto started = store.BeginTurn(mine_, "", Text("b"));
  EXPECT_TRUE(*store.Delete(mine_));
  EXPECT_FALSE(*store.Delete(mine_));
  EXPECT_EQ(Seen(store, mine_), "none");
  EXPECT_TRUE(store.EndTurn(*started, "late", "stop"));
  EXPECT_EQ(Seen(store, mine_), "none");
}

TEST_F(ConversationStoreTest, FilesThatAreNone) {
  std::filesystem::create_directories(File().parent_path());
  std::ofstream(File()) << std::string(5000, 'x');
  EXPECT_EQ(ConversationStore::Open(File()).error().code, ErrorCode::kInvalidFile);
  std::filesystem::remove(File());
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(File().c_str(), &other), SQLITE_OK);
  sqlite3_exec(other, "CREATE TABLE t(a)", nullptr, nullptr, nullptr);
  EXPECT_EQ(ConversationStore::Open(File()).error().code, ErrorCode::kInvalidFile);
  sqlite3_exec(other, "DROP TABLE t; PRAGMA application_id=1500084329; PRAGMA user_version=2",
               nullptr, nullptr, nullptr);
  EXPECT_EQ(ConversationStore::Open(File()).error().code, ErrorCode::kUnsupported);
  sqlite3_close(other);
  EXPECT_EQ(ConversationStore::Open("/proc/none/file").error().code, ErrorCode::kIo);
  EXPECT_FALSE(ConversationStore::Open(folder_));
}

TEST_F(ConversationStoreTest, NobodyElseReadsTheFile) {
  ConversationStore store = Open();
  Say(store, mine_, "a", "r");
  for (const auto& entry : std::filesystem::directory_iterator(File().parent_path())) {
    struct stat facts {};
    ASSERT_EQ(::stat(entry.path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600u) << entry.path();
  }
}

TEST_F(ConversationStoreTest, ManyWritersLoseNothing) {
  ConversationStore one = Open();
  ConversationStore two = Open();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 20; ++j) {
        Say(i % 2 == 0 ? one : two, {"me", std::to_string(i)}, "u", "r");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ((*one.Read({"me", std::to_string(i)}))->turns.size(), 20u);
  }
}

TEST(ConversationName, WhatIsOne) {
  EXPECT_TRUE(IsConversationName("a"));
  EXPECT_TRUE(IsConversationName("a/b 客 <script>"));
  EXPECT_TRUE(IsConversationName(std::string(128, 'x')));
  for (const std::string& wrong :
       {std::string(), std::string("."), std::string(".."), std::string(129, 'x'),
        std::string("a\0b", 3), std::string("\x7f"), std::string("\xff"), std::string("\t")}) {
    EXPECT_FALSE(IsConversationName(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace yixin
