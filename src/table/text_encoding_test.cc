#include "table/text_encoding.h"

#include <gtest/gtest.h>

#include "table/transcoder.h"

namespace yixin {
namespace {

constexpr const char* kReview = "text,label\n房间很干净，服务也不错，下次还会来。,1\n";

std::string Encoded(std::string_view utf8, TextEncoding encoding) {
  std::string out;
  EXPECT_TRUE(Transcoder::FromUtf8(encoding)->Append(utf8, out));
  return out;
}

TextEncoding Detected(std::string_view bytes, bool is_whole = true) {
  const Result<FoundEncoding> found = DetectEncoding(bytes, is_whole);
  EXPECT_TRUE(found) << found.error().message;
  return found ? found->encoding : TextEncoding::kUtf8;
}

TEST(DetectEncodingTest, MarksDecide) {
  for (const auto& [mark, encoding] :
       {std::pair<std::string, TextEncoding>{"\xEF\xBB\xBF", TextEncoding::kUtf8},
        {"\xFF\xFE", TextEncoding::kUtf16Le},
        {"\xFE\xFF", TextEncoding::kUtf16Be},
        {"\x84\x31\x95\x33", TextEncoding::kGb18030}}) {
    const Result<FoundEncoding> found = DetectEncoding(mark, true);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->encoding, encoding);
    EXPECT_EQ(found->mark_bytes, mark.size());
    EXPECT_EQ(MarkBytes(mark + "x", encoding), mark.size());
  }
  EXPECT_EQ(MarkBytes("\xFF\xFE", TextEncoding::kUtf8), 0u);
}

TEST(DetectEncodingTest, WithoutAMark) {
  for (const TextEncoding encoding : {TextEncoding::kUtf8, TextEncoding::kUtf16Le,
                                      TextEncoding::kUtf16Be, TextEncoding::kGb18030}) {
    EXPECT_EQ(Detected(Encoded(kReview, encoding)), encoding) << EncodingName(encoding);
    EXPECT_EQ(Detected(Encoded("id,n\n1,2\n", encoding)),
              encoding == TextEncoding::kGb18030 ? TextEncoding::kUtf8 : encoding);
  }
  EXPECT_EQ(Detected(""), TextEncoding::kUtf8);
  EXPECT_EQ(Detected(Encoded("😀😀好\n", TextEncoding::kGb18030)), TextEncoding::kGb18030);
}

TEST(DetectEncodingTest, ASampleMayEndInsideACharacter) {
  const std::string utf8 = "很好";
  const std::string gb = Encoded("很好", TextEncoding::kGb18030);
  for (size_t cut = 1; cut < 3; ++cut) {
    EXPECT_EQ(Detected(utf8.substr(0, utf8.size() - cut), false), TextEncoding::kUtf8);
  }
  EXPECT_EQ(Detected(gb.substr(0, 3), false), TextEncoding::kGb18030);
}

TEST(DetectEncodingTest, AFewBrokenBytesAreStillUtf8) {
  std::string text = kReview;
  text += "坏\xFF字节,0\n";
  EXPECT_EQ(Detected(text), TextEncoding::kUtf8);
  EXPECT_EQ(Detected(std::string("零") + '\0' + "字节很好，没有问题。"), TextEncoding::kUtf8);
}

TEST(DetectEncodingTest, OthersAreAnErrorThatAsks) {
  // Big5 for 很好的房間服務也不錯, Shift JIS for とても良い, Latin-1.
  for (const std::string bytes :
       {"\xab\xdc\xa6\x6e\xaa\xba\xa9\xd0\xb6\xa1\xaa\x41\xb0\xc8\xa4\x5d\xa4\xa3\xbf\xf9",
        "\x82\xc6\x82\xc4\x82\xe0\x97\xc7\x82\xa2", "caf\xe9 tr\xe8s bien", "abc\xff\n"}) {
    const Result<FoundEncoding> found = DetectEncoding(bytes, true);
    ASSERT_FALSE(found) << bytes;
    EXPECT_NE(found.error().message.find("name the encoding"), std::string::npos);
  }
}

TEST(EncodingNameTest, NamesAreRead) {
  EXPECT_EQ(EncodingOfName("UTF-8"), TextEncoding::kUtf8);
  EXPECT_EQ(EncodingOfName("utf_16le"), TextEncoding::kUtf16Le);
  EXPECT_EQ(EncodingOfName("GBK"), TextEncoding::kGb18030);
  EXPECT_EQ(EncodingOfName("big5"), std::nullopt);
  for (const TextEncoding encoding : {TextEncoding::kUtf8, TextEncoding::kUtf16Be}) {
    EXPECT_EQ(EncodingOfName(EncodingName(encoding)), encoding);
  }
}

}  // namespace
}  // namespace yixin
