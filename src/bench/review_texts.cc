// Tested by: review_texts_test.cc
#include "bench/review_texts.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace yixin {
namespace {

constexpr std::array<std::string_view, 8> kOpenings{
    "上周在这家店买的耳机",   "朋友推荐的这家小餐馆", "给孩子订的这套绘本",
    "出差住了三天的这个酒店", "新换的这台笔记本电脑", "昨天晚上看的那部电影",
    "在网上抢到的这双跑鞋",   "公司楼下新开的咖啡馆",
};
constexpr std::array<std::string_view, 8> kMiddles{
    "包装很仔细，送货也比预计的早了一天",   "等了将近一个小时才轮到我们",
    "颜色和图片上的差别实在太大",           "服务员耐心地回答了我所有的问题",
    "用了不到两个星期就开始出毛病",         "价格比别处便宜，质量却一点不差",
    "隔音不好，半夜还能听见走廊里的说话声", "细节做得很用心，拿在手里很有分量",
};
constexpr std::array<std::string_view, 8> kEndings{
    "下次还会再来，也会告诉身边的人。", "客服到现在也没有给我一个说法！",
    "总的来说还算过得去吧。",           "真是一次让人后悔的经历。",
    "家里老人和孩子都特别喜欢。",       "不知道是不是我运气不好……",
    "这个价位没有什么可挑剔的了。",     "看在朋友的面子上给三颗星。",
};

}  // namespace

std::vector<std::string> MakeReviews(int count) {
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) {
    // Strides that share no factor with 8 walk through all 512 combinations before one returns.
    const auto n = static_cast<size_t>(i);
    std::string text(kOpenings[n % 8]);
    text += "，";
    text += kMiddles[(n + n / 8) % 8];
    text += "，";
    text += kEndings[(n + n / 8 + n / 64) % 8];
    // After those, the number makes the difference.
    if (n >= 512) text += "（第" + std::to_string(n / 512 + 1) + "次评价）";
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace yixin
