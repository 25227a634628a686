// Tested by: reply_format_test.cc
#include "server/reply_format.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "server/json_body.h"

namespace yixin {
namespace {

using nlohmann::json;

constexpr size_t kMostSchemaBytes = size_t{64} << 10;  // the engine's own

Error Bad(const std::string& field, const std::string& message) {
  return {ErrorCode::kInvalidArgument, field + ": " + message, field};
}

// The field `schema` of `owner`. In: `field`, the owner's name; `pointer`, the schema's in `text`.
Result<std::string> SchemaOf(const json& owner, const std::string& field, std::string_view text,
                             const std::string& pointer) {
  const json* const schema = FindField(owner, "schema");
  if (schema == nullptr || !schema->is_object()) return Bad(field, "schema: expected an object");
  if (schema->dump().size() > kMostSchemaBytes) {
    return Bad(field, "schema: larger than " + std::to_string(kMostSchemaBytes) + " bytes");
  }
  // Read once more: `owner` has sorted the members, and the reply's come in the schema's order.
  const auto ordered = nlohmann::ordered_json::parse(text);
  return ordered.at(nlohmann::ordered_json::json_pointer(pointer)).dump();
}

// Of the two that need no more. Nothing: another type.
std::optional<std::string> SimpleFormat(const json& format) {
  const json type = format.value("type", json());
  if (type == "text") return "";
  if (type == "json_object") return R"({"type": "object"})";
  return std::nullopt;
}

constexpr const char* kTypes = "type: expected text, json_object or json_schema";

}  // namespace

Result<std::string> ReadResponseFormat(const json& body, std::string_view text) {
  const std::string field = "response_format";
  const json* const format = FindField(body, "response_format");
  if (format == nullptr) return std::string();
  YIXIN_CHECK_OK(CheckFields(*format, {"type", "json_schema"}, field));
  const json* const owner = FindField(*format, "json_schema");
  if (format->value("type", json()) == "json_schema") {
    const std::string place = field + ".json_schema";
    if (owner == nullptr) return Bad(place, "missing: {\"name\": ..., \"schema\": {...}}");
    YIXIN_CHECK_OK(CheckFields(*owner, {"name", "description", "schema", "strict"}, place));
    return SchemaOf(*owner, place, text, "/response_format/json_schema/schema");
  }
  if (owner != nullptr) return Bad(field, "json_schema needs \"type\": \"json_schema\"");
  if (auto simple = SimpleFormat(*format)) return *simple;
  return Bad(field, kTypes);
}

Result<std::string> ReadTextFormat(const json& body, std::string_view text) {
  const std::string field = "text.format";
  const json* const about = FindField(body, "text");
  if (about == nullptr) return std::string();
  YIXIN_CHECK_OK(CheckFields(*about, {"format"}, "text"));
  const json* const format = FindField(*about, "format");
  if (format == nullptr) return std::string();
  YIXIN_CHECK_OK(CheckFields(*format, {"type", "name", "description", "schema", "strict"}, field));
  if (format->value("type", json()) == "json_schema") {
    return SchemaOf(*format, field, text, "/text/format/schema");
  }
  if (FindField(*format, "schema") != nullptr) {
    return Bad(field, "schema needs \"type\": \"json_schema\"");
  }
  if (auto simple = SimpleFormat(*format)) return *simple;
  return Bad(field, kTypes);
}

}  // namespace yixin
