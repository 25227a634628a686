#include "cli/progress_bar.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <string>

#include "cli/terminal.h"

namespace yixin {
namespace {

TEST(ProgressBar, FormatBytes) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(999), "999 B");
  EXPECT_EQ(FormatBytes(1000), "1.0 kB");
  EXPECT_EQ(FormatBytes(9949), "9.9 kB");
  EXPECT_EQ(FormatBytes(9960), "10 kB");
  EXPECT_EQ(FormatBytes(999'600), "1.0 MB");
  EXPECT_EQ(FormatBytes(491'400'064), "491 MB");
  EXPECT_EQ(FormatBytes(2.5e15), "2500 TB");
  EXPECT_EQ(FormatBytes(-1), "0 B");
  EXPECT_EQ(FormatBytes(std::numeric_limits<double>::quiet_NaN()), "0 B");
}

TEST(ProgressBar, FormatDuration) {
  EXPECT_EQ(FormatDuration(0), "0:00");
  EXPECT_EQ(FormatDuration(6.2), "0:07");
  EXPECT_EQ(FormatDuration(754), "12:34");
  EXPECT_EQ(FormatDuration(3723), "1:02:03");
  EXPECT_EQ(FormatDuration(1e300), "99:59:59");
  EXPECT_EQ(FormatDuration(std::numeric_limits<double>::infinity()), "99:59:59");
}

TEST(ProgressBar, FormatProgress) {
  EXPECT_EQ(FormatProgress({"qwen", 0, 50'000'000, 100'000'000, 10'000'000}, 80),
            "qwen  ███████████████░░░░░░░░░░░░░░░   50%  50 MB / 100 MB  10 MB/s  0:05 left");
  EXPECT_EQ(FormatProgress({"load", 0.999, 0, 0, 0}, 24), "load  ███████████░   99%");
  EXPECT_EQ(FormatProgress({"load", 1, 0, 0, 0}, 24), "load  ████████████  100%");
}

TEST(ProgressBar, WordsBehindTheShare) {
  ProgressState state{"f.csv", 0.5, 0, 0, 0, "7 rows  正面 7"};
  EXPECT_EQ(FormatProgress(state, 41), "f.csv  ██████░░░░░░   50%  7 rows  正面 7");
  EXPECT_EQ(FormatProgress(state, 25), "f.csv   50%  7 rows  正… ");
  state.words = "\033[2J";
  EXPECT_EQ(FormatProgress(state, 80).find('\033'), std::string::npos);
}

TEST(ProgressBar, FormatProgressFitsAnyWidth) {
  for (size_t columns = 0; columns < 120; ++columns) {
    const std::string line =
        FormatProgress({"一个模型", 0, 123'456'789, 491'400'064, 5'250'000}, columns);
    EXPECT_LE(DisplayWidth(line), columns) << line;
  }
}

TEST(ProgressBar, OddNumbers) {
  EXPECT_NE(FormatProgress({"m", 0, 200, 100, 5}, 80).find("100%"), std::string::npos);
  EXPECT_NE(FormatProgress({"m", -1, 0, 0, 0}, 80).find("0%"), std::string::npos);
  EXPECT_NE(FormatProgress({"m", std::numeric_limits<double>::quiet_NaN(), 0, 0, 0}, 80).find("0%"),
            std::string::npos);
}

std::string Written(bool live, void (*run)(ProgressBar&)) {
  char* buffer = nullptr;
  size_t size = 0;
  std::FILE* file = open_memstream(&buffer, &size);
  {
    ProgressBar bar("model", file, live);
    run(bar);
  }
  std::fclose(file);
  std::string written(buffer, size);
  std::free(buffer);
  return written;
}

TEST(ProgressBar, NoTerminalGetsALineAtEachEnd) {
  const std::string written = Written(false, [](ProgressBar& bar) {
    for (uint64_t done = 0; done <= 100; ++done) bar.Bytes(done * 1000, 100'000, 5);
    bar.Finish("model: /path");
  });
  EXPECT_EQ(written, "model (100 kB) ...\nmodel: /path\n");
}

TEST(ProgressBar, NothingDoneNothingSaid) {
  EXPECT_EQ(Written(false, [](ProgressBar& bar) { bar.Finish("done"); }), "");
  EXPECT_EQ(Written(true, [](ProgressBar& bar) { bar.Finish("done"); }), "");
}

TEST(ProgressBar, ALiveLineIsErased) {
  const std::string written = Written(true, [](ProgressBar& bar) { bar.Share(0.5); });
  EXPECT_TRUE(written.ends_with("\r\033[K")) << written;
  EXPECT_EQ(written.find('\n'), std::string::npos);
}

TEST(ProgressBar, ASaidLineCannotMoveTheCursor) {
  EXPECT_EQ(Written(true, [](ProgressBar& bar) { bar.Say("a\033[2J"); }), "a\uFFFD[2J\n");
}

}  // namespace
}  // namespace yixin
