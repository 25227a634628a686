#include "store/catalog.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace yixin {
namespace {

constexpr const char* kHash = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

std::string Replace(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string Sound() {
  return std::string(R"(default = "a"
fallback = "a"
fallback_notice = "备用"
[[model]]
name = "a"
file = "a.gguf"
bytes = 30
sha256 = ")") +
         kHash +
         R"("
licence = "Apache-2.0"
[[model.source]]
kind = "hub"
repo = "Org/a-GGUF"
[[model.source]]
kind = "index"
parts = [ { package = "p", version = "1.0", member = "p/a.bin", bytes = 10 },
          { package = "q", version = "1.0", member = "q/a.bin", bytes = 20 } ]
)";
}

std::string Problem(const std::string& toml) {
  const auto catalog = ParseCatalog(toml, "models.toml");
  EXPECT_FALSE(catalog) << toml;
  if (catalog) return "";
  EXPECT_EQ(catalog.error().code, ErrorCode::kInvalidFile);
  EXPECT_EQ(catalog.error().subject, "models.toml");
  return catalog.error().message;
}

TEST(Catalog, ReadsModelsSourcesAndParts) {
  const auto catalog = ParseCatalog(Sound(), "models.toml");
  ASSERT_TRUE(catalog) << catalog.error().message;
  const CatalogEntry* entry = catalog->Find("a");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->bytes, 30U);
  ASSERT_EQ(entry->sources.size(), 2U);
  EXPECT_EQ(entry->sources[0].kind, SourceKind::kHub);
  EXPECT_EQ(entry->sources[0].file, "a.gguf");
  ASSERT_EQ(entry->sources[1].parts.size(), 2U);
  EXPECT_EQ(entry->sources[1].parts[1].bytes, 20U);
  EXPECT_EQ(catalog->FindBySha256(kHash), entry);
  EXPECT_EQ(catalog->FindBySha256(""), nullptr);
  EXPECT_EQ(catalog->FindByHubFile("Org/a-GGUF", "a.gguf"), entry);
  EXPECT_EQ(catalog->FindByHubFile("Org/a-GGUF", "b.gguf"), nullptr);
  EXPECT_EQ(catalog->Find("b"), nullptr);
}

TEST(Catalog, TheShippedOneParsesAndHasTheDocumentedHashes) {
  std::ifstream file(std::string(YIXIN_SOURCE_DIR) + "/share/models.toml");
  std::ostringstream text;
  text << file.rdbuf();
  const auto catalog = ParseCatalog(text.str(), "models.toml");
  ASSERT_TRUE(catalog) << catalog.error().message;
  EXPECT_EQ(catalog->default_model, "qwen2.5-0.5b");
  EXPECT_EQ(catalog->fallback_model, "qwen2.5-coder-0.5b");
  EXPECT_EQ(catalog->fallback_notice,
            "备用模型：代码模型，闲聊较弱；文件与 Qwen 官方 SHA-256 一致");
  const CatalogEntry* coder = catalog->Find("qwen2.5-coder-0.5b");
  ASSERT_NE(coder, nullptr);
  EXPECT_EQ(coder->sha256, "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32");
  EXPECT_EQ(coder->sources.back().parts.size(), 6U);
  const CatalogEntry* research = catalog->Find("qwen1.5-0.5b-chat-gguf");
  ASSERT_NE(research, nullptr);
  EXPECT_NE(research->notice.find("research"), std::string::npos);
}

TEST(Catalog, ErrorsNameLineAndKey) {
  struct Case {
    const char* from;
    const char* to;
    const char* place;
  };
  const Case cases[] = {
      {"bytes = 30", "bytes = -1", "line 7: model[1].bytes"},
      {"bytes = 30", "bytes = 0", "line 7: model[1].bytes"},
      {"bytes = 30", "bytes = 9223372036854775807", "line 7: model[1].bytes"},
      {"bytes = 30", "bytes = 30.5", "line 7: model[1].bytes"},
      {"bytes = 30", "bites = 30", "line 7: model[1].bites: unknown key"},
      {"name = \"a\"", "name = \"../a\"", "line 5: model[1].name"},
      {"name = \"a\"", "name = \"\"", "line 5: model[1].name"},
      {"name = \"a\"", "name = 3", "line 5: model[1].name"},
      {"file = \"a.gguf\"", "file = \"../a.gguf\"", "line 6: model[1].file"},
      {"file = \"a.gguf\"", "file = \".hidden\"", "line 6: model[1].file"},
      {"file = \"a.gguf\"\n", "", "model[1].file: missing"},
      {"sha256 = \"00", "sha256 = \"0g", "line 8: model[1].sha256"},
      {"sha256 = \"00", "sha256 = \"", "line 8: model[1].sha256"},
      {"licence = \"Apache-2.0\"", "licence = \"two\\nlines\"", "line 9: model[1].licence"},
      {"kind = \"hub\"", "kind = \"torrent\"", "line 11: model[1].source[1].kind"},
      {"repo = \"Org/a-GGUF\"", "repo = \"Org\"", "line 12: model[1].source[1].repo"},
      {"repo = \"Org/a-GGUF\"", "repo = \"Org/../a\"", "line 12: model[1].source[1].repo"},
      {"member = \"p/a.bin\"", "member = \"../a.bin\"", "model[1].source[2].parts[1].member"},
      {"version = \"1.0\"", "version = \"1.0/..\"", "model[1].source[2].parts[1].version"},
      {"bytes = 10", "bytes = 11", "model[1].source[2].parts: expected parts of 30 bytes"},
      {"default = \"a\"", "default = \"b\"", "line 1: default: no model is called \"b\""},
      {"fallback = \"a\"", "fallback = \"b\"", "line 2: fallback"},
      {"default = \"a\"", "[[default]]", "line 1"},
      {"[[model.source]]", "[model.source]", "line 13"},
      {"[[model]]", "[[model]", "line 4"},
      {"name = \"a\"", "name = \"a", "line 5"},
  };
  for (const Case& c : cases) {
    const std::string problem = Problem(Replace(Sound(), c.from, c.to));
    EXPECT_NE(problem.find(c.place), std::string::npos) << c.to << "\n  gives: " << problem;
    EXPECT_EQ(problem.find('\n'), std::string::npos) << problem;
  }
}

TEST(Catalog, NamesAndHashesAreUnique) {
  const std::string model = Sound().substr(Sound().find("[[model]]"));
  EXPECT_NE(Problem(Sound() + model).find("given twice"), std::string::npos);
  EXPECT_NE(Problem(Sound() + Replace(model, "name = \"a\"", "name = \"b\"")).find("same hash"),
            std::string::npos);
}

TEST(Catalog, IndexSourcesNeedAHash) {
  const std::string sha = std::string("sha256 = \"") + kHash + "\"\n";
  EXPECT_NE(Problem(Replace(Sound(), sha, "")).find("bytes and sha256"), std::string::npos);
}

TEST(Catalog, HostileTextIsRefusedBeforeItIsParsed) {
  std::string deep = "x = ";
  for (int i = 0; i < 100000; ++i) deep += '[';
  EXPECT_NE(Problem(deep).find("nested"), std::string::npos);
  std::string dotted = "a";
  for (int i = 0; i < 100000; ++i) dotted += ".a";
  EXPECT_NE(Problem(dotted + " = 1").find("nested"), std::string::npos);
  EXPECT_NE(Problem(std::string(2 << 20, '\n')).find("at most"), std::string::npos);
  EXPECT_FALSE(Problem("").empty());
  EXPECT_FALSE(Problem(std::string("a\0b = 1", 7)).empty());
  EXPECT_FALSE(Problem("name = \"\xff\xfe\"").empty());
}

TEST(Catalog, RepoNamesAndPaths) {
  EXPECT_TRUE(IsRepoName("Qwen/Qwen2.5-0.5B"));
  for (const char* bad : {"", "/", "a/", "/a", "a/b/c", "a/..", "../a", "a b/c", "a/.b", "a/b\n"}) {
    EXPECT_FALSE(IsRepoName(bad)) << bad;
  }
  EXPECT_TRUE(IsRepoPath("sub/folder/模型 a.gguf"));
  for (const char* bad : {"", "/a", "a/", "a//b", "..", "a/../b", ".", "a\nb", "a\\b"}) {
    EXPECT_FALSE(IsRepoPath(bad)) << bad;
  }
}

}  // namespace
}  // namespace yixin
