#include "cli/line_reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace yixin {
namespace {

// A file that holds `bytes`, open at its start.
int FileOf(const std::string& bytes) {
  char path[] = "/tmp/yixin-lines-XXXXXX";
  const int fd = mkstemp(path);
  unlink(path);
  EXPECT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  lseek(fd, 0, SEEK_SET);
  return fd;
}

std::vector<InputLine> AllLines(const std::string& bytes, size_t limit = 1 << 20) {
  const int fd = FileOf(bytes);
  LineReader reader(fd, limit);
  std::vector<InputLine> lines;
  for (;;) {
    auto line = reader.Next();
    EXPECT_TRUE(line);
    if (!line || !*line) break;
    lines.push_back(std::move(**line));
  }
  close(fd);
  return lines;
}

std::vector<std::string> Texts(const std::vector<InputLine>& lines) {
  std::vector<std::string> texts;
  for (const InputLine& line : lines) texts.push_back(line.text);
  return texts;
}

using Strings = std::vector<std::string>;

TEST(LineReader, Lines) {
  EXPECT_EQ(Texts(AllLines("")), Strings{});
  EXPECT_EQ(Texts(AllLines("a")), Strings{"a"});
  EXPECT_EQ(Texts(AllLines("a\n")), Strings{"a"});
  EXPECT_EQ(Texts(AllLines("\n")), Strings{""});
  EXPECT_EQ(Texts(AllLines("a\n\nb")), (Strings{"a", "", "b"}));
  EXPECT_EQ(Texts(AllLines("a\r\nb\r\n\r\n")), (Strings{"a", "b", ""}));
  EXPECT_EQ(Texts(AllLines("a\rb\n")), Strings{"a\rb"});
  EXPECT_EQ(Texts(AllLines("\xEF\xBB\xBF你\n\xEF\xBB\xBF好\n")), (Strings{"你", "\xEF\xBB\xBF好"}));
}

TEST(LineReader, BytesStayAsTheyAre) {
  const std::string nul("a\0b", 3);
  EXPECT_EQ(Texts(AllLines(nul + "\n\xff\xfe\n")), (Strings{nul, "\xff\xfe"}));
}

TEST(LineReader, NumbersCountFromOne) {
  const auto lines = AllLines("a\n\nc");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].number, 1u);
  EXPECT_EQ(lines[2].number, 3u);
}

TEST(LineReader, LinesLongerThanAChunk) {
  const std::string big(300'000, 'x');
  EXPECT_EQ(Texts(AllLines(big + "\n" + big + "y")), (Strings{big, big + "y"}));
}

TEST(LineReader, ATooLongLineIsSkippedWhole) {
  for (const size_t size : {size_t{11}, size_t{100'000}, size_t{500'000}}) {
    const auto lines =
        AllLines("a\n" + std::string(size, 'x') + "\nb\n" + std::string(size, 'y'), 10);
    ASSERT_EQ(lines.size(), 4u) << size;
    EXPECT_FALSE(lines[0].too_long);
    EXPECT_TRUE(lines[1].too_long);
    EXPECT_EQ(lines[1].text, "");
    EXPECT_EQ(lines[2].text, "b");
    EXPECT_EQ(lines[2].number, 3u);
    EXPECT_TRUE(lines[3].too_long);
  }
  EXPECT_EQ(Texts(AllLines(std::string(10, 'x') + "\n", 10)), Strings{std::string(10, 'x')});
}

TEST(LineReader, ReadyWaitsForNothing) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  LineReader reader(ends[0]);
  EXPECT_FALSE(reader.Ready());
  ASSERT_EQ(write(ends[1], "half", 4), 4);
  EXPECT_FALSE(reader.Ready());
  ASSERT_EQ(write(ends[1], " and\nrest", 9), 9);
  EXPECT_TRUE(reader.Ready());
  EXPECT_EQ((**reader.Next()).text, "half and");
  EXPECT_FALSE(reader.Ready());
  close(ends[1]);
  EXPECT_TRUE(reader.Ready());
  EXPECT_EQ((**reader.Next()).text, "rest");
  EXPECT_TRUE(reader.Ready());  // the end is known
  EXPECT_FALSE(reader.Next()->has_value());
  close(ends[0]);
}

TEST(LineReader, AReadErrorComesAfterTheLines) {
  const int folder = open("/tmp", O_RDONLY);
  LineReader reader(folder);
  const auto line = reader.Next();
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code, ErrorCode::kIo);
  close(folder);
}

}  // namespace
}  // namespace yixin
