// Tested by: json_body_test.cc
#include "server/json_body.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>
#include <vector>

namespace yixin {
namespace {

using nlohmann::json;

Error Bad(std::string message, std::string field = "") {
  return {ErrorCode::kInvalidArgument, std::move(message), std::move(field)};
}

// Ends the parser from inside its callback; caught below.
struct Refused {
  const char* message;
};

class Watch {
 public:
  explicit Watch(int max_depth) : max_depth_(max_depth) {}
  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
        keys_.emplace_back();
        [[fallthrough]];
      case json::parse_event_t::array_start:
        if (depth >= max_depth_) throw Refused{"the JSON nests deeper than may be"};
        break;
      case json::parse_event_t::object_end:
        keys_.pop_back();
        break;
      case json::parse_event_t::key:
        if (!keys_.back().insert(parsed.get_ref<const std::string&>()).second) {
          throw Refused{"an object of the JSON has a key twice"};
        }
        break;
      default:
        break;
    }
    return true;
  }

 private:
  int max_depth_;
  std::vector<std::unordered_set<std::string>> keys_;
};

const json* FindField(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

}  // namespace

Result<json> ParseJsonBody(std::string_view text, int max_depth) {
  // The parser takes a NUL for the end, whatever stands behind it.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return Error{ErrorCode::kInvalidText, "the body is not JSON at byte " + std::to_string(nul),
                 ""};
  }
  Watch watch(max_depth);
  try {
    return json::parse(text, std::ref(watch));
  } catch (const Refused& refused) {
    return Error{ErrorCode::kInvalidText, refused.message, ""};
  } catch (const json::parse_error& error) {
    return Error{ErrorCode::kInvalidText,
                 "the body is not JSON in UTF-8 at byte " + std::to_string(error.byte), ""};
  } catch (const json::exception&) {  // 1e999
    return Error{ErrorCode::kInvalidText, "the body has a number that is out of range", ""};
  }
}

Status CheckFields(const json& object, std::initializer_list<std::string_view> known) {
  if (!object.is_object()) return Bad("expected an object as the body");
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string list;
      for (const std::string_view field : known) {
        list.append(list.empty() ? "" : ", ").append(field);
      }
      return Bad("the body has a field that is not known here; known are " + list);
    }
  }
  return {};
}

Result<std::optional<std::string>> TextField(const json& object, const char* name) {
  const json* const field = FindField(object, name);
  if (field == nullptr) return std::optional<std::string>();
  if (!field->is_string()) return Bad(std::string(name) + ": expected a string", name);
  return std::optional(field->get<std::string>());
}

Result<std::optional<bool>> FlagField(const json& object, const char* name) {
  const json* const field = FindField(object, name);
  if (field == nullptr) return std::optional<bool>();
  if (!field->is_boolean()) return Bad(std::string(name) + ": expected true or false", name);
  return std::optional(field->get<bool>());
}

}  // namespace yixin
