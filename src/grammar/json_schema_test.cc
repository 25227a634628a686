// What a schema lets through, what it keeps out, and which schemas are refused.
#include "grammar/json_schema.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "grammar/grammar_for_test.h"

namespace yixin {
namespace {

using Texts = std::vector<std::string>;

GrammarMatcher MatcherOf(const std::string& schema) {
  auto grammar = CompileJsonSchema(schema);
  EXPECT_TRUE(grammar) << schema.substr(0, 300) << ": " << grammar.error().message;
  return GrammarMatcher(std::make_shared<const ByteGrammar>(*std::move(grammar)));
}

void Expect(const std::string& schema, const Texts& yes, const Texts& no) {
  GrammarMatcher matcher = MatcherOf(schema);
  for (const std::string& text : yes) EXPECT_TRUE(Matches(matcher, text)) << schema << "\n" << text;
  for (const std::string& text : no) EXPECT_FALSE(Matches(matcher, text)) << schema << "\n" << text;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const std::string drawn = Draw(matcher, seed, 4000);
    EXPECT_TRUE(drawn.empty() || nlohmann::json::accept(drawn)) << schema << "\n" << drawn;
  }
}

TEST(JsonSchema, AnyJson) {
  for (const char* const schema : {"{}", "true", R"({"title": "x", "description": "y"})"}) {
    Expect(schema,
           {"1", "-0.5e+3", "\"\"", "\"正面 \\u4e2d \\n\"", "[]", "[1, \"a\", null]", "{}",
            "{\"a\": {\"b\": [true,false]}}", "{\n  \"a\": 1\n}"},
           {"", "01", "1.", "'a'", "\"\n\"", "\"\\x\"", "[1,]", "{a: 1}", "nul", "{} ", " {}",
            "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xE6\xAD\"",
            "\"\\uD83D\"", "\"\\ud800\\udc00\"", "NaN"});
  }
}

TEST(JsonSchema, Objects) {
  Expect(R"({"type": "object"})", {"{}", R"({"a": 1, "b": []})"}, {"1", "[]", "\"{}\""});
  Expect(R"({"type": "object", "properties": {"b": {"type": "integer"}, "a": {"type": "string"}},
             "required": ["b", "a"], "additionalProperties": false})",
         {R"({"b": 1, "a": "x"})", R"({"b":-20,"a":""})", "{\n\t\"b\": 1,\n\t\"a\": \"\"\n}"},
         {"{}", R"({"b": 1})", R"({"a": "x", "b": 1})", R"({"b": 1.5, "a": ""})",
          R"({"b": 1, "a": "x", "c": 1})", R"({"b": 1, "a": "x",})"});
  Expect(
      R"({"properties": {"a": {"const": 1}, "b": {"const": 2}, "c": {"const": 3}},
             "required": ["b"]})",
      {R"({"b": 2})", R"({"a": 1,"b": 2})", R"({"b": 2, "c": 3})", R"({"a": 1, "b": 2, "c": 3})"},
      {"{}", R"({"a": 1})", R"({, "b": 2})", R"({"b": 2, "a": 1})", R"({"a": 1, "c": 3})"});
  Expect(R"({"properties": {"a": {"const": 1}, "b": {"const": 2}}})",
         {"{}", R"({"a": 1})", R"({"b": 2})", R"({"a": 1, "b": 2})"}, {R"({"b": 2, "a": 1})"});
  Expect(R"({"type": "object", "required": ["x"]})", {R"({"x": [1]})"}, {"{}", R"({"y": 1})"});
  Expect(R"({"type": "object", "additionalProperties": {"type": "boolean"}})",
         {"{}", R"({"a": true, "b": false})"}, {R"({"a": 1})"});
  Expect(R"({"type": "object", "additionalProperties": false})", {"{}"}, {R"({"a": 1})"});
}

TEST(JsonSchema, Arrays) {
  Expect(R"({"type": "array", "items": {"type": "integer"}})", {"[]", "[1]", "[1, 2,3]"},
         {"[1.5]", "[1 2]", "1"});
  Expect(R"({"items": {"enum": ["a", "b"]}, "minItems": 1, "maxItems": 2})",
         {R"(["a"])", R"(["a", "b"])"}, {"[]", R"(["a","a","a"])", R"(["c"])"});
  Expect(R"({"type": "array", "maxItems": 0})", {"[]"}, {"[1]"});
}

TEST(JsonSchema, StringsAndNumbers) {
  Expect(R"({"type": "string", "minLength": 2, "maxLength": 3})",
         {R"("ab")", R"("心情好")", R"("\n\u00e9")"}, {R"("a")", R"("abcd")"});
  Expect(R"({"type": "integer", "minimum": 1, "maximum": 12})", {"1", "7", "10", "12"},
         {"0", "13", "01", "1.0", "-1"});
  Expect(R"({"type": "integer", "minimum": -2, "exclusiveMaximum": 2})", {"-2", "-1", "0", "1"},
         {"-3", "2"});
  Expect(R"({"type": "number", "minimum": 0, "maximum": 1})", {"0", "0.25", "1", "1.0", "0.999"},
         {"1.01", "-0.5", "2"});
  Expect(R"({"type": "number", "minimum": -1, "maximum": 1})", {"-1", "-0.5", "0.5", "-1.00"},
         {"-1.5", "1.2"});
  Expect(R"({"type": "number", "minimum": -3, "maximum": -2})", {"-2", "-2.5", "-3"},
         {"-1.9", "2.5", "-3.1"});
  Expect(R"({"type": "string", "format": "date"})", {R"("2026-11-30")"},
         {R"("2026-13-01")", R"("2026-1-1")", R"("2026-02-29")", R"("2026-04-31")",
          R"("0000-01-01")", R"("2026-00-01")", R"("2026-01-00")", R"("2026-01-32")"});
  Expect(R"({"type": "string", "format": "date-time"})",
         {R"("2026-11-30T23:59:00Z")", R"("2026-11-30T23:59:00.5+08:00")"},
         {R"("2026-11-30T24:00:00Z")"});
  Expect(R"({"type": "string", "format": "uuid"})", {R"("123e4567-e89b-12d3-a456-426614174000")"},
         {R"("x")"});
  Expect(R"({"type": ["string", "null"]})", {"null", "\"\""}, {"1"});
  Expect(R"({"type": "boolean"})", {"true", "false"}, {"1", "\"true\""});
}

TEST(JsonSchema, Bounds) {
  Expect(R"({"type": "integer", "minimum": 0})", {"0", "7", "123456789"}, {"-1", "00", "1.0"});
  Expect(R"({"type": "integer", "exclusiveMinimum": 0})", {"1", "10"}, {"0", "-1"});
  Expect(R"({"type": "integer", "maximum": -5})", {"-5", "-50"}, {"-4", "0", "5"});
  Expect(R"({"type": "integer", "minimum": 95, "maximum": 1234})",
         {"95", "99", "100", "999", "1000", "1199", "1234"}, {"94", "9", "1235", "1300", "12345"});
  Expect(R"({"type": "number", "exclusiveMinimum": 0})", {"0.5", "0.001", "1", "12.75"},
         {"0", "0.0", "0.000", "-1"});
  Expect(R"({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1})", {"0.1", "0.999"},
         {"0", "1", "1.0", "0.0"});
  Expect(R"({"type": "number", "exclusiveMaximum": 0})", {"-0.5", "-3"}, {"0", "-0", "-0.0", "1"});
  Expect(R"({"type": "number", "minimum": -1, "exclusiveMaximum": 2})",
         {"-1", "-0.5", "0", "1.999999"}, {"2", "2.0", "-1.5"});
  // Every whole number of every small range.
  for (int least = -120; least <= 120; least += 7) {
    for (int most = least; most <= 130; most += 11) {
      GrammarMatcher matcher =
          MatcherOf(R"({"type": "integer", "minimum": )" + std::to_string(least) +
                    R"(, "maximum": )" + std::to_string(most) + "}");
      for (int number = -150; number <= 150; ++number) {
        ASSERT_EQ(Matches(matcher, std::to_string(number)), number >= least && number <= most)
            << number << " of " << least << " to " << most;
      }
    }
  }
}

TEST(JsonSchema, TypesBindConstantsToo) {
  Expect(R"({"type": "string", "enum": ["a", null, 1]})", {"\"a\""}, {"null", "1"});
  Expect(R"({"type": ["integer", "null"], "enum": ["a", null, 1, 1.5]})", {"null", "1"},
         {"\"a\"", "1.5"});
}

TEST(JsonSchema, WhatIsLongIsNotDeep) {
  // Each of the definitions nests, and its last word is the next one.
  const auto chain = [](int count) {
    std::string schema = R"({"$ref": "#/$defs/d0", "$defs": {)";
    for (int i = 0; i < count; ++i) {
      schema += (i == 0 ? "\"d" : ",\"d") + std::to_string(i) + "\":";
      for (int depth = 0; depth < 24; ++depth) schema += R"({"items":)";
      schema += i + 1 < count ? R"({"$ref":"#/$defs/d)" + std::to_string(i + 1) + "\"}" : "{}";
      schema += std::string(24, '}');
    }
    return schema + "}}";
  };
  GrammarMatcher matcher = MatcherOf(chain(100));
  EXPECT_TRUE(Matches(matcher, "[[[]]]"));
  const auto longer = CompileJsonSchema(chain(240));
  ASSERT_FALSE(longer);
  EXPECT_NE(longer.error().message.find("steps"), std::string::npos);
  Expect(R"({"type": "string", "maxLength": 5000})", {"\"" + std::string(5000, 'a') + "\""},
         {"\"" + std::string(5001, 'a') + "\""});
}

TEST(JsonSchema, Choices) {
  Expect(R"({"enum": ["正面", "负面", 1, null, {"a": [1]}]})",
         {"\"正面\"", "1", "null", R"({"a":[1]})"}, {"\"中性\"", "11", "nul"});
  Expect(R"({"anyOf": [{"type": "integer"}, {"type": "null"}, {"type": "integer"}]})",
         {"5", "null"}, {"\"\""});
  Expect(R"({"allOf": [{"$ref": "#/$defs/x"}], "default": 1, "$defs": {"x": {"enum": [1, 2]}}})",
         {"1", "2"}, {"3"});
}

TEST(JsonSchema, References) {
  Expect(R"({"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "properties":
             {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
             "required": ["name", "children"], "additionalProperties": false}}})",
         {R"({"name": "a", "children": []})",
          R"({"name": "a", "children": [{"name": "b", "children": []}]})"},
         {R"({"name": "a"})", R"({"name": "a", "children": [1]})"});
  Expect(R"({"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
             "required": ["next"]})",
         {R"({"next": null})", R"({"next": {"next": null}})"}, {R"({"next": 1})"});
}

TEST(JsonSchema, WhatIsRefusedIsNamed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "no JSON"},
      {"{", "no JSON"},
      {std::string("{}\0x", 4), "no JSON"},
      {"[]", "#: expected a schema"},
      {"false", "#: expected a schema"},
      {R"({"type": "string", "pattern": "a+"})", "pattern"},
      {R"({"type": "strin"})", "type: expected object, array"},
      {R"({"type": 5})", "type"},
      {R"({"properties": {"正": {"type": "array", "uniqueItems": true}}})",
       "#/properties/'正': 'uniqueItems'"},
      {R"({"type": "integer", "minimum": 0, "maximum": 1e300})", "maximum"},
      {R"({"type": "integer", "minimum": 0.5, "maximum": 2})", "minimum"},
      {R"({"type": "integer", "minimum": 1, "exclusiveMaximum": 1})", "within its bounds"},
      {R"({"type": "number", "exclusiveMinimum": 0, "maximum": 0})", "no finite string"},
      {R"({"type": "string", "enum": [1, null]})", "type"},
      {R"({"type": "string", "minLength": 3, "maxLength": 2})", "maxLength"},
      {R"({"type": "string", "maxLength": -1})", "maxLength"},
      {R"({"type": "string", "maxLength": 18446744073709551615})", "steps"},
      {R"({"type": "array", "items": {}, "maxItems": 100000000})", "steps"},
      {R"({"type": "string", "format": "email"})", "format"},
      {R"({"$ref": "#/$defs/none"})", "$ref"},
      {R"({"$ref": "http://example.org/x"})", "$ref"},
      {R"({"$ref": "#"})", "no finite string"},
      {R"({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]})", "no finite"},
      {R"({"allOf": [{}, {}]})", "allOf"},
      {R"({"enum": []})", "enum"},
      {R"({"not": {}})", "not"},
      {R"({"type": "object", "properties": {}, "required": ["a"], "additionalProperties": false})",
       "required"},
      {std::string(70'000, ' '), "larger"},
      {R"({"items":)" + std::string(40, '[') + std::string(40, ']') + "}", "deeper"},
  };
  for (const auto& [schema, word] : cases) {
    const auto grammar = CompileJsonSchema(schema);
    ASSERT_FALSE(grammar) << schema.substr(0, 200);
    EXPECT_EQ(grammar.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(grammar.error().subject, "json_schema");
    EXPECT_NE(grammar.error().message.find(word), std::string::npos)
        << schema.substr(0, 200) << "\n"
        << grammar.error().message;
  }
}

TEST(JsonSchema, ManyMembersStaySmall) {
  nlohmann::ordered_json schema = {{"type", "object"}};
  for (int i = 0; i < 300; ++i)
    schema["properties"]["member" + std::to_string(i)] = {{"type", "integer"}};
  GrammarMatcher matcher = MatcherOf(schema.dump());
  EXPECT_TRUE(Matches(matcher, R"({"member7": 1, "member299": 2})"));
  EXPECT_FALSE(Matches(matcher, R"({"member8": 1, "member7": 2})"));
}

}  // namespace
}  // namespace yixin
