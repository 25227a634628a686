// Tested by: json_body_test.cc
#include "server/json_body.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>
#include <vector>

namespace yixin {
namespace {

using nlohmann::json;

// Objects that are read in their order look for each new key among the others.
constexpr size_t kMostMembers = 1000;

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
        if (keys_.back().size() > kMostMembers) {
          throw Refused{"an object of the JSON has more than 1,000 members"};
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

std::string ShortNumber(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.begin(), text.end(), value).ptr};
}

}  // namespace

Error BadField(std::string message, std::string field) {
  return {ErrorCode::kInvalidArgument, std::move(message), std::move(field)};
}

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

Status CheckFields(const json& object, std::span<const std::string_view> known,
                   const std::string& place) {
  if (!object.is_object()) {
    return place.empty() ? BadField("expected an object as the body")
                         : BadField(place + ": expected an object", place);
  }
  for (const auto& [name, value] : object.items()) {
    if (value.is_null()) continue;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string list;
      for (const std::string_view field : known) {
        list.append(list.empty() ? "" : ", ").append(field);
      }
      const std::string where = place.empty() ? "the body" : place;
      return BadField(where + " has a field that is not known here; known are " + list, place);
    }
  }
  return {};
}

const json* FindField(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

Result<std::optional<std::string>> TextField(const json& object, const char* name) {
  const json* const field = FindField(object, name);
  if (field == nullptr) return std::optional<std::string>();
  if (!field->is_string()) return BadField(std::string(name) + ": expected a string", name);
  return std::optional(field->get<std::string>());
}

Result<std::optional<bool>> FlagField(const json& object, const char* name) {
  const json* const field = FindField(object, name);
  if (field == nullptr) return std::optional<bool>();
  if (!field->is_boolean()) return BadField(std::string(name) + ": expected true or false", name);
  return std::optional(field->get<bool>());
}

Result<std::optional<double>> NumberField(const json& object, const char* name, double least,
                                          double most) {
  const json* const field = FindField(object, name);
  if (field == nullptr) return std::optional<double>();
  const double value = field->is_number() ? field->get<double>() : std::nan("");
  if (!(value >= least && value <= most)) {
    return BadField(std::string(name) + ": expected a number from " + ShortNumber(least) + " to " +
                        ShortNumber(most),
                    name);
  }
  return std::optional(value);
}

Result<std::optional<int64_t>> IntegerField(const json& object, const char* name, int64_t least,
                                            int64_t most) {
  const json* const field = FindField(object, name);
  if (field == nullptr) return std::optional<int64_t>();
  // Of those beyond int64_t the parser makes unsigned ones, or floating ones.
  const bool fits = field->is_number_integer() &&
                    (!field->is_number_unsigned() || field->get<uint64_t>() <= INT64_MAX);
  const int64_t value = fits ? field->get<int64_t>() : 0;
  if (!fits || value < least || value > most) {
    return BadField(std::string(name) + ": expected a whole number from " + std::to_string(least) +
                        " to " + std::to_string(most),
                    name);
  }
  return std::optional(value);
}

Result<std::vector<std::string>> TextsField(const json& object, const char* name,
                                            const TextsLimit& limit) {
  const json* const field = FindField(object, name);
  std::vector<std::string> texts;
  if (field == nullptr) return texts;
  const auto add = [&](const json& one, const std::string& place) -> Status {
    if (!one.is_string()) return BadField(place + ": expected a string", place);
    const auto& text = one.get_ref<const std::string&>();
    if (text.empty() || text.size() > limit.bytes) {
      return BadField(place + ": expected 1 to " + std::to_string(limit.bytes) + " bytes", place);
    }
    texts.push_back(text);
    return {};
  };
  if (field->is_string()) {
    YIXIN_CHECK_OK(add(*field, name));
    return texts;
  }
  if (!field->is_array() || field->size() < limit.least || field->size() > limit.texts) {
    return BadField(std::string(name) + ": expected a string, or a list of " +
                        std::to_string(limit.least) + " to " + std::to_string(limit.texts) +
                        " of them",
                    name);
  }
  for (size_t i = 0; i < field->size(); ++i) {
    YIXIN_CHECK_OK(add((*field)[i], std::string(name) + "[" + std::to_string(i) + "]"));
  }
  return texts;
}

}  // namespace yixin
