// Tested by: batch_reader_test.cc
#include "bulk/batch_reader.h"

#include <algorithm>
#include <utility>

namespace yixin {
namespace {

size_t BytesOf(const TableRow& row) {
  size_t bytes = row.raw.size();
  for (const std::string& cell : row.cells) bytes += cell.size();
  return bytes;
}

}  // namespace

BatchReader::BatchReader(RowReader& reader, const BatchReaderOptions& options)
    : reader_(reader), options_(options), position_(reader.position()) {}

Result<std::span<const TableRow>> BatchReader::Peek(size_t rows, size_t bytes) {
  size_t held = 0;
  while (peeked_.size() < rows && held < bytes) {
    TableRow row;
    YIXIN_TRY(const bool is_there, reader_.Next(row));
    if (!is_there) break;
    held += BytesOf(row);
    peeked_.push_back(std::move(row));
  }
  return std::span<const TableRow>(peeked_);
}

Status BatchReader::SkipTo(const RowPosition& position) {
  while (given_ < peeked_.size() && peeked_[given_].position.row < position.row) ++given_;
  if (given_ == peeked_.size()) YIXIN_CHECK_OK(reader_.SkipTo(position));
  position_ = position;
  return {};
}

Result<bool> BatchReader::NextRow(TableRow& row) {
  if (given_ < peeked_.size()) {
    row = std::move(peeked_[given_++]);
    position_ = given_ < peeked_.size() ? peeked_[given_].position : reader_.position();
    return true;
  }
  YIXIN_TRY(const bool is_there, reader_.Next(row));
  position_ = reader_.position();
  return is_there;
}

bool BatchReader::IsPast(uint64_t row) const {
  if (options_.limit && row >= *options_.limit) return true;
  return selection_ && (selection_->empty() || row > selection_->back());
}

bool BatchReader::Wants(uint64_t row) {
  if (!selection_) return true;
  const std::vector<uint64_t>& wanted = *selection_;
  while (selected_ < wanted.size() && wanted[selected_] < row) ++selected_;
  return selected_ < wanted.size() && wanted[selected_] == row;
}

BulkBatch BatchReader::Next() {
  BulkBatch batch;
  size_t bytes = 0;
  while (batch.rows.size() < options_.max_rows && bytes < options_.max_bytes) {
    batch.is_last = IsPast(position_.row);
    if (batch.is_last) break;
    TableRow row;
    const Result<bool> is_there = NextRow(row);
    if (!is_there) batch.failure = is_there.error();
    batch.is_last = !is_there || !*is_there;
    if (batch.is_last) break;
    if (!Wants(row.position.row)) continue;
    bytes += BytesOf(row);
    batch.rows.push_back(std::move(row));
  }
  batch.after = position_;
  return batch;
}

}  // namespace yixin
