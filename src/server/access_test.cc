#include "server/access.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

ServerRequest Ask(std::string host, std::optional<std::string> origin = {},
                  const std::string& key = "") {
  ServerRequest request;
  request.host = std::move(host);
  request.origin = std::move(origin);
  if (!key.empty()) request.authorization = "Bearer " + key;
  return request;
}

int StatusOf(const ServerRequest& request, const AccessRules& rules = {}, bool is_open = false) {
  const auto refusal = CheckAccess(request, rules, is_open);
  return refusal ? refusal->status : 0;
}

TEST(Access, Hosts) {
  for (const char* host : {"localhost", "LOCALHOST:8420", "127.0.0.1:1", "[::1]:8420", "[::1]",
                           "192.168.1.5:80", ""}) {
    EXPECT_EQ(StatusOf(Ask(host)), 0) << host;
  }
  for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                           "localhost:x", "localhost:", "[::1", "[::1]evil", ":80",
                           "localhost:123456", "a,localhost", "localhost\xff"}) {
    EXPECT_EQ(StatusOf(Ask(host)), 403) << host;
  }
  EXPECT_EQ(StatusOf(Ask("Yixin.example:443"), {.hosts = {"yixin.example"}}), 0);
  ServerRequest proxy = Ask("shop.example", "https://shop.example");
  proxy.peer = kUnixPeer;
  EXPECT_EQ(StatusOf(proxy), 0);
  proxy.origin = "https://evil.example";
  EXPECT_EQ(StatusOf(proxy), 403) << "a browser is behind it";
}

TEST(Access, Origins) {
  EXPECT_EQ(StatusOf(Ask("localhost:8420", "http://localhost:8420")), 0);
  EXPECT_EQ(StatusOf(Ask("localhost:8420", "http://localhost:3000")), 403);
  EXPECT_EQ(StatusOf(Ask("localhost:8420", "null")), 403);
  EXPECT_EQ(StatusOf(Ask("localhost:8420", "")), 403);
  EXPECT_EQ(StatusOf(Ask("localhost:8420", "http://evil.example")), 403);
  EXPECT_EQ(StatusOf(Ask("localhost:8420", "file://localhost:8420")), 403);
  const AccessRules rules = {.origins = {"https://shop.example"}};
  EXPECT_EQ(StatusOf(Ask("localhost", "https://shop.example"), rules), 0);
  EXPECT_EQ(StatusOf(Ask("localhost", "https://shop.example.evil"), rules), 403);
}

TEST(Access, CorsHeadersComeForListedOriginsAlone) {
  ServerResponse response;
  AddCorsHeaders(Ask("localhost", "http://localhost"), {}, &response);
  EXPECT_TRUE(response.headers.empty());
  const AccessRules rules = {.origins = {"https://shop.example"}};
  AddCorsHeaders(Ask("localhost", "http://localhost"), rules, &response);
  ASSERT_EQ(response.headers.size(), 1u);  // Vary
  AddCorsHeaders(Ask("localhost", "https://shop.example"), rules, &response);
  EXPECT_EQ(response.headers.back().second, "https://shop.example");
}

TEST(Access, Keys) {
  const AccessRules rules = {.keys = {"first", "second-key"}};
  EXPECT_EQ(StatusOf(Ask("localhost", {}, "first"), rules), 0);
  EXPECT_EQ(StatusOf(Ask("localhost", {}, "second-key"), rules), 0);
  EXPECT_EQ(StatusOf(Ask("localhost"), rules, true), 0);
  for (const char* key : {"", "firs", "firstfirst", "First", "second", "x"}) {
    EXPECT_EQ(StatusOf(Ask("localhost", {}, key), rules), 401) << key;
  }
  ServerRequest basic = Ask("localhost");
  basic.authorization = "Basic first";
  EXPECT_EQ(StatusOf(basic, rules), 401);
  basic.authorization = std::string(1 << 20, 'x');
  EXPECT_EQ(StatusOf(basic, rules), 401);
}

TEST(Access, AKeyMayComeInAnthropicsHeader) {
  const AccessRules rules = {.keys = {"first"}};
  ServerRequest request = Ask("localhost");
  request.api_key = " first";
  EXPECT_EQ(StatusOf(request, rules), 0);
  request.authorization = "Basic Zmlyc3Q=";
  EXPECT_EQ(StatusOf(request, rules), 0) << "a proxy's own";
  request.authorization = "Bearer other";
  EXPECT_EQ(StatusOf(request, rules), 401) << "Authorization counts where it has a key";
  request.authorization = "";
  for (const char* key : {"", "firs", "first first", "Bearer first"}) {
    request.api_key = key;
    EXPECT_EQ(StatusOf(request, rules), 401) << key;
  }
}

TEST(Access, KeyFiles) {
  const auto keys = ParseKeys("# ours\n\n one \r\ntwo");
  ASSERT_TRUE(keys);
  EXPECT_EQ(*keys, (std::vector<std::string>{"one", "two"}));
  EXPECT_FALSE(ParseKeys(""));
  EXPECT_FALSE(ParseKeys("# none\n"));
  const auto bad = ParseKeys("one\ntwo words\n");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().subject, "line 2");
  EXPECT_EQ(bad.error().message.find("words"), std::string::npos);
  EXPECT_FALSE(ParseKeys("密"));
  EXPECT_FALSE(ParseKeys(std::string(5000, 'x')));
}

TEST(Access, Loopback) {
  EXPECT_TRUE(IsLoopback("127.0.0.1"));
  EXPECT_TRUE(IsLoopback("127.9.9.9"));
  EXPECT_TRUE(IsLoopback("::1"));
  EXPECT_TRUE(IsLoopback("localhost"));
  EXPECT_FALSE(IsLoopback("0.0.0.0"));
  EXPECT_FALSE(IsLoopback("127.0.0.1.evil.example"));
  EXPECT_FALSE(IsLoopback("::"));
}

TEST(Access, Owners) {
  ServerRequest request;
  request.authorization = "Bearer one";
  EXPECT_EQ(OwnerOf(request, {}), "") << "without keys everybody is the same";
  const AccessRules rules{.keys = {"one", "two"}};
  const std::string one = OwnerOf(request, rules);
  EXPECT_EQ(one.size(), 64u);
  EXPECT_EQ(one.find("one"), std::string::npos);
  request.authorization = "bearer  one";
  EXPECT_EQ(OwnerOf(request, rules), one);
  request.authorization = "Bearer two";
  EXPECT_NE(OwnerOf(request, rules), one);
  request.authorization = "";
  request.api_key = "one";
  EXPECT_EQ(OwnerOf(request, rules), one) << "by whichever header";
}

}  // namespace
}  // namespace yixin
