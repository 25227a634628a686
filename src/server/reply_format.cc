// Tested by: reply_format_test.cc
#include "server/reply_format.h"

#include <nlohmann/json.hpp>

#include "server/json_body.h"

namespace yixin {
namespace {

using nlohmann::json;

constexpr size_t kMostSchemaBytes = size_t{64} << 10;  // the engine's own
constexpr const char* kField = "response_format";

Error Bad(const std::string& message) {
  return {ErrorCode::kInvalidArgument, std::string(kField) + ": " + message, kField};
}

}  // namespace

Result<std::string> ReadResponseFormat(const json& body, std::string_view text) {
  const auto format = body.find(kField);
  if (format == body.end() || format->is_null()) return std::string();
  YIXIN_CHECK_OK(CheckFields(*format, {"type", "json_schema"}, kField));
  const json type = format->value("type", json());
  const auto schema = format->find("json_schema");
  const bool has_schema = schema != format->end() && !schema->is_null();
  if (type != "json_schema" && has_schema) {
    return Bad("json_schema needs \"type\": \"json_schema\"");
  }
  if (type == "text") return std::string();
  if (type == "json_object") return std::string(R"({"type": "object"})");
  if (type != "json_schema") return Bad("type: expected text, json_object or json_schema");
  if (!has_schema) return Bad("json_schema is missing: {\"name\": ..., \"schema\": {...}}");
  YIXIN_CHECK_OK(CheckFields(*schema, {"name", "description", "schema", "strict"},
                             "response_format.json_schema"));
  if (!schema->contains("schema") || !schema->at("schema").is_object()) {
    return Bad("json_schema.schema: expected an object");
  }
  if (schema->at("schema").dump().size() > kMostSchemaBytes) {
    return Bad("json_schema.schema: larger than " + std::to_string(kMostSchemaBytes) + " bytes");
  }
  // Read once more: `body` has sorted the members, and the reply's come in the schema's order.
  const auto ordered = nlohmann::ordered_json::parse(text);
  return ordered[kField]["json_schema"]["schema"].dump();
}

}  // namespace yixin
