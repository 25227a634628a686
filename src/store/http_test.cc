#include "store/http.h"

#include <gtest/gtest.h>

#include "store/test_hub.h"
#include "store/url.h"

namespace yixin {
namespace {

using Kind = HttpOutcome::Kind;

class HttpTest : public testing::Test {
 protected:
  HttpTest() { hub_.Reset(); }

  HttpOutcome Get(const HttpRequest& request) {
    HttpClient client(options_);
    body_.clear();
    return client.Fetch(
        request, {},
        [this](std::span<const std::byte> bytes) -> Status {
          body_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
          return {};
        },
        nullptr);
  }
  HttpOutcome Get(const std::string& mode) {
    HttpRequest request;
    request.url = hub_.Url(mode) + "/file";
    return Get(request);
  }

  TestHub& hub_ = TestHub::Get();
  HttpOptions options_;
  std::string body_;
};

TEST_F(HttpTest, GetsAndAsksForARange) {
  const auto whole = Get("ok");
  ASSERT_EQ(whole.kind, Kind::kOk) << whole.error.message;
  EXPECT_EQ(whole.head.ContentLength(), hub_.payload().size());
  EXPECT_EQ(body_, hub_.payload());
  HttpRequest request;
  request.url = hub_.Url("ok") + "/file";
  request.range_begin = 1000;
  const auto rest = Get(request);
  EXPECT_EQ(rest.head.status, 206);
  EXPECT_EQ(body_, hub_.payload().substr(1000));
}

TEST_F(HttpTest, ATokenIsDroppedWhenTheOriginChanges) {
  HttpRequest request;
  request.url = hub_.Url("token") + "/file";
  request.bearer_token = "hf_secret";
  const auto outcome = Get(request);
  ASSERT_EQ(outcome.kind, Kind::kOk) << outcome.error.message;
  EXPECT_EQ(body_, hub_.payload());
  const auto log = hub_.Log();
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(log[0].authorization, "Bearer hf_secret");
  EXPECT_EQ(log[1].port, hub_.second_port());
  EXPECT_EQ(log[1].authorization, "") << "the other host saw the token";
}

TEST_F(HttpTest, ATokenStaysOnItsOwnOrigin) {
  HttpRequest request;
  request.url = hub_.Url("relative") + "/file";
  request.bearer_token = "hf_secret";
  ASSERT_EQ(Get(request).kind, Kind::kOk);
  const auto log = hub_.Log();
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(log[1].authorization, "Bearer hf_secret");
}

TEST_F(HttpTest, APasswordInTheUrlIsDroppedToo) {
  HttpRequest request;
  request.url = AddCredentials(hub_.Url("redirect") + "/file", "me", "pass/word");
  ASSERT_EQ(Get(request).kind, Kind::kOk);
  const auto log = hub_.Log();
  ASSERT_EQ(log.size(), 2U);
  EXPECT_TRUE(log[0].authorization.starts_with("Basic ")) << log[0].authorization;
  EXPECT_EQ(log[1].authorization, "");
}

TEST_F(HttpTest, NetrcIsPerHost) {
  const TestFolder folder;
  WriteFile(folder.path() / "netrc", "machine 127.0.0.1 login me password secret\n");
  Get("ok");
  EXPECT_EQ(hub_.Log().back().authorization, "");
  options_.netrc = (folder.path() / "netrc").string();
  Get("ok");
  EXPECT_TRUE(hub_.Log().back().authorization.starts_with("Basic "));
  WriteFile(folder.path() / "netrc", "machine elsewhere.example login me password secret\n");
  Get("ok");
  EXPECT_EQ(hub_.Log().back().authorization, "");
}

TEST_F(HttpTest, TheHubsOwnHashWinsOverTheNextHosts) {
  HttpRequest request;
  request.url = hub_.Url("redirect") + "/file";
  request.head = true;
  const auto outcome = Get(request);
  ASSERT_EQ(outcome.kind, Kind::kOk);
  EXPECT_EQ(outcome.head.Header("x-linked-etag"), "\"" + hub_.sha256() + "\"");
  EXPECT_EQ(outcome.head.Header("etag"), "\"" + std::string(64, 'f') + "\"");
  EXPECT_TRUE(body_.empty());
}

TEST_F(HttpTest, RedirectsThatLeadNowhere) {
  for (const char* mode : {"loop", "hops", "nowhere"}) {
    const auto outcome = Get(mode);
    EXPECT_EQ(outcome.kind, Kind::kRedirect) << mode;
    EXPECT_EQ(outcome.error.code, ErrorCode::kNetwork);
    EXPECT_TRUE(body_.empty());
  }
  EXPECT_LT(hub_.Log().size(), 20U);
  EXPECT_EQ(Get("to-dead").kind, Kind::kNotReached);
  EXPECT_EQ(Get("to-dead").host, "127.0.0.1:9");
}

TEST_F(HttpTest, StatusesAreErrorsAndTheirPagesNoBody) {
  const auto missing = Get("no-such-mode");
  EXPECT_EQ(missing.kind, Kind::kStatus);
  EXPECT_EQ(missing.head.status, 404);
  const auto error = Get("error");
  EXPECT_EQ(error.kind, Kind::kStatus);
  EXPECT_NE(error.error.message.find("HTTP 500"), std::string::npos) << error.error.message;
  EXPECT_TRUE(body_.empty());
}

TEST_F(HttpTest, ACutConnection) {
  EXPECT_EQ(Get("cut").kind, Kind::kCut);
  EXPECT_EQ(body_, hub_.payload().substr(0, hub_.payload().size() / 2));
  EXPECT_EQ(Get("cut-at-once").kind, Kind::kCut);
}

TEST_F(HttpTest, AServerThatStallsOrNeverSpeaks) {
  options_.stall_s = 1;
  EXPECT_EQ(Get("stall").kind, Kind::kStalled);
  EXPECT_EQ(Get("silent").kind, Kind::kStalled);
}

TEST_F(HttpTest, NobodyListens) {
  HttpRequest request;
  request.url = "http://127.0.0.1:9/file";
  const auto outcome = Get(request);
  EXPECT_EQ(outcome.kind, Kind::kNotReached);
  EXPECT_EQ(outcome.host, "127.0.0.1:9");
  request.url = "http://no-such-host.invalid/";
  EXPECT_EQ(Get(request).kind, Kind::kNotReached);
}

TEST_F(HttpTest, ACertificateThatNobodyVouchesFor) {
  HttpRequest request;
  request.url = hub_.HttpsUrl("ok") + "/file";
  const auto refused = Get(request);
  EXPECT_EQ(refused.kind, Kind::kNotReached);
  EXPECT_NE(refused.error.message.find("certificate"), std::string::npos) << refused.error.message;
  EXPECT_TRUE(body_.empty());
  options_.trusted_hosts = {"elsewhere.example", "127.0.0.1:1"};
  EXPECT_EQ(Get(request).kind, Kind::kNotReached);
  options_.trusted_hosts = {"127.0.0.1"};
  EXPECT_EQ(Get(request).kind, Kind::kOk);
  options_.trusted_hosts.clear();
  options_.ca_bundle = hub_.certificate();
  EXPECT_EQ(Get(request).kind, Kind::kOk);
  EXPECT_EQ(body_, hub_.payload());
}

TEST_F(HttpTest, HttpsIsNotLeftForHttp) {
  options_.ca_bundle = hub_.certificate();
  HttpRequest request;
  request.url = hub_.HttpsUrl("downgrade") + "/file";
  const auto outcome = Get(request);
  EXPECT_EQ(outcome.kind, Kind::kRedirect);
  EXPECT_NE(outcome.error.message.find("from https to plain http"), std::string::npos);
  EXPECT_TRUE(body_.empty());
}

TEST_F(HttpTest, StopsOnRequest) {
  HttpClient client(options_);
  HttpRequest request;
  request.url = hub_.Url("slow") + "/file";
  StopFlag stop;
  const auto outcome = client.Fetch(
      request, {},
      [&](std::span<const std::byte>) -> Status {
        stop.Request();
        return {};
      },
      &stop);
  EXPECT_EQ(outcome.kind, Kind::kStopped);
  EXPECT_EQ(outcome.error.code, ErrorCode::kCancelled);
}

TEST_F(HttpTest, ErrorsOfTheCallersFunctionsEndIt) {
  HttpClient client(options_);
  HttpRequest request;
  request.url = hub_.Url("ok") + "/file";
  const auto no = [](auto&&...) -> Status { return Error{ErrorCode::kIo, "full", ""}; };
  EXPECT_EQ(client.Fetch(request, no, {}, nullptr).error.message, "full");
  const auto outcome = client.Fetch(request, {}, no, nullptr);
  EXPECT_EQ(outcome.kind, Kind::kRejected);
  EXPECT_EQ(outcome.error.code, ErrorCode::kIo);
}

}  // namespace
}  // namespace yixin
