// The program's door: finds the verb, and turns whatever happens into an exit code.
// Tested by: tests/e2e/arguments_test.py
#include <fmt/format.h>

#include <array>
#include <csignal>
#include <exception>
#include <new>
#include <span>
#include <string_view>

#include "cli/console.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "yixin/error_table.h"
#include "yixin/version.h"

namespace yixin {
namespace {

struct Verb {
  std::string_view name;
  std::string_view summary;
  int (*run)(Words words);
};

constexpr std::array<Verb, 16> kVerbs{{
    {"chat", "talk: it reads your mood and answers (情感判断 + 对话)", RunChat},
    {"classify", "labels and probabilities of texts (情感分类)", RunClassify},
    {"analyze", "labels of a whole file, which may be stopped and resumed", RunAnalyze},
    {"serve", "labels over HTTP, for many at once", RunServe},
    {"demo", "twenty reviews, labelled here and now, and how fast", RunDemo},
    {"eval", "how good the labels are, on rows that have the truth", RunEval},
    {"fit", "teach a task from labelled rows", RunFitVerb},
    {"task", "list, show, check and begin tasks", RunTask},
    {"pull", "fetch a model", RunPull},
    {"models", "models that are here or can be had", RunModels},
    {"pack", "prepare a model's weights ahead of its first start", RunPack},
    {"rm", "remove a model", RunRemove},
    {"tokenize", "the token ids of a text", RunTokenize},
    {"score", "how well a model predicts a text", RunScore},
    {"bench", "how fast this machine runs a model", RunBenchVerb},
    {"doctor", "check this machine and this installation", RunDoctor},
}};

std::string GeneralHelp() {
  std::string help =
      "Usage: yixin VERB [OPTIONS]\n\n"
      "One small language model, several jobs, on this computer alone.\n\nVerbs:\n";
  for (const Verb& verb : kVerbs) help += fmt::format("  {:<10} {}\n", verb.name, verb.summary);
  return help +
         "\n  yixin VERB --help   a verb's options and examples\n"
         "  yixin --version     the version\n";
}

int Run(Words words) {
  if (words.empty()) {
    fmt::print(stderr, "{}", GeneralHelp());
    return kUsageExitCode;
  }
  std::string_view name = words.front();
  if (name == "help" && words.size() > 1) {
    // yixin help chat: as yixin chat --help
    char help[] = "--help";
    char* const ask[] = {help};
    for (const Verb& verb : kVerbs) {
      if (verb.name == words[1]) return verb.run(Words(ask));
    }
    name = words[1];
  } else if (name == "--help" || name == "-h" || name == "help") {
    StandardOutput().Write(GeneralHelp());
    return 0;
  }
  if (name == "--version") {
    StandardOutput().Line(fmt::format("yixin {}", kVersion));
    return 0;
  }
  for (const Verb& verb : kVerbs) {
    if (verb.name == name) return verb.run(words.subspan(1));
  }
  PrintNote(fmt::format("no verb \"{}\"; yixin --help lists them", name));
  return kUsageExitCode;
}

// Exceptions end here: the library lets none but these out.
int RunGuarded(Words words) {
  try {
    return FinishOutput(Run(words));
  } catch (const std::bad_alloc&) {
    std::fputs("yixin: out of memory; a smaller --context or a smaller model needs less\n", stderr);
    return TraitsOf(ErrorCode::kOutOfMemory).exit_code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "yixin: internal error: %s\n", error.what());
    return TraitsOf(ErrorCode::kInternal).exit_code;
  }
}

}  // namespace
}  // namespace yixin

int main(int argc, char** argv) {
  // A closed pipe shows as EPIPE where it is written to; a socket must not end the program.
  std::signal(SIGPIPE, SIG_IGN);
  yixin::UseUtf8Locale();
  return yixin::RunGuarded(yixin::Words(argv, static_cast<size_t>(argc)).subspan(argc > 0 ? 1 : 0));
}
