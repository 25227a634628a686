// Tested by: json_schema_test.cc
#include "grammar/json_schema.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/nesting.h"
#include "base/utf8.h"
#include "grammar/json_text_grammar.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;  // members are written in the schema's order

constexpr int kMostDepth = 32;
// Of minimum and the like: in doubles, what stands beside such a one is told from it.
constexpr double kMostBound = 1e9;

// Bind nothing.
constexpr std::array kAnnotations = {
    "$anchor",    "$comment",    "$defs",    "$id",      "$schema", "default", "definitions",
    "deprecated", "description", "examples", "readOnly", "strict",  "title",   "writeOnly"};

// What a place in a schema does not know ends everything: caught in CompileJsonSchema.
struct Refused {
  std::string message;
};

ByteExpression LiteralOf(const Json& value) { return Literal(value.dump()); }

ByteExpression Format(const std::string& name, const std::string& place) {
  const auto digits = [](size_t count) {
    return Repeat(OneByte(ByteRange('0', '9')), count, count);
  };
  const auto two = [](const char* first, const char* second) {
    return Sequence({OneByte(AnyOf(first)), OneByte(AnyOf(second))});
  };
  constexpr const char* kDigits = "0123456789";
  // Days that every year has, in years that every program can read.
  const ByteExpression to_28 =
      Choice({two("0", kDigits + 1), two("1", kDigits), two("2", "012345678")});
  const ByteExpression to_30 = Choice({to_28, Literal("29"), Literal("30")});
  const ByteExpression date =
      Sequence({OneByte(AnyOf("12")), digits(3), Literal("-"),
                Choice({Sequence({OneOf({"01", "03", "05", "07", "08", "10", "12"}), Literal("-"),
                                  Choice({to_30, Literal("31")})}),
                        Sequence({OneOf({"04", "06", "09", "11"}), Literal("-"), to_30}),
                        Sequence({Literal("02-"), to_28})})});
  const ByteExpression minutes = two("012345", kDigits);
  const ByteExpression hours = Choice({two("01", kDigits), two("2", "0123")});
  const ByteExpression time = Sequence(
      {hours, Literal(":"), minutes, Literal(":"), minutes,
       Optional(Sequence({Literal("."), Repeat(OneByte(ByteRange('0', '9')), 1, 6)})),
       Choice({Literal("Z"), Sequence({OneByte(AnyOf("+-")), hours, Literal(":"), minutes})})});
  const auto hex = [](size_t count) {
    return Repeat(OneByte(AnyOf("0123456789abcdef")), count, count);
  };
  ByteExpression text;
  if (name == "date") {
    text = date;
  } else if (name == "time") {
    text = time;
  } else if (name == "date-time") {
    text = Sequence({date, Literal("T"), time});
  } else if (name == "uuid") {
    text = Sequence({hex(8), Literal("-"), hex(4), Literal("-"), hex(4), Literal("-"), hex(4),
                     Literal("-"), hex(12)});
  } else {
    throw Refused{place + ": format: expected date, time, date-time or uuid"};
  }
  return Sequence({Literal("\""), std::move(text), Literal("\"")});
}

// The keywords of one schema object; those that nobody asked for are not known.
class Keywords {
 public:
  Keywords(const Json& schema, std::string place) : schema_(schema), place_(std::move(place)) {}

  const std::string& place() const { return place_; }
  const Json* Find(const char* name) {
    asked_.insert(name);
    const auto found = schema_.find(name);
    return found == schema_.end() ? nullptr : &*found;
  }
  std::optional<size_t> Count(const char* name) {
    const Json* const value = Find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number_unsigned()) Refuse(name, "expected a whole number from 0");
    return value->get<size_t>();
  }
  // A bound of numbers, which has to be a whole one.
  std::optional<int64_t> Bound(const char* name) {
    const Json* const value = Find(name);
    if (value == nullptr) return std::nullopt;
    const double number = value->is_number() ? value->get<double>() : 0.5;
    if (!(std::abs(number) <= kMostBound) || number != std::trunc(number)) {
      Refuse(name, "expected a whole number, at most 1e9");
    }
    return static_cast<int64_t>(number);
  }
  void CheckAllAsked() const {
    for (const auto& [name, value] : schema_.items()) {
      if (asked_.contains(name)) continue;
      if (std::ranges::find(kAnnotations, name) != kAnnotations.end()) continue;
      throw Refused{place_ + ": " + QuoteName(name) + " is not supported here"};
    }
  }
  [[noreturn]] void Refuse(const char* name, const std::string& why) const {
    throw Refused{place_ + ": " + name + ": " + why};
  }

 private:
  const Json& schema_;
  std::string place_;
  std::set<std::string, std::less<>> asked_;
};

class SchemaCompiler {
 public:
  explicit SchemaCompiler(const Json& root) : root_(root), rules_(JsonRules()) {}

  std::vector<ByteExpression> Compile() {
    rules_[static_cast<size_t>(JsonRule::kStart)] = Reference("#", "#");
    // One after the other, not inside each other: a chain of references may be long.
    for (size_t i = 0; i < to_do_.size(); ++i) {
      const auto [target, rule, place] = to_do_[i];
      ByteExpression value = Value(*target, place);
      rules_[rule] = std::move(value);
    }
    return std::move(rules_);
  }

 private:
  size_t NewRule() {
    rules_.emplace_back();
    return rules_.size() - 1;
  }

  // A schema by its JSON pointer, once: it may refer to itself.
  ByteExpression Reference(const std::string& pointer, const std::string& place) {
    const auto [known, is_new] = references_.try_emplace(pointer, 0);
    if (!is_new) return Rule(known->second);
    const Json* target = nullptr;
    try {
      if (pointer.starts_with('#')) target = &root_.at(Json::json_pointer(pointer.substr(1)));
    } catch (const Json::exception&) {
      target = nullptr;
    }
    if (target == nullptr) {
      throw Refused{place + ": $ref: expected a place in this schema, such as #/$defs/name"};
    }
    const size_t rule = references_[pointer] = NewRule();
    to_do_.push_back({target, rule, pointer == "#" ? pointer : QuoteName(pointer)});
    return Rule(rule);
  }

  ByteExpression Value(const Json& schema, const std::string& place) {
    if (schema.is_boolean() && schema.get<bool>()) return Rule(JsonRule::kValue);
    if (!schema.is_object()) throw Refused{place + ": expected a schema: an object, or true"};
    Keywords keywords(schema, place);
    ByteExpression value = Choose(keywords);
    keywords.CheckAllAsked();
    return value;
  }

  ByteExpression Choose(Keywords& keywords) {
    if (const Json* const reference = keywords.Find("$ref")) {
      if (!reference->is_string()) keywords.Refuse("$ref", "expected a string");
      return Reference(reference->get<std::string>(), keywords.place());
    }
    if (const Json* const value = keywords.Find("const")) return Constants(keywords, {*value});
    if (const Json* const values = keywords.Find("enum")) {
      if (!values->is_array() || values->empty()) keywords.Refuse("enum", "expected a list");
      return Constants(keywords, {values->begin(), values->end()});
    }
    // What satisfies exactly one of them satisfies one of them; whether another one too is not
    // seen.
    for (const char* const name : {"anyOf", "oneOf"}) {
      if (const Json* const ways = keywords.Find(name)) return Ways(keywords, name, *ways);
    }
    if (const Json* const all = keywords.Find("allOf")) {
      if (!all->is_array() || all->size() != 1) keywords.Refuse("allOf", "expected one schema");
      return Value(all->front(), keywords.place() + "/allOf/0");
    }
    return Typed(keywords);
  }

  // In: values that the schema names; out: those that are of the types that it names besides.
  static ByteExpression Constants(Keywords& keywords, const std::vector<Json>& values) {
    const Json* const type = keywords.Find("type");
    const auto is_of = [](const Json& value, const Json& name) {
      const std::string is = value.type_name();
      if (is != "number") return name == is;
      if (name == "number") return true;
      const bool is_whole =
          !value.is_number_float() || value.get<double>() == std::trunc(value.get<double>());
      return name == "integer" && is_whole;
    };
    const auto may_be = [&](const Json& value) {
      if (type == nullptr) return true;
      if (!type->is_array()) return is_of(value, *type);
      return std::ranges::any_of(*type, [&](const Json& name) { return is_of(value, name); });
    };
    std::vector<std::string> texts;
    for (const Json& value : values) {
      if (may_be(value)) texts.push_back(value.dump());
    }
    if (texts.empty()) keywords.Refuse("type", "none of the values is of it");
    return OneOf(std::move(texts));
  }

  // What binds of a schema, to tell whether two are alike.
  static std::string BindingPart(Json schema) {
    for (const char* const name : kAnnotations) {
      if (schema.is_object()) schema.erase(name);
    }
    return schema.dump();
  }

  ByteExpression Ways(Keywords& keywords, const char* name, const Json& ways) {
    if (!ways.is_array() || ways.empty()) keywords.Refuse(name, "expected a list of schemas");
    keywords.Find("discriminator");  // OpenAPI's; says which of them without binding anything
    std::vector<ByteExpression> choice;
    std::set<std::string> seen;  // what is there twice would be followed twice
    for (size_t i = 0; i < ways.size(); ++i) {
      if (!seen.insert(BindingPart(ways[i])).second) continue;
      choice.push_back(Value(ways[i], keywords.place() + "/" + name + "/" + std::to_string(i)));
    }
    return Choice(std::move(choice));
  }

  ByteExpression Typed(Keywords& keywords) {
    const Json* const type = keywords.Find("type");
    if (type == nullptr) {
      for (const char* const name : {"properties", "required", "additionalProperties"}) {
        if (keywords.Find(name) != nullptr) return Object(keywords);
      }
      if (keywords.Find("items") != nullptr) return Array(keywords);
      return Rule(JsonRule::kValue);
    }
    if (type->is_string()) return OfType(keywords, type->get<std::string>());
    if (!type->is_array() || type->empty()) keywords.Refuse("type", "expected a name, or a list");
    std::vector<ByteExpression> choice;
    std::set<std::string> seen;
    for (const Json& one : *type) {
      if (!one.is_string()) keywords.Refuse("type", "expected a list of names");
      const auto name = one.get<std::string>();
      if (seen.insert(name).second) choice.push_back(OfType(keywords, name));
    }
    return Choice(std::move(choice));
  }

  ByteExpression OfType(Keywords& keywords, const std::string& type) {
    if (type == "object") return Object(keywords);
    if (type == "array") return Array(keywords);
    if (type == "string") return String(keywords);
    if (type == "integer") return Number(keywords, JsonRule::kInteger);
    if (type == "number") return Number(keywords, JsonRule::kNumber);
    if (type == "boolean") return OneOf({"true", "false"});
    if (type == "null") return Literal("null");
    keywords.Refuse("type", "expected object, array, string, integer, number, boolean or null");
  }

  static ByteExpression String(Keywords& keywords) {
    const size_t least = keywords.Count("minLength").value_or(0);
    const auto most = keywords.Count("maxLength");
    if (least > most.value_or(least)) keywords.Refuse("maxLength", "less than minLength");
    const Json* const format = keywords.Find("format");
    if (format == nullptr) {
      return least == 0 && !most ? Rule(JsonRule::kString) : JsonStringOf(least, most);
    }
    if (!format->is_string()) keywords.Refuse("format", "expected a string");
    if (least != 0 || most) keywords.Refuse("format", "not beside minLength or maxLength");
    return Format(format->get<std::string>(), keywords.place());
  }

  static ByteExpression Number(Keywords& keywords, JsonRule any) {
    const auto least = keywords.Bound("minimum");
    const auto most = keywords.Bound("maximum");
    const auto above = keywords.Bound("exclusiveMinimum");
    const auto below = keywords.Bound("exclusiveMaximum");
    if (!least && !most && !above && !below) return Rule(any);
    JsonRange range;
    range.is_least_open = above && (!least || *above >= *least);
    range.is_most_open = below && (!most || *below <= *most);
    range.least = range.is_least_open ? *above : least.value_or(-kMostInteger);
    range.most = range.is_most_open ? *below : most.value_or(kMostInteger);
    if (any == JsonRule::kInteger) {
      range.least += range.is_least_open ? 1 : 0;
      range.most -= range.is_most_open ? 1 : 0;
    }
    if (range.least > range.most) keywords.Refuse("type", "no number is within its bounds");
    return any == JsonRule::kInteger ? JsonIntegerIn(range) : JsonNumberIn(range);
  }

  ByteExpression Array(Keywords& keywords) {
    const size_t least = keywords.Count("minItems").value_or(0);
    const auto most = keywords.Count("maxItems");
    if (least > most.value_or(least)) keywords.Refuse("maxItems", "less than minItems");
    const Json* const items = keywords.Find("items");
    ByteExpression item = Rule(JsonRule::kValue);
    if (items != nullptr) item = AsRule(Value(*items, keywords.place() + "/items"));
    return JsonArrayOf(item, least, most);
  }

  // So that what is written in several places stands once.
  ByteExpression AsRule(ByteExpression value) {
    if (value.kind == ByteExpression::Kind::kRule) return value;
    const size_t rule = NewRule();
    rules_[rule] = std::move(value);
    return Rule(rule);
  }

  struct Member {
    ByteExpression text;
    bool is_required = false;
  };

  ByteExpression Object(Keywords& keywords) {
    const Json* const properties = keywords.Find("properties");
    const Json* const required = keywords.Find("required");
    const Json* const more = keywords.Find("additionalProperties");
    if (properties != nullptr && !properties->is_object()) {
      keywords.Refuse("properties", "expected an object");
    }
    if (required != nullptr && !required->is_array())
      keywords.Refuse("required", "expected a list");
    if (more != nullptr && !more->is_boolean() && !more->is_object()) {
      keywords.Refuse("additionalProperties", "expected true, false or a schema");
    }
    const bool are_closed = more != nullptr && *more == Json(false);
    ByteExpression other = Rule(JsonRule::kValue);
    if (more != nullptr && more->is_object()) {
      other = AsRule(Value(*more, keywords.place() + "/additionalProperties"));
    }

    std::set<std::string> wanted;
    if (required != nullptr) {
      for (const Json& name : *required) {
        if (!name.is_string()) keywords.Refuse("required", "expected a list of names");
        wanted.insert(name.get<std::string>());
      }
    }
    std::vector<Member> members;
    if (properties != nullptr) {
      for (const auto& [name, schema] : properties->items()) {
        ByteExpression value =
            AsRule(Value(schema, keywords.place() + "/properties/" + QuoteName(name)));
        members.push_back({JsonMember(LiteralOf(name), std::move(value)), wanted.erase(name) > 0});
      }
    }
    for (const std::string& name : wanted) {  // of which nothing else is said
      if (are_closed) keywords.Refuse("required", "names what additionalProperties forbids");
      members.push_back({JsonMember(LiteralOf(name), other), true});
    }
    if (!members.empty()) return JsonObjectOf(Members(members));
    if (are_closed) return JsonObjectOf({});
    if (more == nullptr || more->is_boolean()) return Rule(JsonRule::kObject);
    const ByteExpression member = JsonMember(Rule(JsonRule::kString), other);
    return JsonObjectOf(
        Optional(Sequence({member, Repeat(Sequence({JsonComma(), member}), 0, std::nullopt)})));
  }

  // All in their order, those that are not required or not. Behind the first one that is written
  // each needs a comma: what follows it is a rule, for it stands in several places.
  ByteExpression Members(const std::vector<Member>& members) {
    std::vector<ByteExpression> behind(members.size() + 1);  // member i and those after it
    for (size_t i = members.size(); i-- > 1;) {
      ByteExpression one = Sequence({JsonComma(), members[i].text});
      if (!members[i].is_required) one = Optional(std::move(one));
      behind[i] = AsRule(Sequence({std::move(one), behind[i + 1]}));
    }
    std::vector<ByteExpression> firsts;
    for (size_t i = 0; i < members.size(); ++i) {
      firsts.push_back(Sequence({members[i].text, behind[i + 1]}));
      if (members[i].is_required) return Choice(std::move(firsts));
    }
    firsts.emplace_back();
    return Choice(std::move(firsts));
  }

  const Json& root_;
  std::vector<ByteExpression> rules_;
  std::map<std::string, size_t> references_;  // JSON pointer to rule
  struct Target {
    const Json* schema;
    size_t rule;
    std::string place;
  };
  std::vector<Target> to_do_;
};

Error Bad(const std::string& message) {
  return {ErrorCode::kInvalidArgument, "json_schema: " + message, "json_schema"};
}

}  // namespace

Result<ByteGrammar> CompileJsonSchema(std::string_view schema) {
  if (schema.size() > kMostSchemaBytes) {
    return Bad("larger than " + std::to_string(kMostSchemaBytes) + " bytes");
  }
  if (schema.find('\0') != std::string_view::npos) return Bad("no JSON");
  if (const Status shallow = CheckJsonNesting(schema, kMostDepth); !shallow) {
    return Bad("nests deeper than " + std::to_string(kMostDepth));
  }
  try {
    const Json root = Json::parse(schema);
    auto grammar = ByteGrammar::Compile(SchemaCompiler(root).Compile());
    if (!grammar) return Bad(grammar.error().message);
    return grammar;
  } catch (const Refused& refused) {
    return Bad(refused.message);
  } catch (const Json::exception&) {
    return Bad("no JSON");
  }
}

}  // namespace yixin
