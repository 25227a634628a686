#include "yixin/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <type_traits>
#include <vector>

namespace yixin {
namespace {

Result<int> Half(int value) {
  if (value % 2 != 0) return Error{ErrorCode::kInvalidArgument, "odd", "value"};
  return value / 2;
}

Result<int> Quarter(int value) {
  YIXIN_TRY(const int half, Half(value));
  YIXIN_TRY(const int quarter, Half(half));
  return quarter;
}

Status CheckEven(int value) {
  YIXIN_CHECK_OK(Half(value));
  return {};
}

Result<std::vector<std::unique_ptr<int>>> Three() {
  std::vector<std::unique_ptr<int>> three;
  for (int i = 1; i <= 3; ++i) three.push_back(std::make_unique<int>(i));
  return three;
}

TEST(Result, ATemporarysValueOutlivesIt) {
  int sum = 0;
  for (const auto& number : *Three()) sum += *number;
  EXPECT_EQ(sum, 6);
  const auto& kept = Three().value();
  EXPECT_EQ(*kept[2], 3);
  static_assert(!std::is_reference_v<decltype(*Three())>);
  static_assert(!std::is_reference_v<decltype(Three().value())>);
}

TEST(Result, HoldsValueOrError) {
  EXPECT_EQ(*Half(4), 2);
  EXPECT_FALSE(Half(3));
  EXPECT_EQ(Half(3).error().subject, "value");
}

TEST(Result, MacrosPassErrorsOn) {
  EXPECT_EQ(*Quarter(12), 3);
  EXPECT_EQ(Quarter(6).error().message, "odd");
  EXPECT_TRUE(CheckEven(2));
  EXPECT_FALSE(CheckEven(1));
}

TEST(Result, MovesOut) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  EXPECT_EQ(*(*std::move(result)), 7);
}

}  // namespace
}  // namespace yixin
