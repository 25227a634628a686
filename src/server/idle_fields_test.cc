#include "server/idle_fields.h"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

namespace yixin {
namespace {

constexpr std::array kIdle{IdleField{"tools", "[[]]"},
                           IdleField{"tool_choice", R"(["none", "auto"])"},
                           IdleField{"cache_key", ""}};

Status Check(const char* text) {
  return CheckFields(nlohmann::json::parse(text), {"known"}, kIdle);
}

TEST(IdleFields, WhatAsksForWhatIsDoneAnyway) {
  EXPECT_TRUE(Check("{}"));
  EXPECT_TRUE(Check(R"({"known": 1, "tools": [], "tool_choice": "auto", "cache_key": "x"})"));
  EXPECT_TRUE(Check(R"({"tools": null, "tool_choice": "none", "cache_key": null})"));
}

TEST(IdleFields, WhatDoesNotIsNamed) {
  for (const auto& [text, field] : {std::pair(R"({"tools": [{"type": "function"}]})", "tools"),
                                    {R"({"tools": {}})", "tools"},
                                    {R"({"tool_choice": "required"})", "tool_choice"},
                                    {R"({"tool_choice": ["none"]})", "tool_choice"},
                                    {R"({"cache_key": 5})", "cache_key"}}) {
    const Status status = Check(text);
    ASSERT_FALSE(status) << text;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(status.error().subject, field);
    EXPECT_EQ(status.error().message.find("function"), std::string::npos) << "is not repeated";
  }
  EXPECT_EQ(Check(R"({"tool_choice": "x"})").error().message,
            "tool_choice: this server has no such thing; possible here is only \"none\", \"auto\"");
  EXPECT_FALSE(Check(R"({"other": []})"));
  EXPECT_FALSE(Check("[]"));
}

}  // namespace
}  // namespace yixin
