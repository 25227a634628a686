// Tested by: conversation_store_test.cc
#include "conversations/sql.h"

#include <utility>

namespace yixin {

Error SqlError(sqlite3* database, const std::string& file) {
  const int code = database == nullptr ? SQLITE_NOMEM : sqlite3_errcode(database);
  ErrorCode kind = ErrorCode::kIo;
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      kind = ErrorCode::kInvalidFile;
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      kind = ErrorCode::kBusy;
      break;
    case SQLITE_NOMEM:
      kind = ErrorCode::kOutOfMemory;
      break;
    case SQLITE_TOOBIG:
      kind = ErrorCode::kInvalidText;
      break;
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
      kind = ErrorCode::kInternal;
      break;
    default:
      break;
  }
  const char* const words = database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database);
  return {kind, file + ": " + words, file};
}

SqlStatement::SqlStatement(sqlite3* database, const char* sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  is_good_ = sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) == SQLITE_OK;
  statement_.reset(statement);
}

SqlStatement& SqlStatement::Bind(std::string_view text) {
  // An empty view may point nowhere, which would be NULL.
  const char* const bytes = text.empty() ? "" : text.data();
  is_good_ = is_good_ && sqlite3_bind_text64(statement_.get(), next_++, bytes, text.size(),
                                             SQLITE_TRANSIENT, SQLITE_UTF8) == SQLITE_OK;
  return *this;
}

SqlStatement& SqlStatement::Bind(int64_t number) {
  is_good_ = is_good_ && sqlite3_bind_int64(statement_.get(), next_++, number) == SQLITE_OK;
  return *this;
}

SqlStatement& SqlStatement::Bind(double number) {
  is_good_ = is_good_ && sqlite3_bind_double(statement_.get(), next_++, number) == SQLITE_OK;
  return *this;
}

Result<bool> SqlStatement::Step(const std::string& file) {
  if (!is_good_) return SqlError(database_, file);
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return SqlError(database_, file);
}

Status SqlStatement::Run(const std::string& file) {
  while (true) {
    YIXIN_TRY(const bool has_row, Step(file));
    if (!has_row) return {};
  }
}

std::string SqlStatement::Text(int column) {
  const auto* const text = sqlite3_column_text(statement_.get(), column);
  if (text == nullptr) return {};
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column));
  return {reinterpret_cast<const char*>(text), size};
}

int64_t SqlStatement::Number(int column) { return sqlite3_column_int64(statement_.get(), column); }
double SqlStatement::Real(int column) { return sqlite3_column_double(statement_.get(), column); }

Result<SqlTransaction> SqlTransaction::Begin(sqlite3* database, const std::string& file) {
  YIXIN_CHECK_OK(SqlStatement(database, "BEGIN IMMEDIATE").Run(file));
  return SqlTransaction(database, file);
}

SqlTransaction::~SqlTransaction() {
  if (database_ != nullptr) (void)SqlStatement(database_, "ROLLBACK").Run(file_);
}

Status SqlTransaction::Commit() {
  YIXIN_CHECK_OK(SqlStatement(database_, "COMMIT").Run(file_));
  database_ = nullptr;
  return {};
}

}  // namespace yixin
