// Tested by: prompt_test.cc
#include "prompt/segment.h"

namespace yixin {

Result<std::vector<int32_t>> EncodeSegments(const Tokenizer& tokenizer,
                                            std::span<const Segment> segments) {
  std::vector<int32_t> ids;
  for (size_t begin = 0; begin < segments.size();) {
    const Segment::Kind kind = segments[begin].kind();
    std::string joined;
    size_t end = begin;
    for (; end < segments.size() && segments[end].kind() == kind; ++end) {
      joined += segments[end].text();
    }
    YIXIN_TRY(const std::vector<int32_t> part, kind == Segment::Kind::kControl
                                                   ? tokenizer.EncodeWithSpecials(joined)
                                                   : tokenizer.EncodeText(joined));
    ids.insert(ids.end(), part.begin(), part.end());
    begin = end;
  }
  return ids;
}

}  // namespace yixin
