// yixin tokenize: a text's token ids, for people (a table) and for comparing tokenizers (--jsonl).
// Tested by: tests/e2e/tokenize_test.py
#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/line_reader.h"
#include "cli/model_options.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "yixin/error_table.h"
#include "yixin/utf8.h"

namespace yixin {
namespace {

struct TokenizeFlags {
  ModelOptions model;
  bool jsonl = false;
  bool json = false;
  bool plain = false;
};

// A token's bytes as a person can read them: quoted, with \n, \t and \xNN.
std::string Visible(const std::string& bytes) {
  std::string visible = "\"";
  const bool whole = !FindInvalidUtf8(bytes);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      visible += "\\n";
    } else if (c == '\t') {
      visible += "\\t";
    } else if (c == '\r') {
      visible += "\\r";
    } else if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !whole)) {
      visible += fmt::format("\\x{:02x}", byte);
    } else {
      visible += c;
    }
  }
  return visible + "\"";
}

class TokenPrinter {
 public:
  TokenPrinter(const ModelTokenizer& model_tokenizer, const TokenizeFlags& flags)
      : tokenizer_(model_tokenizer), flags_(flags) {}

  void Text(const std::string& text, std::optional<uint64_t> line) {
    const auto ids = tokenizer_.Tokenize(text, flags_.plain);
    if (!ids) return Fail(ids.error(), line);
    if (flags_.json) {
      Json pieces = Json::array();
      for (const int32_t id : *ids) pieces.push_back(tokenizer_.TokenText(id));
      StandardOutput().Line(DumpLine(Json{{"text", text}, {"ids", *ids}, {"pieces", pieces}}));
      return;
    }
    for (const int32_t id : *ids) {
      StandardOutput().Write(
          fmt::format("{:>7}  {}\n", id, Printable(Visible(tokenizer_.TokenText(id)))));
    }
    StandardOutput().Line(fmt::format("{} tokens", ids->size()));
  }

  void JsonLine(const InputLine& line) {
    auto json = ParseJsonLine(line.text);
    if (!json) return Fail(json.error(), line.number);
    const auto found = json->is_object() ? json->find("text") : json->end();
    if (!json->is_object() || found == json->end() || !found->is_string()) {
      return Fail({ErrorCode::kInvalidFile, "expected an object with a string \"text\"", "text"},
                  line.number);
    }
    const auto ids = tokenizer_.Tokenize(found->get_ref<const std::string&>(), flags_.plain);
    if (!ids) return Fail(ids.error(), line.number);
    StandardOutput().Write(fmt::format("{{\"ids\": [{}]}}\n", fmt::join(*ids, ", ")));
  }

  void Fail(const Error& error, std::optional<uint64_t> line) {
    if (exit_code_ == 0) exit_code_ = TraitsOf(error.code).exit_code;
    if (flags_.json || flags_.jsonl) {
      StandardOutput().Write(DumpLine(ToJson(error, line)) + "\n");
    } else if (line) {
      ReportLineError(error, *line);
    } else {
      ReportError(error);
    }
  }

  int exit_code() const { return exit_code_; }

 private:
  const ModelTokenizer& tokenizer_;
  const TokenizeFlags& flags_;
  int exit_code_ = 0;
};

// Written out whenever the input pauses, so that a program at the other end can wait for each line.
Status TokenizeLines(TokenPrinter& printer, bool jsonl) {
  LineReader reader(STDIN_FILENO);
  while (StandardOutput().ok()) {
    if (!reader.Ready()) StandardOutput().Flush();
    YIXIN_TRY(const auto line, reader.Next());
    if (!line) break;
    if (line->too_long) {
      printer.Fail({ErrorCode::kInvalidText, "the line is longer than 16 MiB", ""}, line->number);
    } else if (jsonl) {
      printer.JsonLine(*line);
    } else {
      printer.Text(line->text, line->number);
    }
  }
  return {};
}

}  // namespace

int RunTokenize(Words words) {
  TokenizeFlags flags;
  Arguments arguments("yixin tokenize [OPTIONS] TEXT... | -",
                      "The token ids of a text. `-` stands for the lines of standard input.",
                      "  yixin tokenize 你好，世界\n"
                      "  yixin tokenize --plain '<|im_end|>'\n"
                      "  yixin tokenize --jsonl - < texts.jsonl\n");
  AddModelOptions(arguments, &flags.model, false);
  arguments.AddFlag("--jsonl", "lines {\"text\": ...} in, lines {\"ids\": [...]} out",
                    &flags.jsonl);
  arguments.AddFlag("--json", "a JSON object a text: ids and pieces", &flags.json);
  arguments.AddFlag("--plain", "special tokens in the text are text", &flags.plain);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  const auto& operands = arguments.operands();
  const auto usage = [](std::string message) {
    return ReportError({ErrorCode::kInvalidArgument, std::move(message), "TEXT"});
  };
  if (operands.empty()) return usage("give a text, or - for the lines of standard input");
  if (flags.jsonl && (operands.size() != 1 || !operands[0].is_standard_input())) {
    return usage("--jsonl reads standard input: yixin tokenize --jsonl - < FILE");
  }
  if (flags.jsonl && flags.json) return usage("--json and --jsonl exclude each other");

  const auto model_tokenizer = OpenModelTokenizer(flags.model);
  if (!model_tokenizer) return ReportError(model_tokenizer.error());
  TokenPrinter printer(*model_tokenizer, flags);
  for (const Operand& operand : operands) {
    if (!operand.is_standard_input()) {
      printer.Text(operand.value, std::nullopt);
    } else if (auto status = TokenizeLines(printer, flags.jsonl); !status) {
      return ReportError(status.error());
    }
  }
  return printer.exit_code();
}

}  // namespace yixin
