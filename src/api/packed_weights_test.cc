// Packing ahead; what it does to files is tested in src/model.
#include <gtest/gtest.h>

#include <filesystem>

#include "api/tiny_model_file_test.h"
#include "yixin/assistant.h"
#include "yixin/packed.h"

namespace yixin {
namespace {

namespace fs = std::filesystem;

class PackedWeightsTest : public testing::Test {
 protected:
  Result<PackReport> Pack(bool force = false, const StopFlag* stop = nullptr) const {
    return PackModel({.model_path = file_.path(), .cache_folder = cache_, .force = force}, stop);
  }

  const TinyModelFile file_;
  const std::string cache_ = fs::path(file_.path()).parent_path() / "packed";
};

TEST_F(PackedWeightsTest, PackedAheadTheFirstStartMaps) {
  const auto first = Pack();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(first->packed);
  EXPECT_EQ(first->bytes, fs::file_size(first->path));
  int calls = 0;
  AssistantOptions options;
  options.model_path = file_.path();
  options.share_path = SourceShare();
  options.cache_folder = cache_;
  options.progress = [&](double share) { calls += share < 1; };
  const auto assistant = Assistant::Open(options);
  ASSERT_TRUE(assistant) << assistant.error().message;
  EXPECT_EQ(calls, 0);
  const auto again = Pack();
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->packed);
  EXPECT_EQ(again->path, first->path);
  EXPECT_TRUE(Pack(true)->packed);
}

TEST_F(PackedWeightsTest, ErrorsSayWhatToDo) {
  EXPECT_EQ(PackModel({.model_path = "/none.gguf", .cache_folder = cache_}).error().code,
            ErrorCode::kNotFound);
  file_.Write("packed", "a file where the folder should be");
  for (const std::string& folder : {cache_, std::string()}) {
    const auto failed = PackModel({.model_path = file_.path(), .cache_folder = folder});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kIo);
    EXPECT_NE(failed.error().message.find("YIXIN_HOME"), std::string::npos);
  }
}

TEST_F(PackedWeightsTest, AStopIsAnErrorAndLeavesNothing) {
  StopFlag stop;
  stop.Request();
  const auto stopped = Pack(false, &stop);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  for (const auto& entry : fs::directory_iterator(cache_)) {
    EXPECT_EQ(entry.path().filename(), ".lock");
  }
  AssistantOptions options;
  options.model_path = file_.path();
  options.share_path = SourceShare();
  const auto assistant = Assistant::Open(options, &stop);
  ASSERT_FALSE(assistant);
  EXPECT_EQ(assistant.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace yixin
