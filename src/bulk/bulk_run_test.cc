// A whole run in memory: order, resumption at every place, and what ends it.
#include "bulk/bulk_run.h"

#include <gtest/gtest.h>

#include <new>
#include <utility>

#include "bulk/fake_classifier_test.h"
#include "bulk/table_in_memory_test.h"

namespace yixin {
namespace {

std::string Table(int rows) {
  std::string table = "id,text\n";
  for (int i = 0; i < rows; ++i) {
    table += std::to_string(i) + ",";
    if (i % 7 == 3) {
      table += "\"two\nlines " + std::to_string(i % 20) + "\"";
    } else if (i % 11 == 5) {
      table += "a,cell too many";
    } else if (i % 13 == 6) {
      table += "\"text\"behind";
    } else if (i % 17 != 4) {
      table += "t" + std::to_string(i % 40);
    }
    table += "\n";
  }
  return table;
}

// Keeps what was written and the places that a later run could go on at.
class MemorySink : public RowSink {
 public:
  struct Place {
    RowPosition next;
    BulkCounts counts;
    std::string bytes;
  };
  Status Append(std::string_view more) override {
    if (appends++ == fail_at) return Error{ErrorCode::kIo, "the disk is full", "out"};
    bytes += more;
    return {};
  }
  Status Checkpoint(const RowPosition& next, const BulkCounts& counts) override {
    places.push_back({next, counts, bytes});
    return {};
  }

  std::string bytes;
  std::vector<Place> places;
  size_t appends = 0;
  size_t fail_at = SIZE_MAX;
};

struct OneRun {
  // Nothing is kept by the clock on the way, unless a test wants it.
  OneRun() { options.checkpoint_every_ms = 3'600'000; }

  FakeClassifier classifier;
  MemorySink sink;
  BulkRunOptions options;
  bool fail_fast = false;
  const MemorySink::Place* from = nullptr;

  Status Go(const std::string& table) {
    TableOptions csv;
    csv.format = TableFormat::kCsv;
    csv.header = true;
    csv.quote = '"';
    RowReader reader = OpenTable(table, csv);
    BatchReader batches(reader, {.max_rows = 8});
    RowScorerOptions scoring;
    scoring.tasks = {kParity};
    scoring.text_column = 1;
    scoring.fail_fast = fail_fast;
    if (from != nullptr) {
      scoring.counts = from->counts;
      sink.bytes = from->bytes;
      options.writes_header = false;
      YIXIN_CHECK_OK(batches.SkipTo(from->next));
    }
    RowScorer scorer([this](std::span<const std::string> texts) { return classifier(texts); },
                     scoring);
    RowWriterOptions writing;
    writing.columns = reader.shape().columns;
    writing.added = scorer.fields();
    auto writer = RowWriter::Create(writing);
    EXPECT_TRUE(writer) << writer.error().message;
    return RunBulk(batches, scorer, **writer, sink, options);
  }
};

std::vector<std::string> Lines(const std::string& bytes) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < bytes.size();) {
    const size_t end = bytes.find('\n', begin);
    lines.push_back(bytes.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

TEST(BulkRun, RowsComeOutAsTheyCameIn) {
  const std::string table = "id,text\n0,a\n1,b\n2,\n3,c,d\n4,a\n";
  OneRun run;
  ASSERT_TRUE(run.Go(table));
  const auto lines = Lines(run.sink.bytes);
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[0],
            "\xEF\xBB\xBFid,text,parity.label,parity.probs.even,parity.probs.odd,parity.margin,"
            "parity.label_mass,parity.error,parity.message");
  EXPECT_EQ(lines[1], "0,a,odd,0.200000,0.800000,0.600000,0.500000,,");
  EXPECT_EQ(lines[2], "1,b,even,0.900000,0.100000,0.800000,0.500000,,");
  EXPECT_EQ(lines[3], "2,,,,,,,invalid_text,line 4: empty input");
  EXPECT_TRUE(lines[4].starts_with("3,c,,,,,,cell_count,")) << lines[4];
  EXPECT_EQ(lines[5], "4,a,odd,0.200000,0.800000,0.600000,0.500000,,");
  ASSERT_EQ(run.sink.places.size(), 1u);
  EXPECT_EQ(run.sink.places[0].counts.rows, 5u);
  EXPECT_EQ(run.sink.places[0].counts.failed, 2u);
  EXPECT_EQ(run.sink.places[0].counts.reused, 1u);
}

TEST(BulkRun, GoesOnAtEveryCheckpointWithTheSameBytes) {
  const std::string table = Table(300);
  OneRun whole;
  whole.options.checkpoint_every_ms = 0;
  ASSERT_TRUE(whole.Go(table));
  ASSERT_GT(whole.sink.places.size(), 30u);
  for (const MemorySink::Place& place : whole.sink.places) {
    OneRun rest;
    rest.from = &place;
    ASSERT_TRUE(rest.Go(table));
    ASSERT_EQ(rest.sink.bytes, whole.sink.bytes) << "from row " << place.next.row;
    const BulkCounts& counts = rest.sink.places.back().counts;
    EXPECT_EQ(counts.rows, 300u);
    EXPECT_EQ(counts.labels, whole.sink.places.back().counts.labels);
    EXPECT_EQ(counts.failures, whole.sink.places.back().counts.failures);
  }
}

TEST(BulkRun, WhatIsStoppedCanBeGoneOnWith) {
  const std::string table = Table(300);
  OneRun whole;
  ASSERT_TRUE(whole.Go(table));
  StopFlag stop;
  OneRun first;
  first.options.stop = &stop;
  first.options.progress = [&](const BulkProgress& progress) {
    if (progress.counts.rows >= 100) stop.Request();
  };
  const Status stopped = first.Go(table);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  const MemorySink::Place& place = first.sink.places.back();
  EXPECT_GE(place.counts.rows, 100u);
  EXPECT_LT(place.counts.rows, 300u);
  EXPECT_EQ(place.bytes, first.sink.bytes) << "all that was written is kept";
  OneRun rest;
  rest.from = &place;
  ASSERT_TRUE(rest.Go(table));
  EXPECT_EQ(rest.sink.bytes, whole.sink.bytes);
}

TEST(BulkRun, AnEngineThatFails) {
  const std::string table = Table(300);
  OneRun whole;
  ASSERT_TRUE(whole.Go(table));
  OneRun broken;
  broken.classifier.fail_at = 4;
  const Status failed = broken.Go(table);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "not a number");
  ASSERT_EQ(broken.sink.places.size(), 1u);
  OneRun rest;
  rest.from = &broken.sink.places.back();
  ASSERT_TRUE(rest.Go(table));
  EXPECT_EQ(rest.sink.bytes, whole.sink.bytes);
}

TEST(BulkRun, ADiskThatIsFull) {
  for (const size_t fail_at : {0u, 1u, 7u}) {
    OneRun run;
    run.sink.fail_at = fail_at;
    const Status failed = run.Go(Table(300));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kIo);
    EXPECT_EQ(run.sink.appends, fail_at + 1) << "nothing is written behind a failure";
  }
}

TEST(BulkRun, AProgressFunctionThatThrows) {
  OneRun run;
  run.options.progress = [](const BulkProgress&) { throw std::bad_alloc(); };
  const Status failed = run.Go(Table(300));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kOutOfMemory);
}

TEST(BulkRun, FailFastKeepsTheRowsBefore) {
  const std::string table = Table(300);
  OneRun run;
  run.fail_fast = true;
  const Status failed = run.Go(table);
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().message.starts_with("line ")) << failed.error().message;
  EXPECT_EQ(run.sink.places.back().counts.rows, 4u);
  EXPECT_EQ(run.sink.places.back().counts.failed, 0u);
  // Without it, the same run goes on.
  OneRun rest;
  rest.from = &run.sink.places.back();
  ASSERT_TRUE(rest.Go(table));
  OneRun whole;
  ASSERT_TRUE(whole.Go(table));
  EXPECT_EQ(rest.sink.bytes, whole.sink.bytes);
}

TEST(BulkRun, AHeaderAlone) {
  OneRun run;
  ASSERT_TRUE(run.Go("id,text\n"));
  EXPECT_EQ(Lines(run.sink.bytes).size(), 1u);
  EXPECT_EQ(run.sink.places.size(), 1u);
}

TEST(BulkRun, ProgressCountsUp) {
  OneRun run;
  uint64_t rows = 0;
  uint64_t offset = 0;
  run.options.progress = [&](const BulkProgress& progress) {
    EXPECT_GE(progress.counts.rows, rows);
    EXPECT_GE(progress.input_offset, offset);
    rows = progress.counts.rows;
    offset = progress.input_offset;
  };
  const std::string table = Table(100);
  ASSERT_TRUE(run.Go(table));
  EXPECT_EQ(rows, 100u);
  EXPECT_EQ(offset, table.size());
}

}  // namespace
}  // namespace yixin
