// yixin serve: the HTTP door over one model, until Ctrl-C or SIGTERM.
// Tested by: tests/e2e/serve_test.py
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <utility>

#include "cli/console.h"
#include "cli/files.h"
#include "cli/model_options.h"
#include "cli/verbs.h"
#include "server/access.h"
#include "server/app.h"
#include "server/backend.h"
#include "server/conversation_desk.h"
#include "server/http_server.h"
#include "server/page_files.h"
#include "server/webhook.h"
#include "yixin/version.h"

namespace yixin {
namespace {

constexpr size_t kMostKeyBytes = size_t{1} << 20;

struct ServeFlags {
  ModelOptions model;
  HttpServerOptions http;
  std::optional<int> port;
  std::optional<double> stop_timeout_s;
  std::string unix_mode;
  std::string key_file;
  std::vector<std::string> hosts;
  std::vector<std::string> origins;
  std::string task = "sentiment.zh";
  std::string chat_task = "chat.zh";
  std::string conversations;
  std::string webhook;
  std::string webhook_secret_file;
  bool no_conversations = false;
  bool no_page = false;
  bool insecure = false;
  bool quiet = false;
};

void Describe(Arguments& arguments, ServeFlags* flags) {
  AddModelOptions(arguments, &flags->model);
  arguments.AddText("--host", "ADDRESS", "where to listen (default 127.0.0.1)",
                    &flags->http.address);
  arguments.AddInteger("--port", "its port (default 8420; 0: any that is free)", 0, 65535,
                       &flags->port);
  arguments.AddText("--unix-socket", "PATH", "listen there too", &flags->http.unix_path);
  arguments.AddText("--unix-socket-mode", "MODE",
                    "who may use it, in octal (default 600; 660: the group too, a proxy's say)",
                    &flags->unix_mode);
  arguments.AddText("--api-key-file", "FILE", "keys, one a line, of which a request must name one",
                    &flags->key_file);
  arguments.AddFlag("--insecure", "no key, though others than this computer can ask",
                    &flags->insecure);
  arguments.AddTexts("--allow-host", "NAME",
                     "a name that this server is called by, beside localhost and addresses",
                     &flags->hosts);
  arguments.AddTexts("--allow-origin", "ORIGIN",
                     "a site whose pages may ask from a browser: https://example.org",
                     &flags->origins);
  arguments.AddText("--task", "NAME",
                    "how texts are labelled where a request does not say (default sentiment.zh)",
                    &flags->task);
  arguments.AddText("--chat-task", "NAME",
                    "the voice of /v1/assist where a request does not say (default chat.zh)",
                    &flags->chat_task);
  arguments.AddText("--conversations", "FILE",
                    "where named conversations are kept (default: beside the chat's history)",
                    &flags->conversations);
  arguments.AddFlag("--no-conversations", "keep none", &flags->no_conversations);
  arguments.AddReal("--stop-timeout",
                    "seconds that replies in work have after Ctrl-C or SIGTERM (default 10)", 0,
                    3600, &flags->stop_timeout_s);
  arguments.AddText("--webhook", "URL",
                    "is told when a task's rule asks for a human (docs/http_api.md)",
                    &flags->webhook);
  arguments.AddText("--webhook-secret-file", "FILE", "by whose first line the messages are signed",
                    &flags->webhook_secret_file);
  arguments.AddFlag("--no-page", "the API alone, nothing for browsers at /", &flags->no_page);
  arguments.AddFlag("--quiet", "no access log on standard output", &flags->quiet);
}

Result<std::vector<std::string>> ReadKeys(const ServeFlags& flags) {
  if (flags.key_file.empty()) {
    if (!flags.insecure && !IsLoopback(flags.http.address)) {
      return Error{ErrorCode::kInvalidArgument,
                   flags.http.address +
                       " can be reached from other computers: give --api-key-file FILE, or "
                       "--insecure if all of them may ask",
                   "--host"};
    }
    return std::vector<std::string>();
  }
  YIXIN_TRY(const std::string text, ReadWholeFile(flags.key_file, kMostKeyBytes));
  auto keys = ParseKeys(text);
  if (!keys) {
    return Error{keys.error().code, flags.key_file + ": " + keys.error().message, flags.key_file};
  }
  return keys;
}

Result<int> ParseMode(const std::string& text) {
  int mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc() || end != text.data() + text.size() || mode < 0 || mode > 0777) {
    return Error{ErrorCode::kInvalidArgument, "--unix-socket-mode: expected octal digits: 660",
                 "--unix-socket-mode"};
  }
  return mode;
}

Result<ServedModels> MakeServed(const Assistant& assistant, const ServeFlags& flags) {
  ServedModels served;
  served.model = assistant.facts().name;
  served.default_task = flags.task;
  served.default_chat = flags.chat_task;
  served.created_s = std::time(nullptr);
  YIXIN_TRY(served.tasks, assistant.Tasks());
  YIXIN_TRY(const std::string fingerprint, assistant.ModelFingerprint());
  served.fingerprint =
      fmt::format("yixin-{}-{}-{}", kVersion, assistant.facts().kernels, fingerprint.substr(0, 12));
  if (!OffersTask(served, TaskKind::kLabels, flags.task)) {
    return Error{ErrorCode::kNotFound, flags.task + ": not a shipped task that labels", "--task"};
  }
  if (!OffersTask(served, TaskKind::kChat, flags.chat_task)) {
    return Error{ErrorCode::kNotFound, flags.chat_task + ": not a shipped chat task",
                 "--chat-task"};
  }
  for (const TaskSummary& task : served.tasks) {
    if (task.mode != "chat") continue;
    YIXIN_TRY(const TaskFacts facts, assistant.DescribeTask(task.name));
    if (facts.escalation) served.escalation[task.name] = *facts.escalation;
  }
  return served;
}

std::filesystem::path ConversationFile(const ServeFlags& flags) {
  if (flags.no_conversations) return {};
  return flags.conversations.empty() ? ConversationsPath() : flags.conversations;
}

// null: nobody is told.
Result<std::unique_ptr<Webhook>> MakeWebhook(const ServeFlags& flags) {
  if (flags.webhook.empty() != flags.webhook_secret_file.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "--webhook and --webhook-secret-file need each other: a receiver has to know who "
                 "tells it",
                 "--webhook"};
  }
  if (flags.webhook.empty()) return std::unique_ptr<Webhook>();
  YIXIN_CHECK_OK(CheckWebhookUrl(flags.webhook));
  YIXIN_TRY(const std::string text, ReadWholeFile(flags.webhook_secret_file, kMostKeyBytes));
  auto secrets = ParseKeys(text);
  if (!secrets) {
    return Error{secrets.error().code, flags.webhook_secret_file + ": " + secrets.error().message,
                 flags.webhook_secret_file};
  }
  WebhookOptions options;
  options.url = flags.webhook;
  options.secret = secrets->front();
  return std::make_unique<Webhook>(options, [](const std::string& words) { PrintNote(words); });
}

// Takes lines while somebody reads them: the door's only thread must not wait for a log. What was
// left out is counted in the next line. A pipe that is ready has room for PIPE_BUF bytes, and a
// line is shorter.
class AccessLog {
 public:
  void Write(std::string_view line) {
    pollfd output{STDOUT_FILENO, POLLOUT, 0};
    if (::poll(&output, 1, 0) == 0) {
      ++dropped_;
      return;
    }
    if (dropped_ > 0) {
      StandardOutput().Line(fmt::format("{{\"dropped\":{}}}", std::exchange(dropped_, 0)));
    }
    StandardOutput().Line(line);
  }

 private:
  uint64_t dropped_ = 0;
};

// A connection is a file descriptor, and the usual soft limit is 1,024.
void RaiseFileLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Status Serve(const ServeFlags& flags) {
  AppOptions options;
  options.limits = flags.http.limits;
  YIXIN_TRY(options.access.keys, ReadKeys(flags));
  options.access.hosts = flags.hosts;
  options.access.origins = flags.origins;
  YIXIN_TRY(const std::unique_ptr<Webhook> webhook, MakeWebhook(flags));
  if (webhook) options.escalated = [&](std::string json) { webhook->Send(std::move(json)); };
  AccessLog log;
  if (!flags.quiet) options.log = [&log](std::string_view line) { log.Write(line); };
  RaiseFileLimit();
  YIXIN_TRY(Assistant assistant, OpenAssistant(flags.model));
  YIXIN_TRY(options.served, MakeServed(assistant, flags));
  options.facts = assistant.facts();
  if (!flags.no_page) options.page = PageFiles();
  for (const std::string& task : {flags.task, flags.chat_task}) {
    YIXIN_CHECK_OK(assistant.WarmUp(task));
  }
  const std::string model = options.served.model;
  YIXIN_TRY(Service service, Service::Start(assistant, {}));
  ServiceBackend backend(assistant, std::move(service));
  ConversationDesk desk(ConversationFile(flags),
                        [](const std::string& words) { PrintNote(words); });
  App app(backend, desk, std::move(options));
  YIXIN_TRY(const auto server, HttpServer::Listen(flags.http, app));
  const bool is_v6 = flags.http.address.find(':') != std::string::npos;
  const std::string shown = is_v6 ? "[" + flags.http.address + "]" : flags.http.address;
  PrintNote(fmt::format("{} at http://{}:{}{}; Ctrl-C ends it", model, shown, server->port(),
                        flags.http.unix_path.empty() ? "" : " and " + flags.http.unix_path));
  server->Run();
  backend.EndAll();  // it hands what is left to the desk
  PrintNote("stopped");
  return {};
}

}  // namespace

int RunServe(Words words) {
  ServeFlags flags;
  Arguments arguments(
      "yixin serve [OPTIONS]",
      "Answers over HTTP. Replies: POST /v1/chat/completions, /v1/responses and /v1/completions "
      "as\n"
      "OpenAI's APIs have it, /v1/messages as Anthropic's. Labels: /v1/classify as vLLM's, "
      "/predict as\n"
      "text-embeddings-inference's. Both at once: /v1/assist. GET /v1/conversations, /v1/models,\n"
      "/metrics, /health; and a page at /.\n"
      "docs/http_api.md has the fields, the limits and the access log.",
      "  yixin serve\n"
      "  curl localhost:8420/v1/chat/completions --json \\\n"
      "    '{\"model\": \"chat.zh\", \"messages\": [{\"role\": \"user\", \"content\": "
      "\"今天真开心\"}]}'\n"
      "  curl localhost:8420/v1/classify --json '{\"input\": [\"今天真开心\", \"又下雨了\"]}'\n"
      "  yixin serve --host 0.0.0.0 --api-key-file keys.txt\n");
  Describe(arguments, &flags);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (!arguments.operands().empty()) {
    return ReportError({ErrorCode::kInvalidArgument, "serve takes no texts", "TEXT"});
  }
  flags.http.port = flags.port.value_or(flags.http.port);
  if (flags.stop_timeout_s) {
    flags.http.limits.stop_ms = static_cast<int>(std::lround(*flags.stop_timeout_s * 1000));
  }
  if (!flags.unix_mode.empty()) {
    const auto mode = ParseMode(flags.unix_mode);
    if (!mode) return ReportError(mode.error());
    flags.http.unix_mode = *mode;
  }
  const Status status = Serve(flags);
  return status ? 0 : ReportError(status.error());
}

}  // namespace yixin
