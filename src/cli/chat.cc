// yixin chat: the conversation. Lines come from the line editor on a terminal, or one a turn from
// standard input; ChatSession makes turns of them.
// Tested by: tests/e2e/chat_test.py, tests/e2e/terminal_test.py
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <optional>
#include <utility>

#include "cli/chat_input.h"
#include "cli/chat_lines.h"
#include "cli/chat_session.h"
#include "cli/chat_view.h"
#include "cli/console.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/model_options.h"
#include "cli/session_log.h"
#include "cli/terminal.h"
#include "cli/verbs.h"

namespace yixin {
namespace {

constexpr double kDefaultTimeoutSeconds = 10;  // a person's patience with one reply

struct ChatFlags {
  ModelOptions model;
  std::string task;
  std::string sentiment_task;
  std::string session;
  bool article = false;
  bool no_sentiment = false;
  bool one_pass = false;
  bool greedy = false;
  bool json = false;
  bool no_history = false;
  std::optional<double> timeout_s;
  ReplyOptions reply;
};

void Describe(Arguments& arguments, ChatFlags* flags) {
  AddModelOptions(arguments, &flags->model);
  arguments.AddText("--task", "NAME|FILE", "the voice: chat.zh (default), chat.en, service.zh ...",
                    &flags->task);
  arguments.AddText("--sentiment-task", "NAME|FILE",
                    "how the mood is read (default: sentiment.zh, or .en for a voice named so)",
                    &flags->sentiment_task);
  arguments.AddFlag("--one-pass",
                    "read the mood in the conversation's own context, so that the text is\n"
                    "computed once for mood and reply (by mood.zh; docs/one_pass.md)",
                    &flags->one_pass);
  arguments.AddFlag("--no-sentiment", "do not read the mood", &flags->no_sentiment);
  arguments.AddFlag("--article", "the article's prompts and settings, to the letter",
                    &flags->article);
  arguments.AddReal("--timeout", "seconds that one reply may take (default 10; 0: no limit)", 0,
                    86400, &flags->timeout_s);
  arguments.AddInteger("--max-new-tokens", "longest reply (default 128)", 1, 1 << 20,
                       &flags->reply.max_new_tokens);
  arguments.AddReal("--temperature", "0 is greedy (default 0.7)", 0, 10, &flags->reply.temperature);
  arguments.AddReal("--top-p", "nucleus (default 0.9)", 0.001, 1, &flags->reply.top_p);
  arguments.AddInteger("--top-k", "the K likeliest only; 0: all", 0, 1 << 20, &flags->reply.top_k);
  arguments.AddReal("--min-p", "share of the likeliest's probability; 0: off", 0, 1,
                    &flags->reply.min_p);
  arguments.AddReal("--repeat-penalty", "over the reply's own tokens; 1: off", 0.1, 10,
                    &flags->reply.repeat_penalty);
  arguments.AddSeed("--seed", "the same seed, the same replies", &flags->reply.seed);
  arguments.AddFlag("--greedy", "always the likeliest token", &flags->greedy);
  arguments.AddFlag("--json", "events instead of a transcript, a JSON object a line", &flags->json);
  arguments.AddText("--session", "NAME",
                    "a conversation that is kept, and gone on with the next time; yixin serve\n"
                    "has the same ones",
                    &flags->session);
  arguments.AddFlag("--no-history", "keep no history of typed lines", &flags->no_history);
}

Result<ChatSettings> Resolve(const ChatFlags& flags, const Arguments& arguments) {
  const auto usage = [](std::string message, std::string subject) {
    return Error{ErrorCode::kInvalidArgument, std::move(message), std::move(subject)};
  };
  if (!arguments.operands().empty()) {
    return usage(fmt::format("chat takes no text (\"{}\"); type it at the prompt, or pipe it in",
                             arguments.operands().front().value),
                 "TEXT");
  }
  if (flags.article && !flags.task.empty()) {
    return usage("--article and --task name two voices; give one of them", "--article");
  }
  if (flags.article && !flags.sentiment_task.empty()) {
    return usage("--article and --sentiment-task read the mood in two ways; give one of them",
                 "--article");
  }
  if (flags.no_sentiment && !flags.sentiment_task.empty()) {
    return usage("--no-sentiment and --sentiment-task contradict each other", "--no-sentiment");
  }
  if (flags.one_pass && (flags.article || flags.no_sentiment)) {
    const char* const other = flags.article ? "--article" : "--no-sentiment";
    return usage(fmt::format("--one-pass and {} contradict each other: {}", other,
                             flags.article ? "the article asks for the mood in a prompt of its own"
                                           : "without a mood there is nothing to save"),
                 "--one-pass");
  }
  if (flags.greedy && flags.reply.temperature.value_or(0) != 0) {
    return usage("--greedy and --temperature contradict each other", "--greedy");
  }
  ChatSettings settings;
  settings.chat_task = flags.article ? "chat.article.zh" : "chat.zh";
  if (!flags.task.empty()) settings.chat_task = flags.task;
  settings.one_pass = flags.one_pass;
  const bool english = settings.chat_task.ends_with(".en");
  if (flags.one_pass && english && flags.sentiment_task.empty()) {
    return usage(
        "--one-pass: what ships reads Chinese conversations (mood.zh); for this voice give "
        "--sentiment-task FILE with a task of your own that has in_chat (docs/one_pass.md)",
        "--one-pass");
  }
  settings.sentiment_task = flags.one_pass ? "mood.zh" : english ? "sentiment.en" : "sentiment.zh";
  if (flags.article) settings.sentiment_task = "sentiment.article.zh";
  if (!flags.sentiment_task.empty()) settings.sentiment_task = flags.sentiment_task;
  if (flags.no_sentiment) settings.sentiment_task.clear();
  settings.reply = flags.reply;
  if (flags.greedy) settings.reply.temperature = 0;
  settings.reply.timeout_ms =
      static_cast<int>(std::lround(flags.timeout_s.value_or(kDefaultTimeoutSeconds) * 1000));
  return settings;
}

// Gives the exit code.
int Converse(ChatSession& session, const LineSource& source, bool live) {
  BlockText block;
  for (bool go_on = true; go_on;) {
    const ChatLine line = source(block.is_open());
    if (line.typed == Typed::kInterrupted) {
      return live && !TerminateRequested() ? 0 : InterruptExitCode();
    }
    if (line.failure) session.Fail(*line.failure, line.number);
    if (line.typed == Typed::kEnd) {
      if (block.is_open()) session.Handle({ChatVerb::kText, block.Finish()}, line.number);
      break;
    }
    if (line.failure) continue;
    std::optional<ChatInput> input;
    if (!block.Takes(line.text)) {
      input = ParseChatInput(line.text);
    } else if (!block.is_open()) {
      input = ChatInput{ChatVerb::kText, block.Finish()};
    }
    if (input) {
      std::optional<EchoOff> quiet;
      if (live) quiet.emplace();
      go_on = session.Handle(*input, line.number);
    }
    if (TerminateRequested()) return InterruptExitCode();
    Interrupts().Clear();  // Ctrl-C has stopped the reply, and that is all
  }
  // At a terminal the person has seen what failed, and `make chat` has not.
  return live ? 0 : session.exit_code();
}

}  // namespace

int RunChat(Words words) {
  ChatFlags flags;
  Arguments arguments(
      "yixin chat [OPTIONS]",
      "A conversation: each text's mood is read (情感判断), then the model answers (AI 回复).\n"
      "At a terminal: 退出, quit, exit or Ctrl-D leave, Ctrl-C stops a reply, /help lists the "
      "commands.\n"
      "Standard input that is no terminal: one text a line. Events of --json: ready, user, "
      "sentiment,\n"
      "text, reply, notice, mood, stats, error.",
      "  yixin chat\n"
      "  yixin chat --article\n"
      "  yixin chat --task service.zh --max-new-tokens 200\n"
      "  yixin chat --one-pass\n"
      "  printf '今天真开心\\n退出\\n' | yixin chat --json\n");
  Describe(arguments, &flags);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  auto settings = Resolve(flags, arguments);
  if (!settings) return ReportError(settings.error());

  std::optional<SessionLog> log;
  if (!flags.session.empty()) {
    auto opened = SessionLog::Open(ConversationsPath(), flags.session);
    if (!opened) return ReportError(opened.error());
    log.emplace(*std::move(opened));
    // A conversation keeps its voice, unless another one is asked for.
    if (flags.task.empty() && !flags.article && !log->task().empty()) {
      flags.task = log->task();
      settings = Resolve(flags, arguments);
      if (!settings) return ReportError(settings.error());
    }
    log->SetTask(settings->chat_task);
  }
  auto assistant = OpenAssistant(flags.model);
  if (!assistant) return ReportError(assistant.error());
  auto conversation = assistant->StartConversation(
      {.task = settings->chat_task,
       .reader = settings->one_pass ? settings->sentiment_task : std::string()});
  if (!conversation) return ReportError(conversation.error());
  if (!settings->sentiment_task.empty() && !settings->one_pass) {
    if (auto warm = assistant->WarmUp(settings->sentiment_task); !warm) {
      return ReportError(warm.error());
    }
  }
  if (!settings->sentiment_task.empty()) PrintTaskNote(*assistant, settings->sentiment_task);

  const bool live = !flags.json && IsTerminal(STDIN_FILENO) && IsTerminal(STDOUT_FILENO);
  const bool colours = live && WantsColour(STDOUT_FILENO);
  const auto view = flags.json ? MakeEventStream(StandardOutput())
                               : MakeTranscript(StandardOutput(), {live, colours});
  const InterruptScope interrupts;
  const LineSource source =
      live ? LinesFromTerminal(!flags.no_history, colours) : LinesFromStandardInput();
  view->Ready(assistant->facts());
  if (log && log->turns() > 0) {
    if (auto status = conversation->FromJson(log->ToJson()); !status) {
      return ReportError(status.error());
    }
    view->Notice(fmt::format("接着谈：已有 {} 轮", log->turns()));
  }
  ChatSession session(*assistant, *std::move(conversation), *settings, *view);
  if (log) session.Keep(*std::move(log));
  return Converse(session, source, live);
}

}  // namespace yixin
