// What can happen to a pull from outside: kill -9, a second pull, a disk that is full.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "store/pull.h"
#include "store/test_hub.h"

namespace yixin {
namespace {

class PullProcessTest : public StoreTest {
 protected:
  // Pulls in a child process until `path` has some bytes, then kills it.
  void KillWhenItHasBytes(const PullOptions& options, const std::filesystem::path& path) {
    const pid_t child = fork();
    if (child == 0) {
      const auto model = PullTiny(OpenStore(), options);
      _exit(model ? 0 : 1);
    }
    std::error_code error;
    while (!(std::filesystem::file_size(path, error) > 0 && !error)) {
      ASSERT_EQ(waitpid(child, nullptr, WNOHANG), 0) << "it ended before it could be killed";
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended before it could be killed";
  }
};

TEST_F(PullProcessTest, KilledAndResumed) {
  options_.network.huggingface = hub_.Url("slow");
  KillWhenItHasBytes({}, PartialPath());
  ExpectNoFile();
  const auto arrived = std::filesystem::file_size(PartialPath());
  ASSERT_LT(arrived, hub_.payload().size());
  hub_.Reset();
  options_.network.huggingface = hub_.Url("ok");
  const auto model = PullTiny(OpenStore(), {.wait_for_lock = false});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(ReadAll(FinalPath()), hub_.payload());
  EXPECT_EQ(hub_.Log()[0].range, "bytes=" + std::to_string(arrived) + "-");
}

TEST_F(PullProcessTest, TwoAtOnceFetchOnce) {
  options_.network.huggingface = hub_.Url("slow");
  const auto pull = [this](PullEvents* events) {
    const auto model = Pull(OpenStore(), "tiny", {}, *events);
    EXPECT_TRUE(model) << model.error().message;
    EXPECT_EQ(ReadAll(FinalPath()), hub_.payload());
  };
  std::atomic<int> waits = 0;
  PullEvents first;
  PullEvents second;
  second.event = [&](const PullEvent& event) { waits += event.kind == PullEvent::Kind::kWaiting; };
  std::thread other;
  first.bytes = [&](uint64_t, uint64_t, double) {
    if (other.joinable()) return;
    other = std::thread(pull, &second);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (waits == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  };
  pull(&first);
  ASSERT_TRUE(other.joinable());
  other.join();
  EXPECT_EQ(hub_.Log().size(), 1U);
  EXPECT_EQ(waits, 1);
}

TEST_F(PullProcessTest, TheSecondOneCanRefuseToWait) {
  options_.network.huggingface = hub_.Url("slow");
  ErrorCode code = ErrorCode::kInternal;
  events_.bytes = [&](uint64_t, uint64_t, double) {
    if (code != ErrorCode::kInternal) return;
    code = Pull(OpenStore(), "tiny", {.wait_for_lock = false}, PullEvents{}).error().code;
  };
  ASSERT_TRUE(PullTiny(OpenStore()));
  EXPECT_EQ(code, ErrorCode::kBusy);
}

// A limit on a file's size fails a write in the middle as a full disk does.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    handler_ = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    signal(SIGXFSZ, handler_);
  }

 private:
  rlimit old_{};
  sighandler_t handler_ = SIG_DFL;
};

TEST_F(PullProcessTest, AFullDiskKeepsWhatCameAndTriesNoOtherSource) {
  options_.network.huggingface = hub_.Url("ok");
  options_.network.hf_mirror = hub_.Url("ok");
  {
    const FileSizeLimit limit(100'000);
    const auto model = PullTiny(OpenStore());
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().code, ErrorCode::kIo);
    EXPECT_NE(model.error().message.find("tiny.gguf.partial"), std::string::npos);
  }
  EXPECT_EQ(Sources(PullEvent::Kind::kSourceTried), std::vector<std::string>{"huggingface"});
  ExpectNoFile();
  const auto arrived = std::filesystem::file_size(PartialPath());
  EXPECT_LE(arrived, 100'000U);
  EXPECT_EQ(ReadAll(PartialPath()), hub_.payload().substr(0, arrived));
  ASSERT_TRUE(PullTiny(OpenStore()));
  EXPECT_EQ(ReadAll(FinalPath()), hub_.payload());
}

TEST_F(PullProcessTest, AFullDiskWhileAWheelIsUnpacked) {
  options_.environment.variables["PIP_INDEX_URL"] = hub_.Url("index-json") + "/simple";
  {
    // A wheel of half the model fits, the model does not.
    const FileSizeLimit limit(200'000);
    const auto model = PullTiny(OpenStore(), {.source = "index"});
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().code, ErrorCode::kIo);
  }
  ExpectNoFile();
  hub_.Reset();
  ASSERT_TRUE(PullTiny(OpenStore(), {.source = "index"}));
  EXPECT_EQ(ReadAll(FinalPath()), hub_.payload());
  for (const auto& request : hub_.Log()) {
    EXPECT_FALSE(request.path.ends_with(".whl")) << "the wheel was kept, and is whole";
  }
}

TEST_F(PullProcessTest, ADiskWithoutRoomIsSaidBeforeAnythingIsFetched) {
  // More than any disk has.
  const std::string bytes = "bytes = " + std::to_string(hub_.payload().size()) + "\n";
  const size_t at = options_.catalog_text.find(bytes);
  ASSERT_NE(at, std::string::npos);
  options_.catalog_text.replace(at, bytes.size(), "bytes = 4000000000000\n");
  const size_t index = options_.catalog_text.find("[[model.source]]\nkind = \"index\"");
  const size_t next = options_.catalog_text.find("[[model]]", index);
  options_.catalog_text.erase(index, next - index);
  options_.network.huggingface = hub_.Url("ok");
  const auto model = PullTiny(OpenStore());
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kIo);
  EXPECT_NE(model.error().message.find("the disk is full"), std::string::npos);
  EXPECT_TRUE(hub_.Log().empty());
}

TEST_F(PullProcessTest, AStoreThatCannotBeWritten) {
  WriteFile(folder_.path() / "file", "");
  options_.environment.variables["YIXIN_HOME"] = (folder_.path() / "file" / "home").string();
  const auto model = PullTiny(OpenStore());
  ASSERT_FALSE(model);
  EXPECT_NE(model.error().message.find("cannot make the folder"), std::string::npos);
}

}  // namespace
}  // namespace yixin
