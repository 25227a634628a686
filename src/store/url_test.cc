#include "store/url.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

TEST(ParseUrlTest, TakesCredentialsOut) {
  const auto url = ParseUrl("HTTPS://me:p%40ss@Host.Example/a/b?c=d#e");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->Origin(), "https://host.example:443");
  EXPECT_EQ(url->user, "me");
  EXPECT_EQ(url->password, "p@ss");
  EXPECT_EQ(url->fragment, "e");
  EXPECT_EQ(url->bare.find("p%40ss"), std::string::npos) << url->bare;
  EXPECT_NE(url->bare.find("/a/b?c=d"), std::string::npos) << url->bare;
}

TEST(ParseUrlTest, OriginsDifferByScheme_Host_AndPort) {
  EXPECT_NE(ParseUrl("http://a/")->Origin(), ParseUrl("https://a/")->Origin());
  EXPECT_NE(ParseUrl("http://a/")->Origin(), ParseUrl("http://a:81/")->Origin());
  EXPECT_NE(ParseUrl("http://a/")->Origin(), ParseUrl("http://a.b/")->Origin());
  EXPECT_EQ(ParseUrl("http://a/x")->Origin(), ParseUrl("http://u:p@A:80/y")->Origin());
}

TEST(ParseUrlTest, OnlyHttp) {
  for (const char* bad : {"", "file:///etc/passwd", "ftp://a/", "http://", "a b", "//a/b", "a/b",
                          "http://a:99999/", "http://a\n/"}) {
    EXPECT_FALSE(ParseUrl(bad)) << bad;
  }
  EXPECT_FALSE(ParseUrl(std::string("http://a\0b/", 11)));
}

TEST(JoinUrlTest, RelativeAndAbsolute) {
  EXPECT_EQ(JoinUrl("http://h/a/b/", "c"), "http://h/a/b/c");
  EXPECT_EQ(JoinUrl("http://h/a/b/", "../c#d"), "http://h/a/c#d");
  EXPECT_EQ(JoinUrl("http://h/a/b/", "/c"), "http://h/c");
  EXPECT_EQ(JoinUrl("http://h/a/b/", "https://other/c"), "https://other/c");
  EXPECT_FALSE(JoinUrl("http://h/", "file:///c"));
  EXPECT_FALSE(JoinUrl("http://h/", std::string("a\0b", 3)));
}

TEST(DisplayUrlTest, NeverASecret) {
  EXPECT_EQ(DisplayUrl("https://me:secret@h/a?signature=secret#secret"), "https://h/a");
  EXPECT_EQ(DisplayUrl("no url: secret").find("secret"), std::string::npos);
}

TEST(EncodePathTest, ReservedAndUtf8) {
  EXPECT_EQ(EncodePath("a/B-1._~"), "a/B-1._~");
  EXPECT_EQ(EncodePath("a b?#%心"), "a%20b%3F%23%25%E5%BF%83");
}

TEST(AddCredentialsTest, RoundTrip) {
  const auto url = ParseUrl(AddCredentials("http://h/a", "me@x", "p/a:s s"));
  ASSERT_TRUE(url);
  EXPECT_EQ(url->user, "me@x");
  EXPECT_EQ(url->password, "p/a:s s");
  EXPECT_EQ(url->host, "h");
}

}  // namespace
}  // namespace yixin
