// Tested by: idle_fields_test.cc
#include "server/idle_fields.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "server/json_body.h"

namespace yixin {

Status CheckFields(const nlohmann::json& body, std::initializer_list<std::string_view> known,
                   std::span<const IdleField> idle) {
  std::vector<std::string_view> names(known);
  for (const IdleField& field : idle) names.push_back(field.name);
  YIXIN_CHECK_OK(CheckFields(body, names));
  for (const auto& [name, values] : idle) {
    const nlohmann::json* const value = FindField(body, std::string(name).c_str());
    if (value == nullptr) continue;
    const auto allowed = nlohmann::json::parse(values.empty() ? "[]" : values);
    const bool is_idle = values.empty()
                             ? value->is_string()
                             : std::find(allowed.begin(), allowed.end(), *value) != allowed.end();
    if (is_idle) continue;
    const std::string field(name);
    std::string list;
    for (const auto& one : allowed) list.append(list.empty() ? "" : ", ").append(one.dump());
    return Error{ErrorCode::kInvalidArgument,
                 field + ": this server has no such thing; possible here is only " +
                     (values.empty() ? "a text" : list),
                 field};
  }
  return {};
}

}  // namespace yixin
