// A verb's command line. CLI11 holds the table of options, converts nothing and splits nothing: it
// would take the brackets off `[流泪]`, make two texts of `[好,差]`, refuse `-_-` and accept NaN.
// So the words are told apart here, and a text arrives byte for byte as it was typed. Tested by:
// arguments_test.cc
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"

namespace yixin {

// A word that is no option: a text or a file's name.
struct Operand {
  std::string value;
  bool literal = false;  // stood after `--`

  // A lone `-`: the lines of standard input.
  bool is_standard_input() const { return !literal && value == "-"; }
};

using Words = std::span<char* const>;

class Arguments {
 public:
  // usage: what stands after "Usage: "; examples: the help's last lines.
  Arguments(std::string_view usage, std::string_view summary, std::string_view examples);
  ~Arguments();

  // A name is "--name" or "-n,--name". The pointers must outlive Parse; what is not given stays as
  // it is.
  void AddFlag(const char* name, const char* help, bool* value);
  void AddText(const char* name, const char* metavar, const char* help, std::string* value);
  // May be given several times; the values are appended.
  void AddTexts(const char* name, const char* metavar, const char* help,
                std::vector<std::string>* values);
  void AddChoice(const char* name, std::vector<std::string> choices, const char* help,
                 std::string* value);
  void AddInteger(const char* name, const char* help, int64_t lowest, int64_t highest,
                  std::optional<int>* value);
  void AddSeed(const char* name, const char* help, std::optional<uint64_t>* value);
  // Finite and in [lowest, highest].
  void AddReal(const char* name, const char* help, double lowest, double highest,
               std::optional<double>* value);

  // Errors: kInvalidArgument.
  Status Parse(Words words);
  // What a verb opens with: nothing when all is well; otherwise help or the error was printed and
  // this is the exit code.
  std::optional<int> ParseOrReport(Words words);

  bool help_requested() const { return help_requested_; }
  const std::vector<Operand>& operands() const { return operands_; }
  std::string Help() const;

 private:
  struct Table;
  Status Assign(std::string_view name, std::string_view value);

  std::unique_ptr<Table> table_;
  std::vector<Operand> operands_;
  bool help_requested_ = false;
};

// Whether a word that is no known option was meant as one: `--tempature`, `-x`, `--top_p=1`; not
// `-_-`,
// `-5`, `---` or `-1 分`.
bool LooksLikeOption(std::string_view word);

}  // namespace yixin
