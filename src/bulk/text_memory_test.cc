#include "bulk/text_memory.h"

#include <gtest/gtest.h>

namespace yixin {
namespace {

TEST(TextMemory, FindsWhatItWasTold) {
  TextMemory<int> memory(10, 1000);
  EXPECT_EQ(memory.Find("好"), nullptr);
  memory.Remember("好", 1);
  memory.Remember("", 2);
  ASSERT_NE(memory.Find("好"), nullptr);
  EXPECT_EQ(*memory.Find("好"), 1);
  EXPECT_EQ(*memory.Find(""), 2);
  EXPECT_EQ(memory.Find("好 "), nullptr);
}

TEST(TextMemory, IsBoundedAndKeepsWhatComesUp) {
  TextMemory<int> memory(100, 100'000);
  memory.Remember("often", -1);
  for (int i = 0; i < 10000; ++i) {
    memory.Remember("text " + std::to_string(i), i);
    if (i % 50 == 0) {
      ASSERT_NE(memory.Find("often"), nullptr) << i;
      EXPECT_EQ(*memory.Find("often"), -1);
    }
    EXPECT_LE(memory.size(), 200u);
  }
  EXPECT_EQ(memory.Find("text 0"), nullptr);
  EXPECT_EQ(*memory.Find("text 9999"), 9999);
}

TEST(TextMemory, BytesAreBoundedToo) {
  TextMemory<int> memory(100, 640);
  memory.Remember(std::string(10, 'a'), 1);
  memory.Remember(std::string(11, 'a'), 1);
  EXPECT_NE(memory.Find(std::string(10, 'a')), nullptr);
  EXPECT_EQ(memory.Find(std::string(11, 'a')), nullptr) << "more than its share";
  for (int i = 1000; i < 3000; ++i) memory.Remember("text  " + std::to_string(i), i);
  EXPECT_LE(memory.size(), 128u);
  EXPECT_GE(memory.size(), 64u);
  TextMemory<int> none(0, 640);
  none.Remember("a", 1);
  EXPECT_EQ(none.Find("a"), nullptr);
}

}  // namespace
}  // namespace yixin
