#include "store/package_index.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

const std::string kPage = "https://user:pass@index.example/root/simple/pkg/";
const std::string kHash(64, 'a');

TEST(PackagePageUrlTest, NormalisesTheName) {
  EXPECT_EQ(PackagePageUrl("https://x/simple", "Part_.-One"), "https://x/simple/part-one/");
  EXPECT_EQ(PackagePageUrl("https://x/simple///", "a.b"), "https://x/simple/a-b/");
}

TEST(IndexJson, ReadsFilesAndResolvesUrls) {
  const auto files = ParseIndexJson(
      R"({"meta":{},"files":[
        {"filename":"a.whl","url":"../../files/a.whl","hashes":{"sha256":")" +
          std::string(64, 'A') + R"("}},
        {"filename":"b.whl","url":"https://other.example/b.whl","hashes":{"md5":"00"}},
        {"filename":"c.whl","url":"file:///etc/passwd","hashes":{}},
        {"filename":7,"url":"d.whl"}, 3, {"filename":"e.whl","url":"e.whl","hashes":[]}]})",
      kPage);
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), 3U);
  EXPECT_EQ((*files)[0].url, "https://user:pass@index.example/root/files/a.whl");
  EXPECT_EQ((*files)[0].sha256, kHash);
  EXPECT_EQ((*files)[1].url, "https://other.example/b.whl");
  EXPECT_EQ((*files)[1].sha256, "");
  EXPECT_EQ((*files)[2].filename, "e.whl");
}

TEST(IndexJson, BrokenPagesAreErrorsWithoutThePassword) {
  for (const std::string& page :
       {std::string("{"), std::string("[]"), std::string("{}"), std::string(R"({"files":{}})"),
        std::string("<html>"), std::string("{\"files\":[\"\xff\"]}"), std::string(100000, '[')}) {
    const auto files = ParseIndexJson(page, kPage);
    ASSERT_FALSE(files) << page.substr(0, 20);
    EXPECT_EQ(files.error().code, ErrorCode::kInvalidFile);
    EXPECT_EQ(files.error().message.find("pass"), std::string::npos) << files.error().message;
  }
}

TEST(IndexHtml, ReadsAnchorsHashesAndBase) {
  const auto files = ParseIndexHtml("<a href='../../f/a%20b.whl?x=1#egg=q&amp;sha256=" + kHash +
                                        "'>shown</a><a href='javascript:alert(1)'>"
                                        "<a href='c.whl#md5=00'><a href='folder/'>",
                                    kPage);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].filename, "a%20b.whl");
  EXPECT_EQ(files[0].sha256, kHash);
  EXPECT_EQ(files[0].url, "https://user:pass@index.example/root/f/a%20b.whl?x=1");
  EXPECT_EQ(files[1].sha256, "");
  const auto based = ParseIndexHtml("<base href='https://cdn.example/x/'><a href='a.whl'>", kPage);
  ASSERT_EQ(based.size(), 1U);
  EXPECT_EQ(based[0].url, "https://cdn.example/x/a.whl");
}

TEST(IndexPage, TheContentTypeDecides) {
  const std::string json = R"({"files":[{"filename":"a.whl","url":"a.whl"}]})";
  EXPECT_EQ(
      ParseIndexPage(json, "application/vnd.pypi.simple.v1+JSON; charset=utf-8", kPage)->size(),
      1U);
  EXPECT_EQ(ParseIndexPage(json, "text/html", kPage)->size(), 0U);
  EXPECT_EQ(ParseIndexPage("<a href=a.whl>", "application/vnd.pypi.simple.v1+html", kPage)->size(),
            1U);
}

TEST(FindWheelTest, ExactVersionAnyPlatform) {
  const auto find = [](std::vector<std::string> names) {
    std::vector<IndexFile> files;
    for (std::string& name : names) files.push_back({std::move(name), "", ""});
    const IndexFile* file = FindWheel(files, "My.Package", "1.0");
    return file == nullptr ? std::string() : file->filename;
  };
  EXPECT_EQ(find({"my_package-1.0-py3-none-any.whl"}), "my_package-1.0-py3-none-any.whl");
  EXPECT_EQ(find({"My_Package-1.0-1-py3-none-any.whl"}), "My_Package-1.0-1-py3-none-any.whl");
  EXPECT_EQ(find({"my_package-1.0.1-py3-none-any.whl", "my_package-11.0-py3-none-any.whl",
                  "my_package-1.0.tar.gz", "my_package2-1.0-py3-none-any.whl",
                  "my_package-1.0-cp311-cp311-manylinux_x86_64.whl", "my_package-1.0-any.whl",
                  "-----.whl", ".whl", ""}),
            "");
}

}  // namespace
}  // namespace yixin
