// Tested by: strict_json_test.cc
#include "base/strict_json.h"

#include <functional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/nesting.h"
#include "base/utf8.h"

namespace yixin {
namespace {

using nlohmann::json;

Error Invalid(std::string message, std::string subject = "") {
  return {ErrorCode::kInvalidFile, std::move(message), std::move(subject)};
}

// The keys of the objects that are open, and the first one that came twice.
class KeyWatch {
 public:
  bool operator()(int, json::parse_event_t event, json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
        open_.emplace_back();
        break;
      case json::parse_event_t::object_end:
        open_.pop_back();
        break;
      case json::parse_event_t::key: {
        const auto& key = parsed.get_ref<const std::string&>();
        if (!open_.back().insert(key).second && !has_twin_) {
          has_twin_ = true;
          twin_ = key;
        }
        break;
      }
      default:
        break;
    }
    return true;
  }
  bool has_twin() const { return has_twin_; }
  const std::string& twin() const { return twin_; }

 private:
  std::vector<std::unordered_set<std::string>> open_;
  bool has_twin_ = false;
  std::string twin_;
};

}  // namespace

Result<json> ParseStrictJson(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return Invalid("the JSON has " + std::to_string(text.size()) + " bytes, expected at most " +
                   std::to_string(limits.max_bytes));
  }
  YIXIN_CHECK_OK(CheckJsonNesting(text, limits.max_depth));
  KeyWatch watch;
  try {
    json parsed = json::parse(text, std::ref(watch));
    if (watch.has_twin()) {
      return Invalid("the key " + QuoteName(watch.twin()) + " is there twice", watch.twin());
    }
    return parsed;
  } catch (const json::parse_error& error) {
    return Invalid("not JSON at byte " + std::to_string(error.byte));
  } catch (const json::exception&) {  // a number that no double holds
    return Invalid("the JSON holds a number that is out of range");
  }
}

}  // namespace yixin
