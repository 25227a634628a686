// Pulls of a model in several files, against tests/support/fake_hub.py's /folder.
#include "store/folder_pull.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <set>
#include <thread>

#include "store/sha256.h"
#include "store/test_hub.h"

namespace yixin {
namespace {

using Kind = PullEvent::Kind;
using Names = std::vector<std::string>;
namespace fs = std::filesystem;

constexpr const char* kFirst = "model-00001-of-00002.safetensors";
constexpr const char* kSecond = "model-00002-of-00002.safetensors";

class FolderPullTest : public StoreTest {
 protected:
  FolderPullTest() { options_.network.huggingface = hub_.Url("folder"); }

  Result<LocalModel> PullIt(const std::string& what = "hf:org/Tiny-1.5B",
                            const PullOptions& options = {}) {
    return Pull(OpenStore(), what, options, events_);
  }
  fs::path ModelFolder(const std::string& name = "org/Tiny-1.5B") const {
    return OpenStore().ModelFolder(name);
  }
  fs::path Partial() const { return ModelFolder() / (std::string(40, 'a') + ".partial"); }

  // The whole folder of the main branch is there, and nothing else.
  void ExpectPulled(const Result<LocalModel>& model, const std::string& source = "huggingface") {
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_EQ(model->name, "org/Tiny-1.5B");
    EXPECT_EQ(model->source, source);
    EXPECT_TRUE(model->verified);
    EXPECT_EQ(model->path, ModelFolder() / "Tiny-1.5B");
    std::set<std::string> names;
    uint64_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(model->path)) {
      names.insert(entry.path().filename().string());
      bytes += entry.file_size();
    }
    EXPECT_EQ(names,
              (std::set<std::string>{"config.json", "generation_config.json", "tokenizer.json",
                                     "tokenizer_config.json", "added_tokens.json",
                                     "model.safetensors.index.json", kFirst, kSecond}));
    EXPECT_EQ(model->bytes, bytes);
    EXPECT_EQ(model->files.size(), names.size());
    EXPECT_EQ(ReadAll(model->path / kFirst), hub_.payload());
    EXPECT_EQ(ReadAll(model->path / kSecond),
              std::string(hub_.payload().rbegin(), hub_.payload().rend()));
    for (const ModelPart& part : model->files) {
      EXPECT_EQ(part.sha256, *Sha256OfFile(model->path / part.file, nullptr));
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(ModelFolder()), {}), 2)
        << "the folder and its manifest";
    const auto found = OpenStore().Find("org/Tiny-1.5B");
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->sha256, model->sha256);
  }
  // What is not whole has no name.
  void ExpectNothing() const {
    EXPECT_FALSE(fs::exists(ModelFolder() / "Tiny-1.5B"));
    EXPECT_FALSE(fs::exists(ModelFolder() / "manifest.json"));
    EXPECT_FALSE(OpenStore().Find("org/Tiny-1.5B"));
  }
  Names Paths() const {
    Names paths;
    for (const LoggedRequest& request : hub_.Log()) paths.push_back(request.path);
    return paths;
  }
};

TEST_F(FolderPullTest, OneCommitWhole) {
  uint64_t last = 0;
  uint64_t total = 0;
  events_.bytes = [&](uint64_t done, uint64_t all, double) {
    EXPECT_GE(done, last);
    EXPECT_TRUE(total == 0 || total == all) << "one total over all files";
    last = done;
    total = all;
  };
  const auto model = PullIt();
  ExpectPulled(model);
  EXPECT_EQ(model->revision, std::string(40, 'a'));
  EXPECT_EQ(model->licence, "apache-2.0");
  EXPECT_EQ(last, model->bytes);
  EXPECT_EQ(total, model->bytes);
  const Names paths = Paths();
  EXPECT_EQ(paths[0], "/folder/api/models/org/Tiny-1.5B/revision/main");
  EXPECT_EQ(paths[1], "/folder/api/models/org/Tiny-1.5B/tree/" + std::string(40, 'a'));
  for (size_t i = 2; i < paths.size(); ++i) {
    EXPECT_TRUE(paths[i].starts_with("/folder/org/Tiny-1.5B/resolve/" + std::string(40, 'a') + "/"))
        << paths[i];
  }
  EXPECT_EQ(Lines().find("chat template"), std::string::npos) << Lines();
}

TEST_F(FolderPullTest, ItsNamesAndRemoval) {
  ASSERT_TRUE(PullIt());
  hub_.Reset();
  Store store = OpenStore();
  for (const char* name : {"org/Tiny-1.5B", "hf:org/Tiny-1.5B", "hf:org/Tiny-1.5B@main"}) {
    ASSERT_TRUE(store.Find(name)) << name;
    ExpectPulled(PullIt("hf:org/Tiny-1.5B"));
  }
  EXPECT_TRUE(hub_.Log().empty()) << "a second pull asks nobody";
  ASSERT_EQ(store.List()->size(), 1U);
  EXPECT_EQ(store.List()->at(0).name, "org/Tiny-1.5B");
  EXPECT_EQ(store.Find("hf:org/other").error().code, ErrorCode::kNotFound);
  EXPECT_NE(store.Find("org/other").error().message.find("yixin pull hf:org/other"),
            std::string::npos);
  EXPECT_NE(PullIt("org/other").error().message.find("yixin pull hf:org/other"), std::string::npos);
  ASSERT_TRUE(store.Remove("hf:org/Tiny-1.5B"));
  EXPECT_FALSE(fs::exists(ModelFolder()));
  EXPECT_FALSE(store.Find("org/Tiny-1.5B"));
}

TEST_F(FolderPullTest, ARevisionIsAModelOfItsOwn) {
  ASSERT_TRUE(PullIt());
  const auto model = PullIt("hf:org/Tiny-1.5B@v1");
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->name, "org/Tiny-1.5B@v1");
  EXPECT_EQ(model->revision, std::string(40, 'b'));
  EXPECT_EQ(OpenStore().List()->size(), 2U);
  EXPECT_NE(Lines().find("no chat template: a base model"), std::string::npos) << Lines();
  const auto missing = PullIt("hf:org/Tiny-1.5B@v9", {.source = "huggingface"});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("404"), std::string::npos);
  const auto no_model = PullIt("hf:org/Tiny-1.5B@refs/pr/1");
  ASSERT_FALSE(no_model);
  EXPECT_EQ(no_model.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(no_model.error().message.find("yixin pull hf:org/Tiny-1.5B/FILE"), std::string::npos);
  bool asked = false;
  for (const std::string& path : Paths()) {
    asked |= path == "/folder/api/models/org/Tiny-1.5B/revision/refs%2Fpr%2F1";
  }
  EXPECT_TRUE(asked);
  EXPECT_FALSE(fs::exists(ModelFolder("org/Tiny-1.5B@refs/pr/1"))) << "no empty folder is left";
}

TEST_F(FolderPullTest, TheNextPullGoesOnInTheMiddleOfAFile) {
  options_.network.huggingface = hub_.Url("folder-cut");
  const auto cut = PullIt("hf:org/Tiny-1.5B", {.source = "huggingface"});
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::kNetwork);
  EXPECT_NE(cut.error().message.find(kSecond), std::string::npos) << cut.error().message;
  EXPECT_NE(cut.error().message.find("kept"), std::string::npos);
  ExpectNothing();
  const auto arrived = fs::file_size(Partial() / (std::string(kSecond) + ".partial"));
  ASSERT_GT(arrived, 0U);
  hub_.Reset();
  options_.network.huggingface = hub_.Url("folder");
  ExpectPulled(PullIt());
  const auto log = hub_.Log();
  ASSERT_EQ(log.size(), 3U) << "the two listings and the rest of one file";
  EXPECT_EQ(log[2].range, "bytes=" + std::to_string(arrived) + "-");
}

TEST_F(FolderPullTest, TheMirrorGoesOnWhereTheHubStopped) {
  options_.network.huggingface = hub_.Url("folder-cut");
  options_.network.hf_mirror = hub_.Url("folder");
  ExpectPulled(PullIt(), "hf-mirror");
  EXPECT_NE(hub_.Log().back().range, "");
}

TEST_F(FolderPullTest, KilledAndResumed) {
  options_.network.huggingface = hub_.Url("folder-slow");
  const fs::path begun = Partial() / (std::string(kSecond) + ".partial");
  const pid_t child = fork();
  if (child == 0) _exit(PullIt() ? 0 : 1);
  std::error_code error;
  while (!(fs::file_size(begun, error) > 0 && !error)) {
    ASSERT_EQ(waitpid(child, nullptr, WNOHANG), 0) << "it ended before it could be killed";
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  ExpectNothing();
  options_.network.huggingface = hub_.Url("folder");
  ExpectPulled(PullIt());
}

TEST_F(FolderPullTest, KilledBeforeTheManifest) {
  ASSERT_TRUE(PullIt());
  fs::remove(ModelFolder() / "manifest.json");
  WriteFile(ModelFolder() / "Tiny-1.5B" / "foreign.py", "no file of the model");
  std::string damaged = ReadAll(ModelFolder() / "Tiny-1.5B" / kFirst);
  damaged[7] ^= 1;
  fs::remove(ModelFolder() / "Tiny-1.5B" / kFirst);
  WriteFile(ModelFolder() / "Tiny-1.5B" / kFirst, damaged);
  EXPECT_FALSE(OpenStore().Find("org/Tiny-1.5B"));
  hub_.Reset();
  ExpectPulled(PullIt());
  EXPECT_EQ(hub_.Log().size(), 3U) << "only the damaged file comes again";
}

TEST_F(FolderPullTest, AFileThatWasLostOrCutIsFetchedAgain) {
  ASSERT_TRUE(PullIt());
  fs::resize_file(ModelFolder() / "Tiny-1.5B" / kSecond, 100);
  EXPECT_EQ(OpenStore().Find("org/Tiny-1.5B").error().code, ErrorCode::kVerification);
  ExpectPulled(PullIt());
  fs::remove(ModelFolder() / "Tiny-1.5B" / "config.json");
  EXPECT_TRUE(OpenStore().List()->empty());
  ExpectPulled(PullIt());
}

TEST_F(FolderPullTest, ABranchThatMovedOnBeginsAnew) {
  options_.network.huggingface = hub_.Url("folder-cut");
  ASSERT_FALSE(PullIt("hf:org/Tiny-1.5B", {.source = "huggingface"}));
  ASSERT_TRUE(fs::exists(Partial()));
  options_.network.huggingface = hub_.Url("folder-moved");
  const auto model = PullIt();
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->revision, std::string(40, 'b'));
  EXPECT_EQ(ReadAll(model->path / kFirst), hub_.payload().substr(0, 1000));
  EXPECT_FALSE(fs::exists(Partial())) << "of the old commit";
}

TEST_F(FolderPullTest, WrongBytesAreNeverTaken) {
  for (const char* mode : {"folder-wrong", "folder-wrong-text"}) {
    options_.network.huggingface = hub_.Url(mode);
    const auto model = PullIt("hf:org/Tiny-1.5B", {.source = "huggingface"});
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().code, ErrorCode::kVerification) << model.error().message;
    EXPECT_NE(model.error().message.find("wrong bytes"), std::string::npos);
    ExpectNothing();
    (void)OpenStore().Remove("org/Tiny-1.5B");  // what had arrived, if any
  }
  options_.network.hf_mirror = hub_.Url("folder");
  ExpectPulled(PullIt(), "hf-mirror");
}

TEST_F(FolderPullTest, HostileListingsAreRefusedWhole) {
  for (const auto& [mode, part] : {std::pair("folder-hostile", "../../evil.json"),
                                   {"folder-huge", "bytes; at most"},
                                   {"folder-no-commit", "no commit"},
                                   {"folder-pages", "over a page"},
                                   {"html", "no JSON"}}) {
    hub_.Reset();
    options_.network.huggingface = hub_.Url(mode);
    const auto model = PullIt("hf:org/Tiny-1.5B", {.source = "huggingface"});
    ASSERT_FALSE(model) << mode;
    EXPECT_NE(model.error().message.find(part), std::string::npos) << model.error().message;
    for (const std::string& path : Paths()) {
      EXPECT_EQ(path.find("/resolve/"), std::string::npos) << "not a file is fetched: " << path;
    }
    EXPECT_FALSE(fs::exists(ModelFolder()));
  }
}

TEST_F(FolderPullTest, WithoutHashesItIsSaidAndNothingIsResumed) {
  options_.network.huggingface = hub_.Url("folder-no-hash");
  const auto model = PullIt();
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_FALSE(model->verified);
  EXPECT_NE(Lines().find("nothing verifies"), std::string::npos) << Lines();
}

TEST_F(FolderPullTest, TheTokenGoesToTheHubAlone) {
  options_.environment.variables["HF_TOKEN"] = "hf_secret";
  options_.network.huggingface = hub_.Url("folder-redirect");
  ExpectPulled(PullIt());
  int elsewhere = 0;
  for (const LoggedRequest& request : hub_.Log()) {
    const bool second = request.port == hub_.second_port();
    EXPECT_EQ(request.authorization, second ? "" : "Bearer hf_secret") << request.path;
    elsewhere += second;
  }
  EXPECT_EQ(elsewhere, 2);
  ASSERT_TRUE(OpenStore().Remove("org/Tiny-1.5B"));
  hub_.Reset();
  options_.network.huggingface = hub_.Url("gone");
  options_.network.hf_mirror = hub_.Url("folder-redirect");
  ExpectPulled(PullIt(), "hf-mirror");
  for (const LoggedRequest& request : hub_.Log()) {
    EXPECT_EQ(request.authorization.empty(), !request.path.starts_with("/gone/")) << request.path;
  }
  EXPECT_EQ(Lines().find("hf_secret"), std::string::npos);
}

TEST_F(FolderPullTest, AGatedRepositoryThroughTheUsersEndpoint) {
  options_.environment.variables["HF_ENDPOINT"] = hub_.Url("folder-token") + "/";
  const auto without = PullIt("hf:org/Tiny-1.5B", {.source = "endpoint"});
  ASSERT_FALSE(without);
  EXPECT_NE(without.error().message.find("401"), std::string::npos);
  options_.environment.variables["HF_TOKEN"] = "hf_secret";
  ExpectPulled(PullIt(), "endpoint");
}

TEST_F(FolderPullTest, FromModelScope) {
  options_.network.huggingface = hub_.Url("gone");
  options_.network.modelscope = hub_.Url("folder");
  const auto model = PullIt();
  ExpectPulled(model, "modelscope");
  EXPECT_EQ(model->revision, "master");
}

TEST_F(FolderPullTest, OfflineAndSourcesThatAreNone) {
  EXPECT_EQ(PullIt("hf:org/x", {.source = "index"}).error().code, ErrorCode::kInvalidArgument);
  options_.environment.variables["HF_HUB_OFFLINE"] = "1";
  const auto model = PullIt();
  ASSERT_FALSE(model);
  EXPECT_NE(model.error().message.find("HF_HUB_OFFLINE"), std::string::npos);
  EXPECT_TRUE(hub_.Log().empty());
}

TEST_F(FolderPullTest, StopsOnRequestAndKeepsWhatCame) {
  options_.network.huggingface = hub_.Url("folder-slow");
  StopFlag stop;
  events_.bytes = [&](uint64_t done, uint64_t, double) {
    if (done > 100'000) stop.Request();
  };
  const auto model = PullIt("hf:org/Tiny-1.5B", {.stop = &stop});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kCancelled);
  ExpectNothing();
  EXPECT_TRUE(fs::exists(Partial() / "config.json"));
  EXPECT_EQ(Sources(Kind::kSourceTried), Names{"huggingface"});
}

TEST_F(FolderPullTest, OfTwoAtOnceOneFetches) {
  options_.network.huggingface = hub_.Url("folder-slow");
  std::thread other;
  PullEvents first;
  first.bytes = [&](uint64_t, uint64_t, double) {
    if (other.joinable()) return;
    other = std::thread([&] {
      PullEvents second;
      ExpectPulled(Pull(OpenStore(), "hf:org/Tiny-1.5B", {}, second));
    });
  };
  ASSERT_TRUE(Pull(OpenStore(), "hf:org/Tiny-1.5B", {}, first));
  ASSERT_TRUE(other.joinable());
  other.join();
  std::set<std::string> once;
  for (const std::string& path : Paths()) EXPECT_TRUE(once.insert(path).second) << path;
}

}  // namespace
}  // namespace yixin
