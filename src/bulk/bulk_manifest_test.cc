#include "bulk/bulk_manifest.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_folder.h"

namespace yixin {
namespace {

BulkManifest Example() {
  BulkManifest manifest;
  manifest.identity = {{"the input", "abc"}, {"--limit", ""}, {"--column", "评论\n\"x\""}};
  manifest.input = "评论.csv";
  manifest.next = {123456789012, 7, 5, 3};
  manifest.appends = true;
  manifest.output_begin = 12;
  manifest.output_bytes = 1ull << 40;
  manifest.output_sha256 = "e3b0";
  manifest.counts.rows = 5;
  manifest.counts.failed = 2;
  manifest.counts.reused = 1;
  manifest.counts.failures = {{"open_quote", 2}};
  manifest.counts.labels = {{{"正面", 2}, {"负面", 1}}, {}};
  manifest.counts.compared = {3, 2, 1, {{9, "5", "负面", 0.1, "太\"差"}}};
  return manifest;
}

TEST(BulkManifest, ComesBackAsItWas) {
  const BulkManifest before = Example();
  const auto after = ParseBulkManifest(ToJsonText(before), "m");
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(after->identity, before.identity);
  EXPECT_EQ(after->next.offset, before.next.offset);
  EXPECT_EQ(after->next.line, 7u);
  EXPECT_EQ(after->next.row, 5u);
  EXPECT_EQ(after->next.singly_before, 3u);
  EXPECT_EQ(after->output_bytes, before.output_bytes);
  EXPECT_EQ(after->output_sha256, "e3b0");
  EXPECT_EQ(after->input, before.input);
  EXPECT_TRUE(after->appends);
  EXPECT_EQ(after->output_begin, 12u);
  EXPECT_FALSE(after->is_complete);
  EXPECT_EQ(after->counts, before.counts);
}

TEST(BulkManifest, EveryBeginningOfItIsRefused) {
  const std::string text = ToJsonText(Example());
  for (size_t size = 0; size + 2 < text.size(); ++size) {
    const auto parsed = ParseBulkManifest(text.substr(0, size), "m");
    ASSERT_FALSE(parsed) << size;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidFile);
  }
}

TEST(BulkManifest, OddFiles) {
  for (const std::string text :
       {"", "null", "[]", "{}", "{\"layout\":1}", "{\"layout\":\"2\"}",
        "{\"layout\":2,\"complete\":false,\"run\":[]}",
        "{\"layout\":2,\"complete\":false,\"input\":\"x\",\"run\":[]}",
        "{\"layout\":2,\"complete\":false,\"input\":\"x\",\"run\":{\"a\":1}}"}) {
    EXPECT_FALSE(ParseBulkManifest(text, "m")) << text;
  }
  EXPECT_FALSE(ParseBulkManifest(std::string(100000, '['), "m"));
  EXPECT_FALSE(ParseBulkManifest(std::string(size_t{5} << 20, ' '), "m"));
}

TEST(BulkManifest, OfAFile) {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "m.json";
  const auto none = ReadBulkManifest(path);
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  std::ofstream(path) << ToJsonText(Example());
  const auto some = ReadBulkManifest(path);
  ASSERT_TRUE(some);
  ASSERT_TRUE(*some);
  EXPECT_EQ((*some)->counts, Example().counts);
}

TEST(BulkManifest, SameRunOrNamesWhatDiffers) {
  const RunIdentity before = {{"the input", "abc"}, {"the model", "def"}};
  EXPECT_TRUE(CheckSameRun(before, before));
  const auto words = [&](const RunIdentity& now) {
    const Status same = CheckSameRun(before, now);
    EXPECT_FALSE(same);
    if (same) return std::string();
    EXPECT_EQ(same.error().code, ErrorCode::kVerification);
    return same.error().message;
  };
  EXPECT_NE(
      words({{"the input", "abc"}, {"the model", "xyz"}}).find("the model was def and is xyz"),
      std::string::npos);
  EXPECT_NE(words({{"the input", "abc"}}).find("the model"), std::string::npos);
  EXPECT_NE(words({{"the input", "abc"}, {"the model", "def"}, {"the task", "x"}}).find("the task"),
            std::string::npos);
}

}  // namespace
}  // namespace yixin
