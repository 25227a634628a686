// SQLite with Results: statements that reset themselves, a transaction that is rolled back unless
// it is committed. Tested by: conversation_store_test.cc
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "yixin/result.h"

namespace yixin {

// The database's last error. Full disks, permissions: kIo; no database, damaged: kInvalidFile;
// another process writes for too long: kBusy.
Error SqlError(sqlite3* database, const std::string& file);

class SqlStatement {
 public:
  // In: one statement. A failure shows in Step.
  SqlStatement(sqlite3* database, const char* sql);
  SqlStatement& Bind(std::string_view text);
  SqlStatement& Bind(int64_t number);
  SqlStatement& Bind(double number);
  // true: a row is there to be read.
  Result<bool> Step(const std::string& file);
  // Steps to the end.
  Status Run(const std::string& file);

  std::string Text(int column);
  int64_t Number(int column);
  double Real(int column);

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int next_ = 1;
  bool is_good_ = true;
};

class SqlTransaction {
 public:
  // Takes the right to write at once, so that two processes wait here and nowhere else.
  static Result<SqlTransaction> Begin(sqlite3* database, const std::string& file);
  SqlTransaction(SqlTransaction&& other) noexcept
      : database_(std::exchange(other.database_, nullptr)), file_(std::move(other.file_)) {}
  SqlTransaction& operator=(SqlTransaction&&) = delete;
  ~SqlTransaction();
  Status Commit();

 private:
  SqlTransaction(sqlite3* database, std::string file)
      : database_(database), file_(std::move(file)) {}
  sqlite3* database_;
  std::string file_;
};

}  // namespace yixin
