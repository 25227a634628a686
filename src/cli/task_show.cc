// yixin task show: what a task's file says, and, where a model is here, the prompt that it makes of
// a text, token by token as the model reads it.
// Tested by: tests/e2e/task_test.py
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_options.h"
#include "cli/task_verbs.h"
#include "cli/terminal.h"
#include "yixin/task_file.h"

namespace yixin {
namespace {

constexpr const char* kText = "今天的实验终于成功了";
constexpr size_t kKeyColumns = 13;

struct ShowFlags {
  ModelOptions model;
  std::string text = kText;
  bool json = false;
};

std::string Describe(const TaskFileLabel& label) {
  if (label.strings.size() == 1 && label.strings.front() == label.name) return label.name;
  return fmt::format("{} (said as {})", label.name, fmt::join(label.strings, ", "));
}

std::string DescribeNeutral(const TaskFile& file) {
  if (!file.neutral_below) return file.neutral;
  return fmt::format("{}, where the first two labels are less than {:g} apart", file.neutral,
                     *file.neutral_below);
}

std::string DescribeHead(const TaskFileHead& head) {
  return fmt::format("{}, fitted on {}; other models {}", head.file, head.model_name,
                     head.untaught_elsewhere ? "are asked by the words" : "are refused");
}

void Row(std::string_view key, std::string_view value) {
  if (value.empty()) return;
  StandardOutput().Line(FitColumns(key, kKeyColumns) + Printable(value));
}

void PrintFile(const TaskFile& file) {
  Row("task", file.summary.name);
  if (file.summary.title != file.summary.name) Row("title", file.summary.title);
  Row("mode", file.summary.mode);
  Row("file", file.path);
  std::vector<std::string> labels;
  for (const TaskFileLabel& label : file.labels) labels.push_back(Describe(label));
  Row("labels", fmt::format("{}", fmt::join(labels, ", ")));
  Row("neutral", DescribeNeutral(file));
  Row("in chat", file.in_chat);
  if (!file.examples.empty()) Row("examples", fmt::format("{}", file.examples.size()));
  if (file.wordings > 1) Row("wordings", fmt::format("{}", file.wordings));
  if (file.calibration != "none") Row("calibration", file.calibration);
  if (file.head) Row("head", DescribeHead(*file.head));
}

// The ids' text. Each token's bytes stand one behind the other, so that it is what the model reads.
std::string TextOf(const Assistant& assistant, const std::vector<int32_t>& ids) {
  std::string text;
  for (const int32_t id : ids) text += assistant.TokenText(id);
  return text;
}

void PrintPrompt(const Assistant& assistant, const TaskPrompt& prompt) {
  const bool colours = WantsColour(STDOUT_FILENO);
  Row("model", assistant.facts().name);
  Row("decides by", prompt.score_kind);
  Row("tokens", fmt::format("{} before the text (computed once), {} of the text, {} behind it",
                            prompt.prefix.size(), prompt.text.size(), prompt.suffix.size()));
  if (!prompt.note.empty()) Row("note", prompt.note);
  StandardOutput().Line("");
  const auto part = [&](const std::vector<int32_t>& ids, Colour colour) {
    StandardOutput().Write(Painted(Printable(TextOf(assistant, ids)), colour, colours));
  };
  part(prompt.prefix, Colour::kDim);
  part(prompt.text, Colour::kBold);
  part(prompt.suffix, Colour::kDim);
  StandardOutput().Line("");
  for (const TaskPrompt::LabelString& label : prompt.labels) {
    StandardOutput().Line(fmt::format(
        "{}{}", FitColumns(Printable(label.string), kKeyColumns),
        Painted(fmt::format("{} token{}: {}", label.ids.size(), label.ids.size() == 1 ? "" : "s",
                            fmt::join(label.ids, " ")),
                Colour::kDim, colours)));
  }
}

Json ToJson(const TaskFile& file) {
  Json json{{"name", file.summary.name},
            {"title", file.summary.title},
            {"mode", file.summary.mode},
            {"path", file.path},
            {"system", file.system},
            {"answer_prefix", file.answer_prefix},
            {"in_chat", file.in_chat.empty() ? Json() : Json(file.in_chat)},
            {"wordings", file.wordings},
            {"examples", Json::array()},
            {"labels", Json::array()},
            {"neutral", file.neutral.empty() ? Json() : Json(file.neutral)},
            {"margin_below", file.neutral_below ? Json(*file.neutral_below) : Json()},
            {"calibration", file.calibration},
            {"head", nullptr}};
  for (const TaskFileExample& example : file.examples) {
    json["examples"].push_back({{"text", example.text}, {"answer", example.answer}});
  }
  for (const TaskFileLabel& label : file.labels) {
    json["labels"].push_back({{"name", label.name}, {"strings", label.strings}});
  }
  if (file.head) {
    json["head"] = {{"file", file.head->file},
                    {"model", file.head->model},
                    {"model_name", file.head->model_name},
                    {"other_models", file.head->untaught_elsewhere ? "untaught" : "error"}};
  }
  return json;
}

Json ToJson(const Assistant& assistant, const TaskPrompt& prompt) {
  Json json{{"model", assistant.facts().name},
            {"score_kind", prompt.score_kind},
            {"text", TextOf(assistant, prompt.prefix) + TextOf(assistant, prompt.text) +
                         TextOf(assistant, prompt.suffix)},
            {"prefix_ids", prompt.prefix},
            {"text_ids", prompt.text},
            {"suffix_ids", prompt.suffix},
            {"labels", Json::array()},
            {"note", prompt.note}};
  for (const TaskPrompt::LabelString& label : prompt.labels) {
    json["labels"].push_back(
        {{"label", label.label}, {"string", label.string}, {"ids", label.ids}});
  }
  return json;
}

}  // namespace

int RunTaskShow(Words words) {
  ShowFlags flags;
  Arguments arguments("yixin task show [OPTIONS] NAME|FILE",
                      "What a task says; and where a model is here, the prompt that it makes of a "
                      "text, as the\nmodel reads it.",
                      "  yixin task show sentiment.zh --text '今天下雨了'\n"
                      "  yixin task show ./urgency.toml --json\n");
  AddLocalModelOptions(arguments, &flags.model);
  arguments.AddText("--text", "TEXT", "the text in the prompt", &flags.text);
  arguments.AddFlag("--json", "a JSON object", &flags.json);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (arguments.operands().size() != 1) {
    return ReportError({ErrorCode::kInvalidArgument,
                        "give one task: a name of yixin task list, or a file", "NAME"});
  }
  const std::string& name = arguments.operands().front().value;
  const auto file = ReadTaskFile(name, "");
  if (!file) return ReportError(file.error());
  if (!flags.json) PrintFile(*file);
  // The file is shown whatever becomes of the model.
  StandardOutput().Flush();
  const auto assistant = OpenAssistantThatIsHere(flags.model);
  if (!assistant) return ReportError(assistant.error());
  if (!*assistant) {
    PrintNote("no model is here, so the prompt is not shown; yixin pull gets one");
    if (flags.json) StandardOutput().Line(DumpLine(ToJson(*file)));
    return 0;
  }
  const auto prompt = (*assistant)->RenderTask(name, flags.text);
  if (!prompt) return ReportError(prompt.error());
  if (flags.json) {
    Json json = ToJson(*file);
    json["prompt"] = ToJson(**assistant, *prompt);
    StandardOutput().Line(DumpLine(json));
  } else {
    PrintPrompt(**assistant, *prompt);
  }
  return 0;
}

}  // namespace yixin
