// Fields that an API has and this server has not, with the values that ask for what it does anyway:
// many clients send them always. Another value is refused, as an unknown field is.
// Tested by: idle_fields_test.cc
#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

#include "yixin/result.h"

namespace yixin {

struct IdleField {
  std::string_view name;
  std::string_view values;  // a JSON list; empty: any text
};

// The rule of CheckFields (json_body.h) for a body whose fields are the known ones and these.
// Errors: kInvalidArgument with the field's name.
Status CheckFields(const nlohmann::json& body, std::initializer_list<std::string_view> known,
                   std::span<const IdleField> idle);

}  // namespace yixin
