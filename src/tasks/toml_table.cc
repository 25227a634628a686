// Tested by: task_spec_test.cc
#include "tasks/toml_table.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace yixin {
namespace {

std::string_view NameOfType(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a float";
    case toml::node_type::boolean:
      return "a boolean";
    default:
      return "a date or time";
  }
}

// Levenshtein's distance. Keys are short: both are cut to 64 bytes.
size_t EditDistance(std::string_view a, std::string_view b) {
  a = a.substr(0, 64);
  b = b.substr(0, 64);
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + static_cast<size_t>(a[i] != b[j])});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

void TomlErrors::AddUnknownKey(int line, std::string_view key, std::string_view words) {
  if (first_is_weak_) first_.reset();
  Add(line, key, words);
}

void TomlErrors::Add(int line, std::string_view key, std::string_view words, bool weak) {
  if (first_) return;
  first_is_weak_ = weak;
  std::string message = file_ + ":" + std::to_string(line) + ": ";
  if (!key.empty()) message += std::string(key) + ": ";
  message += words;
  first_ = Error{ErrorCode::kInvalidFile, std::move(message), std::string(key)};
}

std::string TomlTable::PathOf(std::string_view key) const {
  if (key.empty()) return path_;
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

int TomlTable::LineOf(std::string_view key) const {
  const toml::node* node = table_->get(key);
  return node == nullptr ? line() : static_cast<int>(node->source().begin.line);
}

void TomlTable::Fail(std::string_view key, std::string_view words) const {
  errors_->Add(LineOf(key), PathOf(key), words);
}

void TomlTable::FailType(std::string_view key, std::string_view expected,
                         const toml::node& node) const {
  errors_->Add(static_cast<int>(node.source().begin.line), PathOf(key),
               "expected " + std::string(expected) + ", got " + std::string(NameOfType(node)));
}

const toml::node* TomlTable::Find(std::string_view key) {
  known_.emplace(key);
  return table_->get(key);
}

std::string TomlTable::String(std::string_view key, std::string_view fallback) {
  const toml::node* node = Find(key);
  if (node == nullptr) return std::string(fallback);
  if (const auto* value = node->as_string()) return value->get();
  FailType(key, "a string", *node);
  return std::string(fallback);
}

std::string TomlTable::NeededString(std::string_view key) {
  std::string value = String(key);
  if (!Has(key)) {
    errors_->Add(LineOf(key), PathOf(key), "is missing", /*weak=*/true);
  } else if (value.empty()) {
    Fail(key, "must not be empty");
  }
  return value;
}

bool TomlTable::Bool(std::string_view key, bool fallback) {
  const toml::node* node = Find(key);
  if (node == nullptr) return fallback;
  if (const auto* value = node->as_boolean()) return value->get();
  FailType(key, "true or false", *node);
  return fallback;
}

int TomlTable::Int(std::string_view key, int fallback, int least, int most) {
  const toml::node* node = Find(key);
  if (node == nullptr) return fallback;
  const auto* value = node->as_integer();
  if (value == nullptr) {
    FailType(key, "an integer", *node);
    return fallback;
  }
  if (value->get() < least || value->get() > most) {
    Fail(key, "expected " + std::to_string(least) + " to " + std::to_string(most) + ", got " +
                  std::to_string(value->get()));
    return fallback;
  }
  return static_cast<int>(value->get());
}

double TomlTable::Number(std::string_view key, double fallback) {
  const toml::node* node = Find(key);
  if (node == nullptr) return fallback;
  const auto value = node->is_number() ? node->value<double>() : std::nullopt;
  if (!value) {
    FailType(key, "a number", *node);
    return fallback;
  }
  if (!std::isfinite(*value)) {
    Fail(key, "must be a finite number");
    return fallback;
  }
  return *value;
}

std::vector<std::string> TomlTable::Strings(std::string_view key) {
  const toml::node* node = Find(key);
  std::vector<std::string> strings;
  if (node == nullptr) return strings;
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    FailType(key, "an array of strings", *node);
    return strings;
  }
  for (const toml::node& element : *array) {
    if (const auto* value = element.as_string()) {
      strings.push_back(value->get());
    } else {
      FailType(key, "an array of strings", element);
    }
  }
  return strings;
}

std::optional<TomlTable> TomlTable::Table(std::string_view key) {
  const toml::node* node = Find(key);
  if (node == nullptr) return std::nullopt;
  if (const toml::table* table = node->as_table()) return TomlTable(*table, PathOf(key), *errors_);
  FailType(key, "a table, [" + PathOf(key) + "]", *node);
  return std::nullopt;
}

std::vector<TomlTable> TomlTable::Tables(std::string_view key) {
  const toml::node* node = Find(key);
  std::vector<TomlTable> tables;
  if (node == nullptr) return tables;
  const std::string expected = "tables, [[" + PathOf(key) + "]]";
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    FailType(key, expected, *node);
    return tables;
  }
  for (const toml::node& element : *array) {
    if (const toml::table* table = element.as_table()) {
      tables.emplace_back(*table, PathOf(key) + "[" + std::to_string(tables.size()) + "]",
                          *errors_);
    } else {
      FailType(key, expected, element);
    }
  }
  return tables;
}

void TomlTable::Refuse(std::string_view key, std::string_view words) {
  if (Find(key) != nullptr) Fail(key, words);
}

std::vector<std::string> TomlTable::Keys() const {
  std::vector<std::pair<int, std::string>> by_line;  // toml++ sorts by name, people by line
  for (const auto& [key, node] : *table_) {
    by_line.emplace_back(static_cast<int>(key.source().begin.line), std::string(key.str()));
  }
  std::stable_sort(by_line.begin(), by_line.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> keys;
  for (auto& [line, key] : by_line) keys.push_back(std::move(key));
  return keys;
}

void TomlTable::RefuseUnknownKeys() const {
  for (const std::string& key : Keys()) {
    if (known_.count(key) > 0) continue;
    std::string words = "unknown key";
    std::string list;
    const std::string* nearest = nullptr;
    size_t nearest_distance = 3;  // farther than two slips is another word
    for (const std::string& known : known_) {
      list += (list.empty() ? "" : ", ") + known;
      const size_t distance = EditDistance(key, known);
      if (distance < nearest_distance) {
        nearest = &known;
        nearest_distance = distance;
      }
    }
    words += nearest != nullptr ? "; did you mean " + *nearest + "?" : "; expected one of " + list;
    errors_->AddUnknownKey(LineOf(key), PathOf(key), words);
    return;
  }
}

}  // namespace yixin
