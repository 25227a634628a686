#include "bulk/bulk_output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "support/temporary_folder.h"

namespace yixin {
namespace {

const RunIdentity kIdentity = {{"the input", "1"}, {"the model", "2"}};

std::string Read(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class BulkOutputTest : public testing::Test {
 protected:
  BulkOutputTest() {
    std::ofstream(input_path()) << "the input";
    input_ = open(input_path().c_str(), O_RDONLY);
  }
  ~BulkOutputTest() override { close(input_); }

  std::string input_path() const { return folder_.path() / "in.csv"; }
  std::string path() const { return folder_.path() / "out.csv"; }
  std::string partial() const { return path() + ".yixin-part"; }
  std::string manifest() const { return partial() + ".json"; }

  Result<std::unique_ptr<BulkOutput>> Open(OutputStart start) {
    return BulkOutput::Open(path(), input_, {start, appends_});
  }
  // A run that ends, as by kill -9, after a checkpoint and some more bytes.
  void LeaveUnfinished(const std::string& kept, const std::string& lost) {
    auto output = Open(OutputStart::kNew);
    ASSERT_TRUE(output) << output.error().message;
    ASSERT_TRUE((*output)->Begin({kIdentity}, nullptr));
    ASSERT_TRUE((*output)->Append(kept));
    BulkCounts counts;
    counts.rows = 3;
    ASSERT_TRUE((*output)->Checkpoint({10, 2, 1, 0}, counts));
    ASSERT_TRUE((*output)->Append(lost));
  }

  TemporaryFolder folder_;
  int input_ = -1;
  bool appends_ = false;
};

TEST_F(BulkOutputTest, ThereIsNothingUntilItIsWhole) {
  {
    auto output = Open(OutputStart::kNew);
    ASSERT_TRUE(output) << output.error().message;
    ASSERT_TRUE((*output)->Begin({kIdentity}, nullptr));
    ASSERT_TRUE((*output)->Append("a,b\n"));
    ASSERT_TRUE((*output)->Checkpoint({}, {}));
    ASSERT_TRUE((*output)->Append("1,2\n"));
    EXPECT_FALSE(std::filesystem::exists(path()));
    ASSERT_TRUE((*output)->Checkpoint({}, {}));
    ASSERT_TRUE((*output)->Finish());
  }
  EXPECT_EQ(Read(path()), "a,b\n1,2\n");
  EXPECT_EQ(folder_.count(), 3u) << "in.csv, out.csv and its record";
  const auto record = ReadBulkManifest(path() + ".yixin.json");
  ASSERT_TRUE(record && *record);
  EXPECT_TRUE((*record)->is_complete);
  EXPECT_EQ((*record)->identity, kIdentity);
  EXPECT_EQ((*record)->output_bytes, 8u);
}

TEST_F(BulkOutputTest, GoesOnBehindTheLastCheckpoint) {
  LeaveUnfinished("kept\n", "lost\n");
  EXPECT_EQ(Read(partial()), "kept\nlost\n");
  auto output = Open(OutputStart::kResume);
  ASSERT_TRUE(output) << output.error().message;
  ASSERT_NE((*output)->earlier(), nullptr);
  EXPECT_EQ((*output)->earlier()->next.offset, 10u);
  EXPECT_EQ((*output)->earlier()->counts.rows, 3u);
  ASSERT_TRUE((*output)->Begin({kIdentity}, nullptr));
  ASSERT_TRUE((*output)->Append("more\n"));
  ASSERT_TRUE((*output)->Checkpoint({}, {}));
  ASSERT_TRUE((*output)->Finish());
  EXPECT_EQ(Read(path()), "kept\nmore\n");
}

TEST_F(BulkOutputTest, AnUnfinishedRunIsNotThrownAwayUnasked) {
  LeaveUnfinished("kept\n", "");
  const auto refused = Open(OutputStart::kNew);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message.find("3 rows"), std::string::npos) << refused.error().message;
  {
    auto opened = Open(OutputStart::kRestart);
    ASSERT_TRUE(opened);
    (*opened)->Discard();  // before Begin: what is there is not ours
  }
  EXPECT_EQ(Read(partial()), "kept\n") << "only Begin throws it away";
  auto output = Open(OutputStart::kRestart);
  ASSERT_TRUE(output);
  EXPECT_EQ((*output)->earlier(), nullptr);
  ASSERT_TRUE((*output)->Begin({kIdentity}, nullptr));
  EXPECT_EQ(Read(partial()), "");
  EXPECT_FALSE(std::filesystem::exists(manifest()));
}

TEST_F(BulkOutputTest, ResumeWithNothingBeginsAnew) {
  std::ofstream(partial()) << "killed before its first manifest";
  auto output = Open(OutputStart::kResume);
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ((*output)->earlier(), nullptr);
  ASSERT_TRUE((*output)->Begin({kIdentity}, nullptr));
  EXPECT_EQ(Read(partial()), "");
}

TEST_F(BulkOutputTest, AnotherRunIsRefusedAndNothingIsTouched) {
  LeaveUnfinished("kept\n", "lost\n");
  {
    auto output = Open(OutputStart::kResume);
    ASSERT_TRUE(output);
    const Status begun = (*output)->Begin({{{"the input", "1"}, {"the model", "other"}}}, nullptr);
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error().code, ErrorCode::kVerification);
    EXPECT_EQ(begun.error().subject, "the model");
    (*output)->Discard();
  }
  EXPECT_EQ(Read(partial()), "kept\nlost\n");
  EXPECT_TRUE(std::filesystem::exists(manifest()));
}

TEST_F(BulkOutputTest, ChangedOrCutRowsAreRefused) {
  LeaveUnfinished("kept\n", "");
  for (const std::string text : {"KEPT\n", "kep"}) {
    std::ofstream(partial()) << text;
    auto output = Open(OutputStart::kResume);
    ASSERT_TRUE(output);
    const Status begun = (*output)->Begin({kIdentity}, nullptr);
    ASSERT_FALSE(begun) << text;
    EXPECT_EQ(begun.error().code, ErrorCode::kVerification);
  }
  std::filesystem::remove(partial());
  EXPECT_EQ(Open(OutputStart::kResume).error().code, ErrorCode::kVerification);
  std::ofstream(manifest()) << "{";
  EXPECT_EQ(Open(OutputStart::kResume).error().code, ErrorCode::kInvalidFile);
}

// Killed behind the rename, before the manifest was removed.
TEST_F(BulkOutputTest, ARunThatLackedOnlyItsLastStep) {
  LeaveUnfinished("kept\n", "");
  std::string text = Read(manifest());
  const std::string open = "\"complete\": false";
  ASSERT_NE(text.find(open), std::string::npos);
  std::ofstream(manifest()) << text.replace(text.find(open), open.size(), "\"complete\": true");
  std::filesystem::rename(partial(), path());
  {
    auto output = Open(OutputStart::kResume);
    ASSERT_TRUE(output) << output.error().message;
    EXPECT_TRUE((*output)->is_finished());
    EXPECT_FALSE((*output)->Begin({{{"the input", "other"}}}, nullptr));
    ASSERT_TRUE((*output)->Begin({kIdentity}, nullptr));
    ASSERT_TRUE((*output)->Finish());
  }
  EXPECT_EQ(Read(path()), "kept\n");
  EXPECT_EQ(folder_.count(), 3u);
  // The same for a new run: it is one.
  std::ofstream(manifest()) << text;
  auto output = Open(OutputStart::kNew);
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ((*output)->earlier(), nullptr);
  EXPECT_FALSE((*output)->is_finished());
}

TEST_F(BulkOutputTest, OneAtATime) {
  auto first = Open(OutputStart::kNew);
  ASSERT_TRUE(first);
  for (const OutputStart start : {OutputStart::kNew, OutputStart::kResume, OutputStart::kRestart}) {
    const auto second = Open(start);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  }
  first->reset();
  EXPECT_TRUE(Open(OutputStart::kNew));
}

TEST_F(BulkOutputTest, TheInputIsNeverTheOutput) {
  const auto code = [&](const std::string& path) {
    const auto output = BulkOutput::Open(path, input_, {OutputStart::kRestart});
    EXPECT_FALSE(output) << path;
    return output ? ErrorCode::kInternal : output.error().code;
  };
  const std::string hard = folder_.path() / "hard.csv";
  const std::string soft = folder_.path() / "soft.csv";
  std::filesystem::create_hard_link(input_path(), hard);
  std::filesystem::create_symlink(input_path(), soft);
  for (const std::string& path : {input_path(), hard, soft}) {
    EXPECT_EQ(code(path), ErrorCode::kInvalidArgument);
  }
  std::filesystem::create_hard_link(input_path(), partial());
  EXPECT_EQ(code(path()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Read(input_path()), "the input");
}

TEST_F(BulkOutputTest, OddOutputs) {
  const auto code = [&](const std::string& path) {
    return BulkOutput::Open(path, input_, {}).error().code;
  };
  EXPECT_EQ(code(folder_.path()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code("/dev/null"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(""), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(folder_.path() / "no" / "such.csv"), ErrorCode::kNotFound);
  std::filesystem::create_symlink(folder_.path() / "nothing", folder_.path() / "dangling");
  EXPECT_EQ(code(folder_.path() / "dangling"), ErrorCode::kInvalidArgument);
  std::filesystem::create_symlink(input_path(), partial());
  EXPECT_EQ(code(path()), ErrorCode::kInvalidArgument);
}

TEST_F(BulkOutputTest, ALinkIsFollowedAndTheOldFileStaysUntilTheEnd) {
  std::ofstream(path()) << "old";
  const std::string link = folder_.path() / "link.csv";
  std::filesystem::create_symlink("out.csv", link);
  auto output = BulkOutput::Open(link, input_, {});
  ASSERT_TRUE(output) << output.error().message;
  ASSERT_TRUE((*output)->Begin({kIdentity}, nullptr));
  ASSERT_TRUE((*output)->Append("new"));
  ASSERT_TRUE((*output)->Checkpoint({}, {}));
  EXPECT_EQ(Read(path()), "old");
  ASSERT_TRUE((*output)->Finish());
  EXPECT_EQ(Read(path()), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
}

TEST_F(BulkOutputTest, ARunWithoutRowsLeavesNothing) {
  {
    auto output = Open(OutputStart::kNew);
    ASSERT_TRUE(output);
  }
  EXPECT_EQ(folder_.count(), 1u);
  {
    auto output = Open(OutputStart::kNew);
    ASSERT_TRUE((*output)->Begin({kIdentity}, nullptr));
    ASSERT_TRUE((*output)->Append("header\n"));
    ASSERT_TRUE((*output)->Checkpoint({}, {}));
    (*output)->Discard();
  }
  EXPECT_EQ(folder_.count(), 1u);
}

// Of standard input nothing can be gone on with, but its rows are somebody's work.
TEST_F(BulkOutputTest, WhatCannotBeResumedHasNoManifestUntilItsEnd) {
  {
    auto output = Open(OutputStart::kNew);
    ASSERT_TRUE((*output)->Begin({kIdentity, "-", {}, false}, nullptr));
    ASSERT_TRUE((*output)->Append("row\n"));
    BulkCounts counts;
    counts.rows = 1;
    ASSERT_TRUE((*output)->Checkpoint({}, counts));
    EXPECT_EQ((*output)->kept_rows(), 1u);
  }
  EXPECT_EQ(Read(partial()), "row\n");
  EXPECT_FALSE(std::filesystem::exists(manifest()));
  auto output = Open(OutputStart::kNew);
  ASSERT_TRUE(output) << "a new run may take its place";
  ASSERT_TRUE((*output)->Begin({kIdentity, "-", {}, false}, nullptr));
  ASSERT_TRUE((*output)->Checkpoint({}, {}));
  EXPECT_FALSE(std::filesystem::exists(manifest()));
  ASSERT_TRUE((*output)->Finish());
  EXPECT_TRUE(std::filesystem::exists(path() + ".yixin.json"));
}

// --resume in a loop ends once there is nothing to do, and costs nothing then.
TEST_F(BulkOutputTest, AnEndedRunIsKnownByItsRecord) {
  const auto run = [&](const RunIdentity& identity) {
    auto output = Open(OutputStart::kResume);
    EXPECT_TRUE(output) << output.error().message;
    EXPECT_EQ((*output)->earlier(), nullptr) << "not before Begin";
    EXPECT_TRUE((*output)->Begin({identity}, nullptr));
    const bool was_finished = (*output)->is_finished();
    EXPECT_EQ((*output)->earlier() != nullptr, was_finished);
    if (!was_finished) {
      BulkCounts counts;
      counts.rows = 1;
      EXPECT_TRUE((*output)->Append("row\n"));
      EXPECT_TRUE((*output)->Checkpoint({}, counts));
    }
    EXPECT_TRUE((*output)->Finish());
    return was_finished;
  };
  EXPECT_FALSE(run(kIdentity));
  EXPECT_TRUE(run(kIdentity));
  EXPECT_EQ(folder_.count(), 3u);
  EXPECT_FALSE(run({{"the input", "another"}})) << "another run takes its place";
  EXPECT_FALSE(run(kIdentity));
  std::ofstream(path()) << "rew\n";
  EXPECT_FALSE(run(kIdentity)) << "somebody changed it";
  std::ofstream(path() + ".yixin.json") << "{";
  EXPECT_FALSE(run(kIdentity));
  EXPECT_EQ(Read(path()), "row\n");
}

class AppendingOutputTest : public BulkOutputTest {
 protected:
  AppendingOutputTest() { appends_ = true; }
};

TEST_F(AppendingOutputTest, RowsGoBehindWhatIsThereAndAreSeenAtOnce) {
  std::ofstream(path()) << "old\n";
  {
    auto output = Open(OutputStart::kNew);
    ASSERT_TRUE(output) << output.error().message;
    ASSERT_TRUE((*output)->Begin({kIdentity}, nullptr));
    EXPECT_EQ((*output)->size(), 4u);
    ASSERT_TRUE((*output)->Append("1\n"));
    EXPECT_EQ(Read(path()), "old\n1\n");
    ASSERT_TRUE((*output)->Checkpoint({}, {}));
    ASSERT_TRUE((*output)->Finish());
  }
  EXPECT_EQ(Read(path()), "old\n1\n");
  EXPECT_EQ(folder_.count(), 3u) << "in.csv, out.csv and its record";
  const auto record = *ReadBulkManifest(path() + ".yixin.json");
  EXPECT_TRUE(record->appends);
  EXPECT_EQ(record->output_begin, 4u);
  EXPECT_EQ(record->output_bytes, 6u);
}

TEST_F(AppendingOutputTest, KilledItGoesOnBehindTheLastCheckpoint) {
  std::ofstream(path()) << "old\n";
  LeaveUnfinished("kept\n", "lo");
  EXPECT_EQ(Read(path()), "old\nkept\nlo");
  EXPECT_FALSE(Open(OutputStart::kNew));
  appends_ = false;
  EXPECT_EQ(Open(OutputStart::kResume).error().code, ErrorCode::kInvalidArgument);
  appends_ = true;
  std::filesystem::remove(partial());  // which is a lock and no more
  {
    auto output = Open(OutputStart::kResume);
    ASSERT_TRUE(output) << output.error().message;
    EXPECT_EQ((*output)->earlier()->counts.rows, 3u);
    ASSERT_TRUE((*output)->Begin({kIdentity}, nullptr));
    ASSERT_TRUE((*output)->Append("more\n"));
    ASSERT_TRUE((*output)->Checkpoint({}, {}));
    ASSERT_TRUE((*output)->Finish());
  }
  EXPECT_EQ(Read(path()), "old\nkept\nmore\n");
  EXPECT_FALSE(std::filesystem::exists(partial()));
}

// Before the first checkpoint the end of the old rows is known.
TEST_F(AppendingOutputTest, KilledBeforeItsFirstRowsWereDurable) {
  std::ofstream(path()) << "old\n";
  {
    auto output = Open(OutputStart::kNew);
    ASSERT_TRUE((*output)->Begin({kIdentity, "in", {7, 2, 0, 0}}, nullptr));
    ASSERT_TRUE((*output)->Append("ha"));
  }
  auto output = Open(OutputStart::kResume);
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ((*output)->earlier()->next.offset, 7u);
  ASSERT_TRUE((*output)->Begin({kIdentity}, nullptr));
  EXPECT_EQ(Read(path()), "old\n");
}

TEST_F(AppendingOutputTest, RestartTakesOffWhatTheUnfinishedRunWrote) {
  std::ofstream(path()) << "old\n";
  LeaveUnfinished("kept\n", "lo");
  {
    auto output = Open(OutputStart::kRestart);
    ASSERT_TRUE(output) << output.error().message;
    EXPECT_EQ(Read(path()), "old\nkept\nlo") << "not before Begin";
    ASSERT_TRUE((*output)->Begin({kIdentity}, nullptr));
    EXPECT_EQ(Read(path()), "old\n");
    ASSERT_TRUE((*output)->Append("anew\n"));
    (*output)->Discard();
  }
  EXPECT_EQ(Read(path()), "old\n");
  EXPECT_EQ(folder_.count(), 2u);
  // Where OUT is another file by now, nothing of it is cut.
  LeaveUnfinished("kept\n", "");
  std::ofstream(path()) << "somebody's own work\n";
  auto output = Open(OutputStart::kRestart);
  ASSERT_TRUE(output);
  EXPECT_EQ((*output)->Begin({kIdentity}, nullptr).error().code, ErrorCode::kVerification);
  EXPECT_EQ(Read(path()), "somebody's own work\n");
}

TEST_F(AppendingOutputTest, KilledAtItsLastStep) {
  std::ofstream(path()) << "old\n";
  LeaveUnfinished("kept\n", "");
  std::string text = Read(manifest());
  const std::string open = "\"complete\": false";
  std::ofstream(manifest()) << text.replace(text.find(open), open.size(), "\"complete\": true");
  {
    auto output = Open(OutputStart::kResume);
    ASSERT_TRUE(output) << output.error().message;
    EXPECT_TRUE((*output)->is_finished());
    ASSERT_TRUE((*output)->Begin({kIdentity}, nullptr));
    ASSERT_TRUE((*output)->Finish());
  }
  EXPECT_EQ(Read(path()), "old\nkept\n");
  EXPECT_EQ(folder_.count(), 3u);
}

TEST_F(AppendingOutputTest, AFileThatWasNotThere) {
  {
    auto output = Open(OutputStart::kNew);
    EXPECT_TRUE((*output)->Begin({kIdentity}, nullptr));
    EXPECT_EQ((*output)->size(), 0u);
    EXPECT_TRUE((*output)->Append("x"));
    (*output)->Discard();
  }
  EXPECT_EQ(folder_.count(), 1u) << "nothing is left";
  // While one appends no other run may write.
  auto first = Open(OutputStart::kNew);
  appends_ = false;
  EXPECT_EQ(Open(OutputStart::kNew).error().code, ErrorCode::kBusy);
}

}  // namespace
}  // namespace yixin
