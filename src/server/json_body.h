// JSON that a client sent, read strictly: limited depth, at most 1,000 members an object, no key
// twice, no NUL, types as they are asked for. Messages name fields, and never repeat values.
// Tested by: json_body_test.cc, tests/fuzz/http_body_fuzz.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"

namespace yixin {

// kInvalidArgument about a field; empty: the body.
Error BadField(std::string message, std::string field = "");

// Errors: kInvalidText with the byte. Memory: some 20 times the text's size.
Result<nlohmann::json> ParseJsonBody(std::string_view text, int max_depth);

// The rule for objects: every field is one of these or null, or the request is refused (a misspelt
// parameter must not be ignored in silence). In: `place` names the object, empty for the body.
// Errors: kInvalidArgument.
Status CheckFields(const nlohmann::json& object, std::span<const std::string_view> known,
                   const std::string& place = "");
inline Status CheckFields(const nlohmann::json& object,
                          std::initializer_list<std::string_view> known,
                          const std::string& place = "") {
  return CheckFields(object, std::span(known.begin(), known.size()), place);
}

// Null where the object has no such field, or null in it.
const nlohmann::json* FindField(const nlohmann::json& object, const char* name);

// Fields that may be left out; null is as if left out. Errors: kInvalidArgument for another type.
Result<std::optional<std::string>> TextField(const nlohmann::json& object, const char* name);
Result<std::optional<bool>> FlagField(const nlohmann::json& object, const char* name);
// Both ends are allowed. Errors also for a number beyond them.
Result<std::optional<double>> NumberField(const nlohmann::json& object, const char* name,
                                          double least, double most);
Result<std::optional<int64_t>> IntegerField(const nlohmann::json& object, const char* name,
                                            int64_t least, int64_t most);
// A text or a list of texts, none of them empty; nothing where it is left out.
struct TextsLimit {
  size_t texts = 0;
  size_t bytes = 0;  // of each
  size_t least = 0;  // texts of a list
};
Result<std::vector<std::string>> TextsField(const nlohmann::json& object, const char* name,
                                            const TextsLimit& limit);

}  // namespace yixin
