// What lies in the cache folder, judged without trusting any of it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "api/tiny_model_file_test.h"
#include "formats/packed_file.h"
#include "yixin/packed.h"

namespace yixin {
namespace {

namespace fs = std::filesystem;

class PackedFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto report = PackModel({.model_path = file_.path(), .cache_folder = cache_.string()});
    ASSERT_TRUE(report) << report.error().message;
    packed_ = report->path;
  }

  // The one file's record.
  PackedRecord Record(bool verify = false) const {
    const auto records = ListPacked(cache_.string(), verify);
    EXPECT_TRUE(records && records->size() == 1);
    return records && !records->empty() ? records->front() : PackedRecord();
  }
  void Flip(uint64_t at) const {
    std::fstream file(packed_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char old = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(old ^ 1));
  }

  const TinyModelFile file_;
  const fs::path cache_ = fs::path(file_.path()).parent_path() / "packed";
  fs::path packed_;
};

TEST_F(PackedFolderTest, SoundWeights) {
  const PackedRecord record = Record();
  EXPECT_EQ(record.state, PackedState::kSound) << record.problem;
  EXPECT_EQ(record.path, packed_);
  EXPECT_EQ(record.model_path, fs::canonical(file_.path()));
  EXPECT_EQ(record.bytes, fs::file_size(packed_));
  EXPECT_EQ(record.sections, 0);
  EXPECT_EQ(Record(true).state, PackedState::kSound);
  EXPECT_GT(Record(true).sections, 8);
  EXPECT_TRUE(ListPacked((cache_ / "none").string(), true)->empty());
  EXPECT_TRUE(CleanPacked(cache_.string())->empty());
  EXPECT_TRUE(fs::exists(packed_));
}

TEST_F(PackedFolderTest, EverySectionThatIsFlippedIsNamed) {
  std::vector<std::pair<std::string, uint64_t>> places;
  {
    const MappedFile mapping = *MappedFile::Open(packed_);
    const PackedFile packed = *PackedFile::Parse(mapping.bytes());
    for (const PackedSection& section : packed.sections()) {
      places.emplace_back(section.name, section.bytes.data() - mapping.bytes().data());
    }
  }
  for (const auto& [name, at] : places) {
    Flip(at);
    const PackedRecord record = Record(true);
    EXPECT_EQ(record.state, PackedState::kDamaged) << name;
    EXPECT_EQ(record.damaged, std::vector<std::string>{name});
    EXPECT_NE(record.problem.find(name), std::string::npos) << record.problem;
    Flip(at);
  }
  EXPECT_EQ(Record(true).state, PackedState::kSound);
}

TEST_F(PackedFolderTest, HeaderIndexLengthAndVersion) {
  const uint64_t size = fs::file_size(packed_);
  for (const auto& [at, state] : {std::pair(uint64_t{0}, PackedState::kDamaged),
                                  {uint64_t{9}, PackedState::kOutdated},
                                  {uint64_t{50}, PackedState::kDamaged},
                                  {size - 1, PackedState::kDamaged}}) {
    Flip(at);
    EXPECT_EQ(Record().state, state) << at;
    EXPECT_NE(Record().problem, "");
    Flip(at);
  }
  for (const uint64_t cut : {size - 1, size / 2, uint64_t{10}, uint64_t{0}}) {
    fs::resize_file(packed_, cut);
    EXPECT_EQ(Record(true).state, PackedState::kDamaged) << cut;
  }
  fs::remove(packed_);
  fs::create_directory(packed_);
  EXPECT_EQ(Record(true).state, PackedState::kDamaged);
}

TEST_F(PackedFolderTest, OutdatedOrOrphanedByItsSource) {
  std::ofstream(file_.path(), std::ios::app) << "more";
  EXPECT_EQ(Record().state, PackedState::kOutdated);
  EXPECT_TRUE(CleanPacked(cache_.string())->empty()) << "the next start replaces it";
  fs::remove(file_.path());
  EXPECT_EQ(Record().state, PackedState::kOrphaned);
  const fs::path prefix = cache_ / (packed_.stem().string() + ".prefix-0123456789abcdef.yxk");
  std::ofstream(prefix) << "of a task";
  const auto cleaned = CleanPacked(cache_.string());
  ASSERT_TRUE(cleaned) << cleaned.error().message;
  ASSERT_EQ(cleaned->size(), 1u);
  EXPECT_GT(cleaned->front().bytes, 0u);
  EXPECT_FALSE(fs::exists(packed_));
  EXPECT_FALSE(fs::exists(prefix)) << "a prefix goes with its weights";
}

TEST_F(PackedFolderTest, WhatAKilledRunLeftGoesButNotWhileSomebodyPacks) {
  const fs::path unfinished = packed_.string() + ".new.123.0";
  std::ofstream(unfinished) << "half";
  std::ofstream(cache_ / "notes.txt") << "somebody's own";
  EXPECT_EQ(ListPacked(cache_.string(), true)->size(), 2u);
  const int lock = open((cache_ / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  ASSERT_EQ(flock(lock, LOCK_EX), 0);
  EXPECT_EQ(CleanPacked(cache_.string()).error().code, ErrorCode::kBusy);
  EXPECT_TRUE(fs::exists(unfinished));
  close(lock);
  EXPECT_EQ(CleanPacked(cache_.string())->size(), 1u);
  EXPECT_FALSE(fs::exists(unfinished));
  EXPECT_TRUE(fs::exists(packed_));
  EXPECT_TRUE(fs::exists(cache_ / "notes.txt"));
}

TEST_F(PackedFolderTest, StopsOnRequest) {
  StopFlag stop;
  stop.Request();
  EXPECT_EQ(ListPacked(cache_.string(), true, &stop).error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace yixin
