// Reads the tables of a task file: typed values with bounds, unknown keys with a suggestion, every
// error with file, line and key. The first error is kept; after it the getters return fallbacks.
// Tested by: task_spec_test.cc
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// toml++ 3.3 asserts things that a broken file can break ("[[" before a strange character), and
// under NDEBUG tells the compiler to assume them. The error branch behind each is enough for us.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expression) static_assert(true)
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include "yixin/result.h"

namespace yixin {

class TomlErrors {
 public:
  explicit TomlErrors(std::string_view file) : file_(file) {}
  // `weak`: an error that an unknown key explains better (a missing key, most often misspelt).
  void Add(int line, std::string_view key, std::string_view words, bool weak = false);
  void AddUnknownKey(int line, std::string_view key, std::string_view words);
  const std::optional<Error>& first() const { return first_; }
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  std::optional<Error> first_;
  bool first_is_weak_ = false;
};

// A table and its place, for example "labels[1]"; empty for the top.
class TomlTable {
 public:
  // Borrows both.
  TomlTable(const toml::table& table, std::string path, TomlErrors& errors)
      : table_(&table), path_(std::move(path)), errors_(&errors) {}

  bool Has(std::string_view key) const { return table_->contains(key); }
  int line() const { return static_cast<int>(table_->source().begin.line); }
  int LineOf(std::string_view key) const;
  void Fail(std::string_view key, std::string_view words) const;

  std::string String(std::string_view key, std::string_view fallback = "");
  std::string NeededString(std::string_view key);  // there, and not empty
  bool Bool(std::string_view key, bool fallback);
  int Int(std::string_view key, int fallback, int least, int most);
  double Number(std::string_view key, double fallback);  // finite
  std::vector<std::string> Strings(std::string_view key);
  // A table below; empty where the key is missing.
  std::optional<TomlTable> Table(std::string_view key);
  std::vector<TomlTable> Tables(std::string_view key);  // [[key]]
  // A key that belongs to another kind of table: an error with these words where it stands.
  void Refuse(std::string_view key, std::string_view words);
  // Every key, for tables whose keys are data.
  std::vector<std::string> Keys() const;
  // Reports the keys that nobody asked for.
  void RefuseUnknownKeys() const;

 private:
  const toml::node* Find(std::string_view key);
  std::string PathOf(std::string_view key) const;
  void FailType(std::string_view key, std::string_view expected, const toml::node& node) const;

  const toml::table* table_;
  std::string path_;
  TomlErrors* errors_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace yixin
