// The file, or standard input, that a run reads: its rows, its hash, and whether it stayed the
// same. Tested by: bulk_input_test.cc
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "table/row_reader.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

// Threads: one at a time; Halt from any.
class BulkInput {
 public:
  // In: a path, or "-" for standard input. stop: ends a wait for bytes, too.
  // Errors: those of FileSource and RowReader.
  static Result<BulkInput> Open(const std::string& path, const TableOptions& options,
                                const StopFlag* stop);
  BulkInput(BulkInput&& other) noexcept;
  BulkInput& operator=(BulkInput&&) = delete;
  ~BulkInput();

  RowReader& reader() { return *reader_; }
  const std::string& name() const { return name_; }
  int fd() const { return fd_; }
  // Whether it can be read again from the beginning, as hashes, samples and a later run want.
  bool is_file() const { return S_ISREG(status_.st_mode); }
  // 0 where it is no file.
  uint64_t bytes() const { return is_file() ? static_cast<uint64_t>(status_.st_size) : 0; }

  // Whether a descriptor is of the same file: standard output that was redirected to it.
  bool IsSameFile(int other_fd) const;

  // Ends a Read that waits, in kCancelled.
  void Halt() { halt_->Request(); }

  // SHA-256. In: is_file(). Cost: reads all of it. Errors: kIo; kCancelled.
  Result<std::string> Hash() const;
  // The numbers of rows that a sample takes. In: is_file(). Cost: reads all rows.
  Result<std::vector<uint64_t>> Sample(uint64_t rows, uint64_t seed) const;
  // Errors: kVerification when size or time have changed since Open.
  Status CheckUnchanged() const;

 private:
  BulkInput() = default;
  Result<RowReader> OpenReader() const;

  int fd_ = -1;
  bool owns_ = false;
  std::string name_;
  TableOptions options_;
  const StopFlag* stop_ = nullptr;
  std::unique_ptr<StopFlag> halt_ = std::make_unique<StopFlag>();
  struct stat status_ {};
  std::unique_ptr<RowReader> reader_;
};

}  // namespace yixin
