// Each way in which a server may misbehave, one download at a time. What a pull makes of it over
// several sources is in pull_test.cc.
#include "store/download.h"

#include <gtest/gtest.h>

#include "store/test_hub.h"

namespace yixin {
namespace {

class DownloadTest : public testing::Test {
 protected:
  DownloadTest() {
    hub_.Reset();
    request_.source = "hub";
    request_.bytes = hub_.payload().size();
    request_.max_bytes = 10 << 20;
    request_.sha256 = hub_.sha256();
  }

  std::optional<DownloadFailure> Run(const std::string& mode) {
    request_.url = hub_.Url(mode) + "/file";
    HttpClient client(options_);
    ProgressMeter meter(events_, request_.bytes);
    auto partial = PartialFile::Open(final_path_, nullptr);
    EXPECT_TRUE(partial) << partial.error().message;
    const DownloadContext context{client, events_, meter, nullptr};
    return Download(request_, context, &*partial);
  }
  void SetPartial(const std::string& bytes) { WriteFile(PartialPath(), bytes); }
  std::string PartialPath() const { return final_path_.string() + ".partial"; }
  std::string Partial() const { return ReadAll(PartialPath()); }
  std::string Half() const { return hub_.payload().substr(0, hub_.payload().size() / 2); }
  // It succeeded, and the bytes are the file's.
  void ExpectWhole(const std::optional<DownloadFailure>& failure) {
    EXPECT_FALSE(failure) << failure->error.message;
    EXPECT_EQ(Partial(), hub_.payload());
    EXPECT_FALSE(std::filesystem::exists(final_path_)) << "the caller gives the final name";
  }
  void ExpectFailure(const std::optional<DownloadFailure>& failure, ErrorCode code,
                     const std::string& message) {
    ASSERT_TRUE(failure);
    EXPECT_FALSE(failure->final);
    EXPECT_EQ(failure->error.code, code);
    EXPECT_NE(failure->error.message.find(message), std::string::npos) << failure->error.message;
  }

  TestHub& hub_ = TestHub::Get();
  TestFolder folder_;
  std::filesystem::path final_path_ = folder_.path() / "model.gguf";
  HttpOptions options_;
  PullEvents events_;
  DownloadRequest request_;
};

TEST_F(DownloadTest, PlainAndRedirected) {
  for (const char* mode : {"ok", "redirect", "relative", "unsaid"}) {
    std::filesystem::remove(PartialPath());
    SCOPED_TRACE(mode);
    ExpectWhole(Run(mode));
  }
}

TEST_F(DownloadTest, ResumesByRange) {
  SetPartial(Half());
  ExpectWhole(Run("ok"));
  EXPECT_EQ(hub_.Log().back().range, "bytes=" + std::to_string(Half().size()) + "-");
}

TEST_F(DownloadTest, AWholePartialFileNeedsNoRequest) {
  SetPartial(hub_.payload());
  ExpectWhole(Run("ok"));
  EXPECT_TRUE(hub_.Log().empty());
  // Of unknown size too: the hash says that it is whole.
  request_.bytes = 0;
  ExpectWhole(Run("ok"));
  EXPECT_TRUE(hub_.Log().empty());
}

TEST_F(DownloadTest, AServerThatIgnoresRangeSendsItAgain) {
  SetPartial(Half());
  ExpectWhole(Run("no-range"));
}

TEST_F(DownloadTest, AServerThatRefusesRangesOrSendsAnotherIsAskedWithout) {
  for (const char* mode : {"refuse-range", "bad-range"}) {
    SCOPED_TRACE(mode);
    SetPartial(Half());
    ExpectWhole(Run(mode));
    EXPECT_EQ(hub_.Log().back().range, "");
  }
}

TEST_F(DownloadTest, APartialFileThatIsTooLongOrWrongBeginsAnew) {
  SetPartial(hub_.payload() + "more");
  ExpectWhole(Run("ok"));
  SetPartial(std::string(1000, 'x'));
  ExpectWhole(Run("ok"));
  SetPartial(std::string(hub_.payload().size(), 'x'));
  ExpectWhole(Run("ok"));
}

TEST_F(DownloadTest, ACutIsTakenUpAgain) {
  ExpectWhole(Run("cut-twice"));
  EXPECT_EQ(hub_.Log().size(), 3U);
}

TEST_F(DownloadTest, ACutThatNeverEndsKeepsWhatCame) {
  ExpectFailure(Run("cut"), ErrorCode::kNetwork, "the connection broke");
  EXPECT_LT(hub_.Log().size(), 20U);
  const std::string partial = Partial();
  EXPECT_GT(partial.size(), hub_.payload().size() / 2);
  EXPECT_EQ(partial, hub_.payload().substr(0, partial.size()));
  ExpectWhole(Run("ok"));
}

TEST_F(DownloadTest, ACutWithoutBytesIsNotRepeated) {
  ExpectFailure(Run("cut-at-once"), ErrorCode::kNetwork, "the connection broke");
  EXPECT_EQ(hub_.Log().size(), 1U);
}

TEST_F(DownloadTest, AStallKeepsWhatCame) {
  options_.stall_s = 1;
  ExpectFailure(Run("stall"), ErrorCode::kNetwork, "slower than 50 KB/s for 1 s");
  EXPECT_EQ(Partial(), hub_.payload().substr(0, hub_.payload().size() / 4));
}

TEST_F(DownloadTest, WrongBytesAreThrownAway) {
  ExpectFailure(Run("wrong"), ErrorCode::kVerification, "expected SHA-256 " + hub_.sha256());
  EXPECT_EQ(Partial(), "");
  EXPECT_EQ(hub_.Log().size(), 1U);
}

TEST_F(DownloadTest, NotTheFileAtAll) {
  for (const auto& [mode, message] : {std::pair("html", "a web page"),
                                      {"html-disguised", "another size"},
                                      {"short", "another size"},
                                      {"long-unsaid", "longer than expected"},
                                      {"short-unsaid", "short file"}}) {
    SCOPED_TRACE(mode);
    std::filesystem::remove(PartialPath());
    ExpectFailure(Run(mode), ErrorCode::kVerification, message);
    const std::string partial = Partial();
    EXPECT_EQ(partial, hub_.payload().substr(0, partial.size()));
  }
}

TEST_F(DownloadTest, AWebPageDoesNotTouchWhatIsThere) {
  SetPartial(Half());
  ExpectFailure(Run("html"), ErrorCode::kVerification, "a web page");
  EXPECT_EQ(Partial(), Half());
}

TEST_F(DownloadTest, WaitsWhenAskedTo) {
  std::vector<PullEvent> seen;
  events_.event = [&](const PullEvent& event) { seen.push_back(event); };
  ExpectWhole(Run("busy"));
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].kind, PullEvent::Kind::kWaiting);
  std::filesystem::remove(PartialPath());
  ExpectWhole(Run("busy-date"));
}

TEST_F(DownloadTest, DoesNotWaitForLongOrForever) {
  ExpectFailure(Run("busy-silent"), ErrorCode::kNetwork, "429");
  ExpectFailure(Run("busy-for-long"), ErrorCode::kNetwork, "429");
  EXPECT_EQ(hub_.Log().size(), 2U);
  ExpectFailure(Run("always-busy"), ErrorCode::kNetwork, "429");
  EXPECT_LT(hub_.Log().size(), 10U);
}

TEST_F(DownloadTest, AnUnknownHashIsNotResumedAndTheSizeIsBounded) {
  request_.sha256.clear();
  request_.bytes = 0;
  SetPartial("bytes of another version");
  ExpectWhole(Run("ok"));
  request_.max_bytes = 1000;
  ExpectFailure(Run("ok"), ErrorCode::kVerification, "larger than expected");
  ExpectFailure(Run("unsaid"), ErrorCode::kVerification, "longer than expected");
  EXPECT_LE(Partial().size(), 1000U);
}

TEST_F(DownloadTest, AnUnknownSizeIsResumedByItsHash) {
  request_.bytes = 0;
  SetPartial(Half());
  ExpectWhole(Run("ok"));
  EXPECT_EQ(hub_.Log().back().range, "bytes=" + std::to_string(Half().size()) + "-");
}

TEST_F(DownloadTest, TellsWhichHostIsDead) {
  const auto failure = Run("to-dead");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->dead_host, "127.0.0.1:9");
  const auto status = Run("no-such-mode");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->dead_host, "");
}

TEST(RetryAfterTest, NumbersDatesAndNonsense) {
  EXPECT_EQ(ParseRetryAfter("7", 0), 7);
  EXPECT_EQ(ParseRetryAfter("0", 0), 0);
  EXPECT_EQ(ParseRetryAfter("Thu, 01 Jan 1970 00:01:40 GMT", 90), 10);
  EXPECT_EQ(ParseRetryAfter("Thu, 01 Jan 1970 00:01:40 GMT", 1000), 0);
  for (const char* bad : {"", "-1", "soon", "99999999999999999999"}) {
    EXPECT_EQ(ParseRetryAfter(bad, 0), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace yixin
