// Tested by: service_test.cc
#include "yixin/service.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "api/assistant_state.h"
#include "api/chat_stream.h"
#include "api/door.h"
#include "api/label_queue.h"
#include "engine/scheduler.h"

namespace yixin {
namespace {

using Clock = std::chrono::steady_clock;

// Of the pool's pages, for texts that are labelled and for the prefixes of tasks.
constexpr size_t kSpareShare = 4;

Error Stopped() { return {ErrorCode::kCancelled, "the service has stopped", ""}; }

struct WaitingChat {
  uint64_t number = 0;
  ChatPlan plan;
  std::unique_ptr<ChatStream> stream;
};

}  // namespace

// Who submits holds `inbox_mutex` for a moment and never waits for a pass; the thread holds the
// assistant's mutex while it computes.
struct Service::State {
  State(std::shared_ptr<Assistant::State> owner, const ServiceOptions& wanted)
      : assistant(std::move(owner)),
        options(wanted),
        scheduler(assistant->engine,
                  {.max_streams = wanted.max_streams,
                   .spare_pages = assistant->engine.kv_pool().max_pages() / kSpareShare}) {
    std::vector<int32_t> special;
    for (int32_t id = 0; id < assistant->tokenizer.vocabulary_size(); ++id) {
      if (assistant->tokenizer.IsSpecial(id)) special.push_back(id);
    }
    exempt = std::make_shared<const std::vector<int32_t>>(std::move(special));
  }

  void Run();
  bool WaitForWork();
  bool TakeInbox();
  void BetweenChunks();
  void StartStream(WaitingChat chat);
  void RunPass();
  void RunLabels();
  void Turn();
  void Note();
  void EndWork(const Error& error);
  Result<const TaskSpec*> FindTask(const std::string& name);
  std::shared_ptr<const VocabularyTrie> FindTrie();
  Result<uint64_t> Queue(auto&& add);

  std::shared_ptr<Assistant::State> assistant;  // has the engine, so it goes last
  ServiceOptions options;
  std::shared_ptr<const std::vector<int32_t>> exempt;

  std::mutex made_mutex;  // of what is made when it is first needed
  std::map<std::string, TaskSpec> tasks;
  std::shared_ptr<const VocabularyTrie> trie;

  std::mutex inbox_mutex;
  std::condition_variable inbox_filled;
  std::deque<WaitingChat> chats;
  std::deque<LabelJob> label_jobs;
  std::vector<uint64_t> cancelled;
  bool is_stopping = false;
  uint64_t next_number = 1;
  ServiceCounts latest;  // what the thread last said

  // The thread's own.
  Scheduler scheduler;
  struct Live {
    std::unique_ptr<ChatStream> stream;
    Scheduler::StreamId id = 0;
  };
  std::map<uint64_t, Live> live;  // by the request's number
  LabelQueue labels;
  StopFlag stop_labels;               // of those that are being computed
  std::exception_ptr broken_between;  // what BetweenChunks met
  Clock::time_point last_pass;
  double longest_pass_ms = 0;
  std::thread thread;
};

Result<const TaskSpec*> Service::State::FindTask(const std::string& name) {
  const std::lock_guard lock(made_mutex);
  if (const auto found = tasks.find(name); found != tasks.end()) return &found->second;
  YIXIN_TRY(TaskSpec task, assistant->LoadNamedTask(name));
  if (task.mode != TaskMode::kChat) {
    return Error{ErrorCode::kInvalidArgument,
                 "task: " + name + " is a task of mode " + std::string(NameOf(task.mode)) +
                     "; a reply needs one of mode chat",
                 "task"};
  }
  return &tasks.emplace(name, std::move(task)).first->second;
}

std::shared_ptr<const VocabularyTrie> Service::State::FindTrie() {
  const std::lock_guard lock(made_mutex);
  if (trie == nullptr) trie = std::make_shared<const VocabularyTrie>(assistant->tokenizer);
  return trie;
}

// Numbers a request and gives it to the thread, unless too many wait.
Result<uint64_t> Service::State::Queue(auto&& add) {
  uint64_t number = 0;
  {
    const std::lock_guard lock(inbox_mutex);
    if (is_stopping) return Stopped();
    const size_t waiting = latest.waiting + chats.size() + label_jobs.size();
    if (waiting >= options.max_waiting) {
      return Error{ErrorCode::kBusy,
                   std::to_string(waiting) + " requests wait already; try again later", "queue"};
    }
    number = next_number++;
    add(number);
  }
  inbox_filled.notify_one();
  return number;
}

void Service::State::StartStream(WaitingChat chat) {
  auto id =
      scheduler.Add(std::move(chat.plan.stream), *chat.stream, std::move(chat.plan.constraint));
  if (!id) {
    chat.stream->OnEnd(StreamEnd::kFailed, {}, &id.error());
    return;
  }
  live[chat.number] = {std::move(chat.stream), *id};
}

// Out: false when the service stops.
bool Service::State::WaitForWork() {
  std::unique_lock lock(inbox_mutex);
  latest.running = scheduler.counts().running;
  latest.waiting = scheduler.counts().waiting + labels.jobs();
  inbox_filled.wait(lock, [&] {
    return is_stopping || !chats.empty() || !label_jobs.empty() || !cancelled.empty() ||
           scheduler.HasWork() || !labels.empty();
  });
  return !is_stopping;
}

// Out: false when the service stops.
bool Service::State::TakeInbox() {
  std::deque<WaitingChat> new_chats;
  std::deque<LabelJob> new_jobs;
  std::vector<uint64_t> gone;
  {
    const std::lock_guard lock(inbox_mutex);
    if (is_stopping) return false;
    latest.running = scheduler.counts().running;
    latest.waiting = scheduler.counts().waiting + labels.jobs();
    new_chats.swap(chats);
    new_jobs.swap(label_jobs);
    gone.swap(cancelled);
    latest.waiting += new_chats.size() + new_jobs.size();
  }
  for (WaitingChat& chat : new_chats) StartStream(std::move(chat));
  for (LabelJob& job : new_jobs) labels.Add(std::move(job));
  for (const uint64_t number : gone) {
    if (const auto found = live.find(number); found != live.end()) {
      scheduler.Cancel(found->second.id);
    } else if (labels.Cancel(number)) {
      stop_labels.Request();
    }
  }
  return true;
}

// While texts are labelled: whoever has come, or gone, in the meantime, and the next token of every
// reply. A long text is many chunks.
void Service::State::BetweenChunks() {
  try {
    if (!TakeInbox()) return stop_labels.Request();
    RunPass();
  } catch (...) {
    broken_between = std::current_exception();
    stop_labels.Request();
  }
}

// Labels first: people wait for one less than for the next word of a reply.
void Service::State::RunLabels() {
  if (labels.empty()) return;
  LabelBudget budget;
  if (scheduler.HasWork()) budget.texts = static_cast<size_t>(options.labels_between);
  stop_labels.Clear();
  assistant->engine.SetBetweenChunks([this] { BetweenChunks(); });
  labels.Run(budget, [&](std::span<const TextIds> texts, const ClassifyOptions& wanted) {
    return AtDoor([&] { return assistant->ClassifyIds(texts, wanted, &stop_labels); });
  });
  assistant->engine.SetBetweenChunks({});
  if (broken_between) std::rethrow_exception(std::exchange(broken_between, nullptr));
}

void Service::State::RunPass() {
  if (!scheduler.HasWork()) return;
  const SchedulerCounts before = scheduler.counts();
  const Clock::time_point start = Clock::now();
  if (before.running == 0) last_pass = start;
  scheduler.RunPass();
  const double ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  const SchedulerCounts after = scheduler.counts();
  const uint64_t prompt = after.prompt_tokens - before.prompt_tokens;
  const uint64_t drawn = after.new_tokens - before.new_tokens;
  // A pass has tokens of both kinds; its time goes to the kind that has more of them.
  assistant->stats.AddPrefill(prompt, after.reused_tokens - before.reused_tokens,
                              prompt > drawn ? ms : 0);
  assistant->stats.AddDecode(drawn, prompt > drawn ? 0 : ms);
  std::erase_if(live, [](const auto& entry) { return entry.second.stream->has_ended(); });
  Note();
}

void Service::State::Turn() {
  {
    const std::lock_guard lock(assistant->mutex);
    RunLabels();
    RunPass();
  }
  const std::lock_guard lock(inbox_mutex);
  latest.labelled_texts = labels.texts_done();
}

// What is said of a pass.
void Service::State::Note() {
  const Clock::time_point now = Clock::now();
  const double ms = std::chrono::duration<double, std::milli>(now - last_pass).count();
  last_pass = now;
  const SchedulerCounts counts = scheduler.counts();
  const std::lock_guard lock(inbox_mutex);
  longest_pass_ms = std::max(longest_pass_ms, ms);
  latest.kv_used = static_cast<double>(counts.promised_pages + counts.cached_pages) /
                   static_cast<double>(std::max<size_t>(counts.pages, 1));
  latest.prompt_tokens = counts.prompt_tokens;
  latest.reused_tokens = counts.reused_tokens;
  latest.new_tokens = counts.new_tokens;
}

void Service::State::Run() {
  for (bool goes_on = true; goes_on;) {
    const auto turn = AtDoor([&]() -> Result<bool> {
      if (!WaitForWork() || !TakeInbox()) return false;
      Turn();
      return true;
    });
    // Out of memory, say: whoever was being served is told, and the next ones are served.
    if (!turn) EndWork(turn.error());
    goes_on = !turn || *turn;
  }
  for (WaitingChat& chat : chats) chat.stream->OnEnd(StreamEnd::kCancelled, {}, nullptr);
  for (LabelJob& job : label_jobs) job.done(Stopped());
  EndWork(Stopped());
}

void Service::State::EndWork(const Error& error) {
  const std::lock_guard lock(assistant->mutex);
  scheduler.EndAll(error);
  labels.EndAll(error);
  live.clear();
  scheduler.DropCache();
}

Service::Service(std::unique_ptr<State> state) : state_(std::move(state)) {}
Service::Service(Service&&) noexcept = default;
Service& Service::operator=(Service&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}
Service::~Service() { Stop(); }

Result<Service> Service::Start(const Assistant& assistant, const ServiceOptions& options) {
  return AtDoor([&]() -> Result<Service> {
    if (options.max_streams < 1 || options.labels_between < 1 || options.max_waiting < 1) {
      return Error{ErrorCode::kInvalidArgument,
                   "max_streams, labels_between and max_waiting: expected 1 or more", "options"};
    }
    if (!assistant.state_->chat_template) return assistant.state_->chat_template.error();
    auto state = std::make_unique<State>(assistant.state_, options);
    State* const raw = state.get();
    raw->thread = std::thread([raw] { raw->Run(); });
    return Service(std::move(state));
  });
}

Result<uint64_t> Service::Chat(const ChatRequest& request, std::shared_ptr<ChatListener> listener) {
  return AtDoor([&]() -> Result<uint64_t> {
    const Assistant::State& assistant = *state_->assistant;
    const TaskSpec* task = nullptr;
    if (!request.task.empty()) {
      YIXIN_TRY(task, state_->FindTask(request.task));
    }
    WaitingChat chat;
    const ChatPlanner planner{.tokenizer = assistant.tokenizer,
                              .chat_template = *assistant.chat_template,
                              .trie = request.json_schema.empty() ? nullptr : state_->FindTrie(),
                              .context = assistant.facts.context};
    YIXIN_TRY(chat.plan, planner.Plan(request, task));
    chat.plan.stream.exempt = state_->exempt;
    chat.stream = std::make_unique<ChatStream>(chat.plan, assistant.tokenizer,
                                               *assistant.chat_template, std::move(listener));
    return state_->Queue([&](uint64_t number) {
      chat.number = number;
      state_->chats.push_back(std::move(chat));
    });
  });
}

Result<uint64_t> Service::Classify(std::vector<std::string> texts, const ClassifyOptions& options,
                                   LabelsDone done) {
  return AtDoor([&]() -> Result<uint64_t> {
    LabelJob job;
    job.texts = EncodeTexts(state_->assistant->tokenizer, texts);
    job.options = options;
    job.done = std::move(done);
    state_->assistant->stats.AddTexts(texts.size());
    return state_->Queue([&](uint64_t number) {
      job.number = number;
      state_->label_jobs.push_back(std::move(job));
    });
  });
}

void Service::Cancel(uint64_t request) {
  {
    const std::lock_guard lock(state_->inbox_mutex);
    // One that the thread has not seen yet goes through it all the same, in the inbox's order.
    state_->cancelled.push_back(request);
  }
  state_->inbox_filled.notify_one();
}

ServiceCounts Service::counts() {
  const std::lock_guard lock(state_->inbox_mutex);
  ServiceCounts counts = state_->latest;
  counts.longest_pass_ms = std::exchange(state_->longest_pass_ms, 0);
  return counts;
}

void Service::Stop() {
  if (state_ == nullptr || !state_->thread.joinable()) return;
  {
    const std::lock_guard lock(state_->inbox_mutex);
    state_->is_stopping = true;
  }
  state_->inbox_filled.notify_one();
  state_->thread.join();
}

}  // namespace yixin
