// For tests: the events of a stream.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace yixin {

// Each event's name, perhaps empty, and its data as JSON; [DONE] as a string.
inline std::vector<std::pair<std::string, nlohmann::json>> EventsOf(const std::string& bytes) {
  std::vector<std::pair<std::string, nlohmann::json>> events;
  for (size_t at = 0; at < bytes.size();) {
    std::string name;
    const auto line = [&] {
      const size_t end = bytes.find('\n', at);
      std::string text = bytes.substr(at, end - at);
      at = end + 1;
      return text;
    };
    std::string text = line();
    if (text.starts_with("event: ")) {
      name = text.substr(7);
      text = line();
    }
    EXPECT_TRUE(text.starts_with("data: ")) << text;
    const std::string data = text.substr(6);
    events.emplace_back(name,
                        data == "[DONE]" ? nlohmann::json(data) : nlohmann::json::parse(data));
    EXPECT_EQ(line(), "");
  }
  return events;
}

}  // namespace yixin
