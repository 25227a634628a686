#include "table/text_lines.h"

#include <gtest/gtest.h>

#include <vector>

#include "table/transcoder.h"

namespace yixin {
namespace {

constexpr size_t kChunks[] = {1, 2, 3, 7, 4096};

struct Seen {
  std::string text;
  uint64_t offset;
  uint64_t number;
  bool operator==(const Seen&) const = default;
};
void PrintTo(const Seen& seen, std::ostream* out) {
  *out << seen.number << "@" << seen.offset << " " << testing::PrintToString(seen.text);
}

TextLines Open(std::string_view bytes, const TextLinesOptions& options, size_t chunk,
               size_t head = 0) {
  return *TextLines::Create(std::make_unique<MemorySource>(bytes.substr(head), chunk),
                            std::string(bytes.substr(0, head)), options);
}

std::vector<Seen> ReadLines(TextLines lines) {
  std::vector<Seen> seen;
  TextLine line;
  while (*lines.Next(line)) {
    seen.push_back({line.is_too_long ? "(too long)" : line.text, line.offset, line.number});
  }
  EXPECT_FALSE(*lines.Next(line));  // the end stays the end
  return seen;
}

TEST(TextLinesTest, LineFeeds) {
  const std::string_view bytes = "a\n\r\nb\rc\r\n\nlast\r";
  const std::vector<Seen> expected = {
      {"a\n", 0, 1}, {"\r\n", 2, 2}, {"b\rc\r\n", 4, 3}, {"\n", 9, 4}, {"last\r", 10, 5}};
  for (const size_t chunk : kChunks) EXPECT_EQ(ReadLines(Open(bytes, {}, chunk)), expected);
  EXPECT_EQ(ReadLines(Open(bytes, {}, 1, 9)), expected);
}

TEST(TextLinesTest, ContentIsWithoutTheBreak) {
  TextLines lines = Open("a\r\nb\n\rc\r", {}, 1);
  TextLine line;
  for (const char* expected : {"a", "b", "\rc"}) {
    ASSERT_TRUE(*lines.Next(line));
    EXPECT_EQ(line.content(), expected);
  }
}

TEST(TextLinesTest, CarriageReturnsAlone) {
  const TextLinesOptions options{.line_break = LineBreak::kAny};
  const std::vector<Seen> expected = {
      {"a\r", 0, 1}, {"\r", 2, 2}, {"b\r\n", 3, 3}, {"c\n", 6, 4}, {"d\r", 8, 5}};
  for (const size_t chunk : kChunks) {
    EXPECT_EQ(ReadLines(Open("a\r\rb\r\nc\nd\r", options, chunk)), expected);
  }
}

TEST(TextLinesTest, OffsetsAreOfTheSource) {
  // 上 is 4E0A: a byte 0A that is no line feed.
  const std::string_view text = "上\n下😀\r\n上";
  for (const TextEncoding encoding : {TextEncoding::kUtf16Le, TextEncoding::kUtf16Be}) {
    std::string bytes = encoding == TextEncoding::kUtf16Le ? "\xFF\xFE" : "\xFE\xFF";
    Transcoder::FromUtf8(encoding)->Append(text, bytes);
    const std::vector<Seen> expected = {{"上\n", 2, 1}, {"下😀\r\n", 6, 2}, {"上", 16, 3}};
    for (const size_t chunk : kChunks) {
      EXPECT_EQ(ReadLines(Open(bytes, {.encoding = encoding}, chunk, 2)), expected);
    }
  }
  std::string gb;
  Transcoder::FromUtf8(TextEncoding::kGb18030)->Append(text, gb);
  EXPECT_EQ(ReadLines(Open(gb, {.encoding = TextEncoding::kGb18030}, 1)),
            (std::vector<Seen>{{"上\n", 0, 1}, {"下😀\r\n", 3, 2}, {"上", 11, 3}}));
}

TEST(TextLinesTest, ALineThatIsTooLongPassesByInPieces) {
  for (const LineBreak line_break : {LineBreak::kLineFeed, LineBreak::kAny}) {
    for (const size_t chunk : kChunks) {
      const TextLinesOptions options{.line_break = line_break, .max_line_bytes = 4};
      EXPECT_EQ(ReadLines(Open("1234\r\n12345\r\n1\n1234567890\r\n2", options, chunk)),
                (std::vector<Seen>{{"1234\r\n", 0, 1},
                                   {"(too long)", 6, 2},
                                   {"1\n", 13, 3},
                                   {"(too long)", 15, 4},
                                   {"2", 27, 5}}));
      EXPECT_EQ(ReadLines(Open("123456", options, chunk)),
                (std::vector<Seen>{{"(too long)", 0, 1}}));
    }
  }
}

// A gigabyte without a line break, made as it is read.
class LongLine : public ByteSource {
 public:
  explicit LongLine(uint64_t bytes) : left_(bytes) {}
  Result<size_t> Read(std::span<char> into) override {
    const size_t size = std::min<uint64_t>(left_, into.size());
    std::fill_n(into.begin(), size, 'x');
    left_ -= size;
    return size;
  }

 private:
  uint64_t left_;
};

TEST(TextLinesTest, MemoryStaysFlatOverAGigabyte) {
  constexpr uint64_t kGigabyte = uint64_t{1} << 30;
  TextLines lines = *TextLines::Create(std::make_unique<LongLine>(kGigabyte), "", {});
  TextLine line;
  ASSERT_TRUE(*lines.Next(line));
  EXPECT_TRUE(line.is_too_long);
  EXPECT_LT(line.text.capacity(), size_t{1} << 10);
  EXPECT_EQ(lines.offset(), kGigabyte);
  EXPECT_FALSE(*lines.Next(line));
}

TEST(TextLinesTest, BrokenBytesAreOfTheirLineAlone) {
  const std::string utf16("a\0\n\0\x00\xd8\n\0b\0\n\0c", 13);
  for (const auto& [bytes, encoding] :
       {std::pair<std::string, TextEncoding>{"a\n\xFF\nb\nc\xBA", TextEncoding::kUtf8},
        {"a\n\xFF\nb\nc\xBA", TextEncoding::kGb18030},
        {utf16, TextEncoding::kUtf16Le}}) {
    TextLines lines = Open(bytes, {.encoding = encoding}, 1);
    TextLine line;
    std::string valid;
    while (*lines.Next(line)) valid += line.has_valid ? 'y' : 'n';
    EXPECT_EQ(valid, "ynyn") << EncodingName(encoding);
  }
}

TEST(TextLinesTest, GoesOnWhereItIsTold) {
  const std::string_view bytes = "one\ntwo\nthree\nfour\n";
  for (const size_t head : {0, 5, 15}) {
    TextLines lines = Open(bytes, {}, 3, head);
    ASSERT_TRUE(lines.SkipTo(8, 3));
    EXPECT_EQ(lines.SkipTo(4, 2).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(ReadLines(std::move(lines)),
              (std::vector<Seen>{{"three\n", 8, 3}, {"four\n", 14, 4}}));
  }
  TextLines lines = Open(bytes, {}, 3);
  EXPECT_EQ(lines.SkipTo(100, 9).error().code, ErrorCode::kInvalidFile);
}

TEST(DetectLineBreakTest, OnlyReturnsWithoutAFeed) {
  EXPECT_EQ(DetectLineBreak("a\rb", TextEncoding::kUtf8), LineBreak::kAny);
  EXPECT_EQ(DetectLineBreak("a\rb\n", TextEncoding::kUtf8), LineBreak::kLineFeed);
  EXPECT_EQ(DetectLineBreak("ab", TextEncoding::kUtf8), LineBreak::kLineFeed);
  EXPECT_EQ(DetectLineBreak(std::string("\x0d\x4e\r\0a\0", 6), TextEncoding::kUtf16Le),
            LineBreak::kAny);
  EXPECT_EQ(DetectLineBreak(std::string("\x0d\x4e\x0a\x4e", 4), TextEncoding::kUtf16Le),
            LineBreak::kLineFeed);
}

}  // namespace
}  // namespace yixin
