#include "bulk/batch_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "bulk/table_in_memory_test.h"

namespace yixin {
namespace {

// Cells with line breaks, a blank line and a bad row: places that are not plain.
constexpr const char* kTable =
    "id,text\n"
    "0,a\n"
    "1,\"b\nb\"\n"
    "\n"
    "2,c,too many\n"
    "3,d\n"
    "4,\"e\"x\n"
    "5,f\n";

TableOptions Csv() {
  TableOptions options;
  options.format = TableFormat::kCsv;
  options.header = true;
  options.quote = '"';  // too few rows to find it by
  return options;
}

std::vector<uint64_t> Numbers(BatchReader& batches, std::vector<RowPosition>* places = nullptr) {
  std::vector<uint64_t> numbers;
  for (bool more = true; more;) {
    const BulkBatch batch = batches.Next();
    EXPECT_FALSE(batch.failure);
    for (const TableRow& row : batch.rows) numbers.push_back(row.position.row);
    if (places != nullptr) places->push_back(batch.after);
    more = !batch.is_last;
  }
  return numbers;
}

using Rows = std::vector<uint64_t>;

TEST(BatchReader, AllRowsInBatches) {
  for (size_t size = 1; size < 9; ++size) {
    for (const size_t peeked : {0u, 1u, 4u, 100u}) {
      RowReader reader = OpenTable(kTable, Csv());
      BatchReader batches(reader, {.max_rows = size});
      EXPECT_EQ(batches.Peek(peeked, SIZE_MAX)->size(), std::min<size_t>(peeked, 6));
      EXPECT_EQ(Numbers(batches), (Rows{0, 1, 2, 3, 4, 5}));
    }
  }
}

TEST(BatchReader, GoesOnAtEveryPlace) {
  RowReader whole = OpenTable(kTable, Csv());
  BatchReader singly(whole, {.max_rows = 1});
  std::vector<RowPosition> places;
  Numbers(singly, &places);
  ASSERT_GE(places.size(), 6u);
  for (const RowPosition& place : places) {
    for (const size_t peeked : {0u, 3u, 100u}) {
      RowReader reader = OpenTable(kTable, Csv());
      BatchReader batches(reader, {});
      ASSERT_TRUE(batches.Peek(peeked, SIZE_MAX));
      ASSERT_TRUE(batches.SkipTo(place));
      Rows expected;
      for (uint64_t row = place.row; row < 6; ++row) expected.push_back(row);
      EXPECT_EQ(Numbers(batches), expected) << "from row " << place.row;
    }
  }
}

TEST(BatchReader, LimitAndSelection) {
  const auto numbers = [](const BatchReaderOptions& options, std::optional<Rows> selected) {
    RowReader reader = OpenTable(kTable, Csv());
    BatchReader batches(reader, options);
    if (selected) batches.Select(*selected);
    return Numbers(batches);
  };
  EXPECT_EQ(numbers({.limit = 2}, std::nullopt), (Rows{0, 1}));
  EXPECT_EQ(numbers({.limit = 6}, std::nullopt).size(), 6u);
  EXPECT_EQ(numbers({.limit = 100}, std::nullopt).size(), 6u);
  EXPECT_EQ(numbers({.max_rows = 1}, Rows{1, 4}), (Rows{1, 4}));
  EXPECT_EQ(numbers({}, Rows{}), Rows{});
  EXPECT_EQ(numbers({.limit = 2}, Rows{1, 4}), Rows{1});
}

TEST(BatchReader, LargeRowsMakeSmallBatches) {
  std::string table = "text\n";
  for (int i = 0; i < 10; ++i) table += std::string(1000, 'a') + "\n";
  RowReader reader = OpenTable(table, Csv());
  BatchReader batches(reader, {.max_rows = 100, .max_bytes = 2500});
  EXPECT_EQ(batches.Next().rows.size(), 3u);
}

TEST(BatchReader, WhatEndsTheReading) {
  class Broken : public ByteSource {
   public:
    Result<size_t> Read(std::span<char> into) override {
      if (reads_++ > 40) return Error{ErrorCode::kIo, "the disk is gone", ""};
      std::fill(into.begin(), into.end(), 'a');
      into.back() = '\n';
      return into.size();
    }
    int reads_ = 0;
  };
  TableOptions options;
  options.format = TableFormat::kPlainLines;
  auto reader = RowReader::Open(std::make_unique<Broken>(), options);
  ASSERT_TRUE(reader) << reader.error().message;
  BatchReader batches(*reader, {.max_bytes = SIZE_MAX});
  const BulkBatch batch = batches.Next();
  ASSERT_TRUE(batch.failure);
  EXPECT_EQ(batch.failure->code, ErrorCode::kIo);
  EXPECT_TRUE(batch.is_last);
  EXPECT_FALSE(batch.rows.empty()) << "the rows before it are good";
  EXPECT_EQ(batch.after.row, batch.rows.back().position.row + 1);
}

}  // namespace
}  // namespace yixin
