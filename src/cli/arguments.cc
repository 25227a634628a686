#include "cli/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <numeric>

#include "cli/console.h"

namespace yixin {
namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Levenshtein distance, for "did you mean".
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

template <typename Number>
std::optional<Number> ParseWhole(const std::string& text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::string Quoted(std::string_view text) { return fmt::format("\"{}\"", text); }

// An option's value as it was typed. CLI11's own conversions are not asked.
CLI::callback_t Taking(std::function<void(const std::string&)> take) {
  return [take = std::move(take)](const CLI::results_t& results) {
    take(results.back());
    return true;
  };
}

}  // namespace

bool LooksLikeOption(std::string_view word) {
  if (word.size() < 2 || word[0] != '-') return false;
  const bool is_long = word.substr(0, 2) == "--";
  const std::string_view name = word.substr(is_long ? 2 : 1, word.find('=') - (is_long ? 2 : 1));
  if (name.empty() || !IsLetter(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [is_long](char c) {
    return IsLetter(c) || (is_long && ((c >= '0' && c <= '9') || c == '-' || c == '_'));
  });
}

struct Arguments::Table {
  CLI::App app;
  std::string usage;
  std::string examples;
};

Arguments::Arguments(std::string_view usage, std::string_view summary, std::string_view examples)
    : table_(std::make_unique<Table>()) {
  table_->app.description(std::string(summary));
  table_->app.set_help_flag("-h,--help", "print this help and leave");
  table_->usage = usage;
  table_->examples = examples;
}

Arguments::~Arguments() = default;

void Arguments::AddFlag(const char* name, const char* help, bool* value) {
  table_->app.add_option(name, Taking([value](const std::string&) { *value = true; }), help)
      ->expected(0)
      ->type_size(0);
}

void Arguments::AddText(const char* name, const char* metavar, const char* help,
                        std::string* value) {
  table_->app.add_option(name, Taking([value](const std::string& text) { *value = text; }), help)
      ->type_name(metavar);
}

void Arguments::AddTexts(const char* name, const char* metavar, const char* help,
                         std::vector<std::string>* values) {
  auto take = [values](const std::string& text) { values->push_back(text); };
  table_->app.add_option(name, Taking(std::move(take)), help)->type_name(metavar);
}

void Arguments::AddChoice(const char* name, std::vector<std::string> choices, const char* help,
                          std::string* value) {
  const std::string listed = fmt::format("{}", fmt::join(choices, "|"));
  auto take = [value, choices = std::move(choices), listed](const std::string& text) {
    if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
      throw CLI::ValidationError("must be one of " + listed + ", not " + Quoted(text));
    }
    *value = text;
  };
  table_->app.add_option(name, Taking(std::move(take)), help)->type_name(listed);
}

void Arguments::AddInteger(const char* name, const char* help, int64_t lowest, int64_t highest,
                           std::optional<int>* value) {
  auto take = [=](const std::string& text) {
    const auto number = ParseWhole<int64_t>(text);
    if (!number || *number < lowest || *number > highest) {
      throw CLI::ValidationError(fmt::format("must be a whole number from {} to {}, not {}", lowest,
                                             highest, Quoted(text)));
    }
    *value = static_cast<int>(*number);
  };
  table_->app.add_option(name, Taking(take), help)->type_name("N");
}

void Arguments::AddSeed(const char* name, const char* help, std::optional<uint64_t>* value) {
  auto take = [value](const std::string& text) {
    const auto number = ParseWhole<uint64_t>(text);
    if (!number) {
      throw CLI::ValidationError(
          fmt::format("must be a whole number from 0 to 2^64 - 1, not {}", Quoted(text)));
    }
    *value = *number;
  };
  table_->app.add_option(name, Taking(take), help)->type_name("N");
}

void Arguments::AddReal(const char* name, const char* help, double lowest, double highest,
                        std::optional<double>* value) {
  auto take = [=](const std::string& text) {
    const auto number = ParseWhole<double>(text);
    if (!number || !std::isfinite(*number) || *number < lowest || *number > highest) {
      throw CLI::ValidationError(
          fmt::format("must be a number from {} to {}, not {}", lowest, highest, Quoted(text)));
    }
    *value = *number;
  };
  table_->app.add_option(name, Taking(take), help)->type_name("X");
}

Status Arguments::Assign(std::string_view name, std::string_view value) {
  CLI::Option* option = table_->app.get_option_no_throw(std::string(name));
  const auto failure = [&](std::string_view what) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("{}: {}", name, what), std::string(name)};
  };
  try {
    option->clear();  // of an option that is given twice the last counts, as in other programs
    option->add_result(std::string(value));
    option->run_callback();
  } catch (const CLI::Error& error) {
    return failure(error.what());
  }
  return {};
}

Status Arguments::Parse(Words words) {
  CLI::App& app = table_->app;
  const auto failure = [](std::string message, std::string_view subject) {
    return Error{ErrorCode::kInvalidArgument, std::move(message), std::string(subject)};
  };
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--") {
      for (++i; i < words.size(); ++i) operands_.push_back({words[i], true});
      break;
    }
    const size_t equals = word.starts_with("--") ? word.find('=') : std::string_view::npos;
    const std::string_view name = word.substr(0, equals);
    const bool dashed = word.size() > 1 && word[0] == '-';
    const CLI::Option* option = dashed ? app.get_option_no_throw(std::string(name)) : nullptr;
    if (option == nullptr) {
      if (!LooksLikeOption(word)) {
        operands_.push_back({std::string(word), false});
        continue;
      }
      std::string message = fmt::format("unknown option {}", name);
      for (const CLI::Option* known : app.get_options()) {
        if (EditDistance(known->get_name(), name) <= 2) {
          message += fmt::format("; did you mean {}?", known->get_name());
          break;
        }
      }
      return failure(message + " (a text that begins with a dash stands after `--`)", name);
    }
    if (option == app.get_help_ptr()) {
      help_requested_ = true;
      return {};
    }
    if (option->get_items_expected_max() == 0) {
      if (equals != std::string_view::npos) {
        return failure(fmt::format("{}: takes no value", name), name);
      }
      YIXIN_CHECK_OK(Assign(name, "true"));
    } else if (equals != std::string_view::npos) {
      YIXIN_CHECK_OK(Assign(name, word.substr(equals + 1)));
    } else if (i + 1 < words.size()) {
      YIXIN_CHECK_OK(Assign(name, words[++i]));
    } else {
      return failure(fmt::format("{}: needs a value", name), name);
    }
  }
  return {};
}

std::optional<int> Arguments::ParseOrReport(Words words) {
  if (auto status = Parse(words); !status) {
    const int code = ReportError(status.error());
    fmt::print(stderr, "Usage: {}\n", table_->usage);
    return code;
  }
  if (help_requested_) {
    StandardOutput().Write(Help());
    return 0;
  }
  return std::nullopt;
}

std::string Arguments::Help() const {
  std::string help = fmt::format("Usage: {}\n\n{}\n", table_->usage, table_->app.get_description());
  CLI::Formatter formatter;
  formatter.column_width(28);
  help += formatter.make_groups(&table_->app, CLI::AppFormatMode::Normal);
  if (!table_->examples.empty()) help += "\nExamples:\n" + table_->examples;
  return help;
}

}  // namespace yixin
