#include "cli/eval_page.h"

#include <gtest/gtest.h>

#include <string_view>

#include "cli/eval_example_test.h"

namespace yixin {
namespace {

size_t Count(std::string_view text, std::string_view what) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; ++at) ++count;
  return count;
}

TEST(EvalPage, HasWhatTheTableHas) {
  Example example;
  auto figures = example.Figures();
  figures[1].name = "<b>two</b>";
  const std::string page = RenderEvalPage({.input = "a&b.csv",
                                           .models = "m",
                                           .kernels = "avx2",
                                           .version = "1",
                                           .made = "2024-05-01 09:30"},
                                          example.evaluation, figures);
  EXPECT_EQ(page.find("<b>two"), std::string::npos) << "a task's name is text";
  EXPECT_NE(page.find("&lt;b&gt;two"), std::string::npos);
  EXPECT_NE(page.find("a&amp;b.csv"), std::string::npos);
  EXPECT_NE(page.find("33.3 %"), std::string::npos) << "one of three is right";
  EXPECT_NE(page.find("100.0 %"), std::string::npos);
  EXPECT_NE(page.find("+66.7"), std::string::npos);
  EXPECT_NE(page.find("4 rows were left out"), std::string::npos);
  EXPECT_EQ(Count(page, "aria-label=\"reliability\""), 1u) << "the second has no probabilities";
  EXPECT_EQ(Count(page, "aria-label=\"intervals\""), 1u);
  EXPECT_NE(page.find("obvious"), std::string::npos);
  EXPECT_EQ(page.find("<script"), std::string::npos);
}

}  // namespace
}  // namespace yixin
