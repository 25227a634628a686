// Tested by: conversation_store_test.cc
#include "conversations/conversation_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <system_error>
#include <utility>

#include "conversations/sql.h"
#include "yixin/utf8.h"

namespace yixin {
namespace {

constexpr int kApplicationId = 0x59697869;  // "Yixi"
constexpr int64_t kVersion1 = 1;
constexpr size_t kMostNameBytes = 128;
constexpr int kBusyMs = 5'000;  // another process writes for microseconds; a backup for longer

// A row is pending from BeginTurn to EndTurn. One that no reply came for and that takes nobody's
// place is a turn all the same: its text was said.
constexpr const char* kTables = R"(
CREATE TABLE conversations(
  id INTEGER PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, task TEXT NOT NULL,
  created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, UNIQUE(owner, name));
CREATE TABLE turns(
  id INTEGER PRIMARY KEY,
  conversation INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  turn INTEGER NOT NULL, pending INTEGER NOT NULL, created_ms INTEGER NOT NULL,
  user TEXT NOT NULL, reply TEXT NOT NULL, finish TEXT NOT NULL, label TEXT NOT NULL,
  probability REAL NOT NULL, sentiment TEXT NOT NULL, escalation TEXT NOT NULL);
CREATE INDEX turns_by_place ON turns(conversation, turn);
CREATE INDEX conversations_by_time ON conversations(owner, updated_ms);
)";

int64_t NowMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

Status MakeFile(const std::filesystem::path& file) {
  std::error_code error;
  if (const auto folder = file.parent_path(); !folder.empty() && !exists(folder, error)) {
    create_directories(folder, error);
    if (!error) permissions(folder, std::filesystem::perms::owner_all, error);
    if (error) {
      return Error{ErrorCode::kIo, folder.string() + ": " + error.message(), folder.string()};
    }
  }
  const int fd = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NONBLOCK, 0600);
  if (fd < 0) {
    return Error{ErrorCode::kIo, file.string() + ": " + std::strerror(errno), file.string()};
  }
  ::close(fd);
  return {};
}

}  // namespace

bool IsConversationName(std::string_view name) {
  const auto is_control = [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; };
  return !name.empty() && name.size() <= kMostNameBytes && name != "." && name != ".." &&
         !FindInvalidUtf8(name) && std::none_of(name.begin(), name.end(), is_control);
}

struct ConversationStore::State {
  ~State() { sqlite3_close(database); }

  Status Prepare();
  Result<int64_t> FindId(const ConversationName& name);
  Result<int64_t> CountTurns(int64_t conversation);

  std::mutex mutex;
  sqlite3* database = nullptr;
  std::string file;
};

Status ConversationStore::State::Prepare() {
  sqlite3_busy_timeout(database, kBusyMs);
  for (const char* sql : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL",
                          "PRAGMA foreign_keys = ON", "PRAGMA secure_delete = ON"}) {
    YIXIN_CHECK_OK(SqlStatement(database, sql).Run(file));
  }
  YIXIN_TRY(SqlTransaction transaction, SqlTransaction::Begin(database, file));
  const auto number = [&](const char* sql) -> Result<int64_t> {
    SqlStatement statement(database, sql);
    YIXIN_CHECK_OK(statement.Step(file));
    return statement.Number(0);
  };
  YIXIN_TRY(const int64_t application, number("PRAGMA application_id"));
  YIXIN_TRY(const int64_t version, number("PRAGMA user_version"));
  YIXIN_TRY(const int64_t tables, number("SELECT count(*) FROM sqlite_schema"));
  if (application == kApplicationId && version == kVersion1) return {};
  if (application == kApplicationId && version > kVersion1) {
    return Error{ErrorCode::kUnsupported, file + ": a newer yixin has written it", file};
  }
  if (application != 0 || tables != 0) {
    return Error{ErrorCode::kInvalidFile, file + ": a database, but not of yixin's conversations",
                 file};
  }
  const std::string sql = kTables + ("PRAGMA application_id = " + std::to_string(kApplicationId)) +
                          "; PRAGMA user_version = " + std::to_string(kVersion1);
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return SqlError(database, file);
  }
  return transaction.Commit();
}

// 0: there is none.
Result<int64_t> ConversationStore::State::FindId(const ConversationName& name) {
  SqlStatement find(database, "SELECT id FROM conversations WHERE owner = ? AND name = ?");
  YIXIN_TRY(const bool found, find.Bind(name.owner).Bind(name.name).Step(file));
  return found ? find.Number(0) : int64_t{0};
}

// Pending ones that take nobody's place included: the highest turn that anybody sees, and one.
Result<int64_t> ConversationStore::State::CountTurns(int64_t conversation) {
  SqlStatement count(database,
                     "SELECT coalesce(max(turn) + 1, 0) FROM turns WHERE conversation = ?");
  YIXIN_CHECK_OK(count.Bind(conversation).Step(file));
  return count.Number(0);
}

ConversationStore::ConversationStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
ConversationStore::ConversationStore(ConversationStore&&) noexcept = default;
ConversationStore& ConversationStore::operator=(ConversationStore&&) noexcept = default;
ConversationStore::~ConversationStore() = default;

Result<ConversationStore> ConversationStore::Open(const std::filesystem::path& file) {
  YIXIN_CHECK_OK(MakeFile(file));
  auto state = std::make_unique<State>();
  state->file = file.string();
  if (sqlite3_open_v2(file.c_str(), &state->database, SQLITE_OPEN_READWRITE, nullptr) !=
      SQLITE_OK) {
    return SqlError(state->database, state->file);
  }
  YIXIN_CHECK_OK(state->Prepare());
  return ConversationStore(std::move(state));
}

Result<std::vector<ConversationLine>> ConversationStore::List(std::string_view owner, size_t limit,
                                                              std::string_view after) {
  const std::lock_guard lock(state_->mutex);
  SqlStatement list(state_->database,
                    "SELECT name, task, created_ms, updated_ms,"
                    " (SELECT max(turn) + 1 FROM turns WHERE conversation = c.id),"
                    " (SELECT substr(user, 1, 60) FROM turns WHERE conversation = c.id"
                    "  ORDER BY turn, pending, id LIMIT 1)"
                    " FROM conversations c WHERE owner = ?1 AND (?2 = '' OR (updated_ms, id) <"
                    " (SELECT updated_ms, id FROM conversations WHERE owner = ?1 AND name = ?2))"
                    " ORDER BY updated_ms DESC, id DESC LIMIT ?3");
  list.Bind(owner).Bind(after).Bind(static_cast<int64_t>(limit));
  std::vector<ConversationLine> lines;
  while (true) {
    YIXIN_TRY(const bool has_row, list.Step(state_->file));
    if (!has_row) return lines;
    ConversationLine line;
    line.name = list.Text(0);
    line.task = list.Text(1);
    line.created_ms = list.Number(2);
    line.updated_ms = list.Number(3);
    line.turns = static_cast<int>(list.Number(4));
    line.title = list.Text(5);
    lines.push_back(std::move(line));
  }
}

Result<std::optional<StoredConversation>> ConversationStore::Read(const ConversationName& name) {
  const std::lock_guard lock(state_->mutex);
  // One look at the file: what another process writes meanwhile is seen in both, or in neither.
  SqlStatement rows(state_->database,
                    "SELECT c.task, c.created_ms, c.updated_ms, t.turn, t.created_ms, t.user,"
                    " t.reply, t.finish, t.label, t.probability, t.sentiment, t.escalation"
                    " FROM conversations c LEFT JOIN turns t ON t.conversation = c.id"
                    " WHERE c.owner = ? AND c.name = ? ORDER BY t.turn, t.pending, t.id");
  rows.Bind(name.owner).Bind(name.name);
  std::optional<StoredConversation> conversation;
  while (true) {
    YIXIN_TRY(const bool has_row, rows.Step(state_->file));
    if (!has_row) return conversation;
    if (!conversation) {
      conversation.emplace();
      conversation->name = name.name;
      conversation->task = rows.Text(0);
      conversation->created_ms = rows.Number(1);
      conversation->updated_ms = rows.Number(2);
    }
    StoredTurn turn;
    turn.turn = static_cast<int>(rows.Number(3));
    turn.created_ms = rows.Number(4);
    // A pending row behind the turn whose place it is to take.
    if (turn.created_ms == 0 || turn.turn < static_cast<int>(conversation->turns.size())) continue;
    turn.user = rows.Text(5);
    turn.reply = rows.Text(6);
    turn.finish = rows.Text(7);
    turn.label = rows.Text(8);
    turn.probability = rows.Real(9);
    turn.sentiment = rows.Text(10);
    turn.escalation = rows.Text(11);
    conversation->turns.push_back(std::move(turn));
  }
}

Result<StartedTurn> ConversationStore::BeginTurn(const ConversationName& name,
                                                 std::string_view task, const StoredTurn& turn) {
  const std::lock_guard lock(state_->mutex);
  const std::string& file = state_->file;
  sqlite3* const database = state_->database;
  YIXIN_TRY(SqlTransaction transaction, SqlTransaction::Begin(database, file));
  const int64_t now = NowMs();
  YIXIN_TRY(int64_t conversation, state_->FindId(name));
  if (conversation == 0) {
    YIXIN_CHECK_OK(SqlStatement(database,
                                "INSERT INTO conversations(owner, name, task, created_ms,"
                                " updated_ms) VALUES(?, ?, ?, ?, ?)")
                       .Bind(name.owner)
                       .Bind(name.name)
                       .Bind(task)
                       .Bind(now)
                       .Bind(now)
                       .Run(file));
    conversation = sqlite3_last_insert_rowid(database);
  }
  YIXIN_TRY(const int64_t count, state_->CountTurns(conversation));
  const int64_t place = turn.turn < 0 ? count : turn.turn;
  if (place > count) {
    return Error{ErrorCode::kInvalidArgument,
                 "turn: the conversation has " + std::to_string(count) + " turns", "turn"};
  }
  // What a killed process left: behind this place it is void, before it a turn without a reply.
  YIXIN_CHECK_OK(SqlStatement(database,
                              "DELETE FROM turns AS t WHERE conversation = ?1 AND pending = 1 AND"
                              " (turn >= ?2 OR EXISTS(SELECT 1 FROM turns WHERE conversation = ?1"
                              "  AND turn = t.turn AND pending = 0))")
                     .Bind(conversation)
                     .Bind(place)
                     .Run(file));
  YIXIN_CHECK_OK(SqlStatement(database, "UPDATE turns SET pending = 0 WHERE conversation = ?")
                     .Bind(conversation)
                     .Run(file));
  YIXIN_CHECK_OK(SqlStatement(database,
                              "INSERT INTO turns(conversation, turn, pending, created_ms, user,"
                              " reply, finish, label, probability, sentiment, escalation)"
                              " VALUES(?, ?, 1, ?, ?, '', '', ?, ?, ?, ?)")
                     .Bind(conversation)
                     .Bind(place)
                     .Bind(now)
                     .Bind(turn.user)
                     .Bind(turn.label)
                     .Bind(turn.probability)
                     .Bind(turn.sentiment)
                     .Bind(turn.escalation)
                     .Run(file));
  const StartedTurn started{sqlite3_last_insert_rowid(database), static_cast<int>(place)};
  YIXIN_CHECK_OK(SqlStatement(database, "UPDATE conversations SET updated_ms = ? WHERE id = ?")
                     .Bind(now)
                     .Bind(conversation)
                     .Run(file));
  YIXIN_CHECK_OK(transaction.Commit());
  return started;
}

Status ConversationStore::EndTurn(const StartedTurn& started, std::string_view reply,
                                  std::string_view finish) {
  const std::lock_guard lock(state_->mutex);
  const std::string& file = state_->file;
  sqlite3* const database = state_->database;
  YIXIN_TRY(SqlTransaction transaction, SqlTransaction::Begin(database, file));
  SqlStatement find(database,
                    "SELECT t.conversation, EXISTS(SELECT 1 FROM turns o WHERE o.conversation ="
                    " t.conversation AND o.turn >= t.turn AND o.id <> t.id)"
                    " FROM turns t WHERE t.id = ? AND t.pending = 1");
  YIXIN_TRY(const bool is_there, find.Bind(started.key).Step(file));
  if (!is_there) return {};
  const int64_t conversation = find.Number(0);
  if (reply.empty() && find.Number(1) != 0) {
    YIXIN_CHECK_OK(
        SqlStatement(database, "DELETE FROM turns WHERE id = ?").Bind(started.key).Run(file));
    return transaction.Commit();
  }
  YIXIN_CHECK_OK(
      SqlStatement(database, "DELETE FROM turns WHERE conversation = ? AND turn >= ? AND id <> ?")
          .Bind(conversation)
          .Bind(int64_t{started.turn})
          .Bind(started.key)
          .Run(file));
  YIXIN_CHECK_OK(
      SqlStatement(database, "UPDATE turns SET pending = 0, reply = ?, finish = ? WHERE id = ?")
          .Bind(reply)
          .Bind(finish)
          .Bind(started.key)
          .Run(file));
  YIXIN_CHECK_OK(SqlStatement(database, "UPDATE conversations SET updated_ms = ? WHERE id = ?")
                     .Bind(NowMs())
                     .Bind(conversation)
                     .Run(file));
  return transaction.Commit();
}

Status ConversationStore::DropTurn(const StartedTurn& started) {
  const std::lock_guard lock(state_->mutex);
  const std::string& file = state_->file;
  YIXIN_TRY(SqlTransaction transaction, SqlTransaction::Begin(state_->database, file));
  YIXIN_CHECK_OK(SqlStatement(state_->database, "DELETE FROM turns WHERE id = ? AND pending = 1")
                     .Bind(started.key)
                     .Run(file));
  YIXIN_CHECK_OK(SqlStatement(state_->database,
                              "DELETE FROM conversations AS c WHERE NOT EXISTS"
                              "(SELECT 1 FROM turns WHERE conversation = c.id)")
                     .Run(file));
  return transaction.Commit();
}

Result<bool> ConversationStore::Delete(const ConversationName& name) {
  const std::lock_guard lock(state_->mutex);
  YIXIN_CHECK_OK(
      SqlStatement(state_->database, "DELETE FROM conversations WHERE owner = ? AND name = ?")
          .Bind(name.owner)
          .Bind(name.name)
          .Run(state_->file));
  return sqlite3_changes(state_->database) > 0;
}

}  // namespace yixin
