// Tested by: scheduler_test.cc
#include "engine/scheduler.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <limits>
#include <map>
#include <string>
#include <utility>

namespace yixin {
namespace {

// Below that a fork saves less than it costs to hold.
constexpr size_t kLeastReused = 16;
// Rows of the whole vocabulary that are computed together.
constexpr size_t kLogitRows = 16;
constexpr int32_t kNoToken = -1;

const std::vector<int32_t> kNone;

}  // namespace

struct Scheduler::Stream {
  Stream(StreamId number, StreamRequest wish, StreamListener& who,
         std::unique_ptr<TokenConstraint> shape, Engine& engine)
      : id(number),
        listener(&who),
        constraint(std::move(shape)),
        sequence(engine.NewSequence()),
        sampler(wish.sampling, wish.exempt ? *wish.exempt : kNone),
        request(std::move(wish)) {}

  bool writes() const { return computed >= request.prompt.size(); }
  size_t promise() const {
    return PagesFor(request.prompt.size() + static_cast<size_t>(request.max_new_tokens));
  }
  // Ids that the sequence does not hold yet.
  std::span<const int32_t> Pending() const {
    return writes() ? std::span(generated).last(1) : std::span(request.prompt).subspan(computed);
  }

  // In: logits of the last computed position, changed in place.
  StreamToken Draw(std::span<float> logits, const Engine& engine);

  StreamId id;
  std::chrono::steady_clock::time_point added_at = std::chrono::steady_clock::now();
  StreamListener* listener;
  std::unique_ptr<TokenConstraint> constraint;
  KvSequence sequence;
  Sampler sampler;
  StreamRequest request;
  size_t computed = 0;  // of the prompt
  std::vector<int32_t> generated;
  StreamCost cost;
  bool is_cancelled = false;
};

StreamToken Scheduler::Stream::Draw(std::span<float> logits, const Engine& engine) {
  StreamToken token;
  const auto at = [&](int32_t token_id) { return logits[static_cast<size_t>(token_id)]; };
  std::optional<float> log_sum;
  std::vector<float> raw;  // penalties and constraints change logits in place
  if (request.log_probabilities) {
    log_sum = engine.LogSumExp(logits);
    for (const int32_t best : LargestIds(logits, static_cast<size_t>(*request.log_probabilities))) {
      token.best.push_back({best, at(best) - *log_sum});
    }
    raw.assign(logits.begin(), logits.end());
  }
  if (constraint != nullptr) constraint->Mask(logits);
  token.id = sampler.Sample(logits, generated, request.prompt.size() + generated.size());
  // NaN too: then no token goes on with what has come.
  const bool may_come = at(token.id) > -std::numeric_limits<float>::infinity();
  if (constraint != nullptr && !may_come) {
    token.id = kNoToken;
    return token;
  }
  if (log_sum) token.log_probability = raw[static_cast<size_t>(token.id)] - *log_sum;
  return token;
}

// What one Engine::Forward computes, a step a stream.
struct Scheduler::Pass {
  std::vector<Streams::iterator> streams;
  std::vector<Step> steps;
  std::vector<float> hidden;  // of those that have an output, in order
};

Scheduler::Scheduler(Engine& engine, const SchedulerOptions& options)
    : engine_(&engine), options_(options) {
  options_.max_streams = std::max(options_.max_streams, 1);
  options_.prompt_tokens = std::max(options_.prompt_tokens, 1);
  options_.prompt_tokens_beside = std::max(options_.prompt_tokens_beside, 1);
  const size_t all = engine.kv_pool().max_pages();
  pages_ = all - std::min(all, options_.spare_pages);
}

Scheduler::~Scheduler() = default;

Result<Scheduler::StreamId> Scheduler::Add(StreamRequest request, StreamListener& listener,
                                           std::unique_ptr<TokenConstraint> constraint) {
  YIXIN_CHECK_OK(ValidateSamplingOptions(request.sampling));
  if (request.prompt.empty() || request.max_new_tokens < 1) {
    return Error{ErrorCode::kInvalidArgument, "a stream needs a prompt and room for a token",
                 request.prompt.empty() ? "prompt" : "max_new_tokens"};
  }
  auto stream = std::make_unique<Stream>(next_id_, std::move(request), listener,
                                         std::move(constraint), *engine_);
  if (stream->promise() > pages_) {
    return Error{ErrorCode::kOutOfMemory,
                 "prompt and reply together take " + std::to_string(stream->promise()) +
                     " pages of keys and values, and there are " + std::to_string(pages_),
                 "max_new_tokens"};
  }
  stream->cost.prompt_tokens = static_cast<int>(stream->request.prompt.size());
  waiting_.push_back(std::move(stream));
  return next_id_++;
}

void Scheduler::Cancel(StreamId id) {
  for (Streams* streams : {&running_, &waiting_}) {
    for (auto& stream : *streams) {
      if (stream->id == id) stream->is_cancelled = true;
    }
  }
}

SchedulerCounts Scheduler::counts() const {
  return {waiting_.size(), running_.size(), promised_pages_, cache_.pages(),
          pages_,          prompt_tokens_,  reused_tokens_,  new_tokens_};
}

void Scheduler::DropCache() {
  while (!cache_.empty()) cache_.DropOldest();
}

// Another stream computes the same beginning right now; it is cheaper to wait for that.
bool Scheduler::SharesPromptInWork(const Stream& stream) const {
  return std::ranges::any_of(running_, [&](const auto& other) {
    if (other->writes()) return false;
    return CommonLength(other->request.prompt, stream.request.prompt) >=
           other->computed + kLeastReused;
  });
}

// The first of the client that has the fewest streams running.
Scheduler::Streams::iterator Scheduler::NextWaiting() {
  std::map<uint64_t, int> running;
  for (const auto& stream : running_) ++running[stream->request.client];
  auto best = waiting_.end();
  for (auto stream = waiting_.begin(); stream != waiting_.end(); ++stream) {
    if (SharesPromptInWork(**stream)) continue;
    if (best == waiting_.end() ||
        running[(*stream)->request.client] < running[(*best)->request.client]) {
      best = stream;
    }
  }
  return best;
}

// The longest part of a prompt that has been computed before. Its last id is always computed, for
// its logits.
std::optional<KvSequence> Scheduler::FindBeginning(std::span<const int32_t> prompt) {
  const size_t most = prompt.size() - 1;
  size_t longest = kLeastReused - 1;
  const Stream* best = nullptr;
  for (const auto& other : running_) {
    const size_t common = std::min({CommonLength(other->request.prompt, prompt),
                                    static_cast<size_t>(other->sequence.length()), most});
    if (common > longest) {
      longest = common;
      best = other.get();
    }
  }
  if (auto known = cache_.Find(prompt, longest + 1, most)) return known;
  if (best == nullptr) return std::nullopt;
  return best->sequence.Fork(static_cast<int32_t>(longest));
}

// Room for all that the stream may become, and what is known of its prompt.
bool Scheduler::Admit(Stream& stream) {
  const size_t promise = stream.promise();
  if (promised_pages_ + promise > pages_) return false;
  const auto& prompt = stream.request.prompt;
  std::optional<KvSequence> known = FindBeginning(prompt);
  const size_t task_prefix = std::min(stream.request.task_prefix, prompt.size() - 1);
  if (task_prefix > 0 && (!known || static_cast<size_t>(known->length()) < task_prefix)) {
    // A prefix that cannot be had is computed like any other part of the prompt.
    if (auto prefix = engine_->Prefix(std::span(prompt).first(task_prefix))) {
      known = *std::move(prefix);
    }
  }
  if (known) {
    stream.sequence = *std::move(known);
    stream.computed = static_cast<size_t>(stream.sequence.length());
    stream.cost.reused_tokens = stream.sequence.length();
    reused_tokens_ += stream.computed;
  }
  promised_pages_ += promise;
  const auto waited = std::chrono::steady_clock::now() - stream.added_at;
  stream.cost.queue_ms = std::chrono::duration<double, std::milli>(waited).count();
  while (promised_pages_ + cache_.pages() > pages_ && !cache_.empty()) cache_.DropOldest();
  return true;
}

void Scheduler::AdmitWaiting() {
  while (running_.size() < static_cast<size_t>(options_.max_streams)) {
    const auto next = NextWaiting();
    // One that is too large for now holds the others back: it would wait for ever else.
    if (next == waiting_.end() || !Admit(**next)) return;
    running_.splice(running_.end(), waiting_, next);
  }
}

// Every stream that writes, and pieces of the prompts: half of the budget for the one that came
// first, so that it ends; the rest for those that lack least, so that a short one need not wait for
// a long one.
Scheduler::Pass Scheduler::PlanPass() {
  Pass pass;
  std::vector<Streams::iterator> prompts;
  for (auto stream = running_.begin(); stream != running_.end(); ++stream) {
    if ((*stream)->writes()) {
      pass.streams.push_back(stream);
      pass.steps.push_back({&(*stream)->sequence, (*stream)->Pending(), 0});
    } else {
      prompts.push_back(stream);
    }
  }
  if (prompts.empty()) return pass;
  auto budget = static_cast<size_t>(pass.steps.empty() ? options_.prompt_tokens
                                                       : options_.prompt_tokens_beside);
  std::map<StreamId, size_t> shares;
  const auto give = [&](Streams::iterator stream, size_t most) {
    const size_t lacks = (*stream)->Pending().size() - shares[(*stream)->id];
    const size_t count = std::min({lacks, most, budget});
    shares[(*stream)->id] += count;
    budget -= count;
  };
  give(prompts.front(), (budget + 1) / 2);
  std::vector<Streams::iterator> shortest = prompts;
  std::ranges::stable_sort(shortest, {}, [](auto stream) { return (*stream)->Pending().size(); });
  for (const auto stream : shortest) give(stream, budget);
  for (const auto stream : prompts) {
    const size_t count = shares[(*stream)->id];
    if (count == 0) continue;
    const auto pending = (*stream)->Pending();
    const auto first_output = static_cast<int>(count == pending.size() ? count - 1 : count);
    pass.streams.push_back(stream);
    pass.steps.push_back({&(*stream)->sequence, pending.first(count), first_output});
  }
  return pass;
}

Status Scheduler::ComputePass(Pass& pass) {
  YIXIN_TRY(pass.hidden, engine_->Forward(pass.steps));
  for (size_t i = 0; i < pass.streams.size(); ++i) {
    Stream& stream = **pass.streams[i];
    if (stream.writes()) continue;
    stream.computed += pass.steps[i].tokens.size();
    prompt_tokens_ += pass.steps[i].tokens.size();
    if (stream.writes()) Remember(stream);  // others may wait for it
  }
  return {};
}

void Scheduler::TakeTokens(Pass& pass) {
  std::vector<Streams::iterator> drawing;
  for (size_t i = 0; i < pass.streams.size(); ++i) {
    if (pass.steps[i].first_output < static_cast<int>(pass.steps[i].tokens.size())) {
      drawing.push_back(pass.streams[i]);
    }
  }
  const auto width = static_cast<size_t>(engine_->model().config().hidden);
  const auto vocabulary = static_cast<size_t>(engine_->model().config().vocabulary);
  logits_.resize(std::min(kLogitRows, drawing.size()) * vocabulary);
  for (size_t begin = 0; begin < drawing.size(); begin += kLogitRows) {
    const size_t count = std::min(kLogitRows, drawing.size() - begin);
    const auto rows = std::span(drawing).subspan(begin, count);
    const Status status =
        engine_->Logits(std::span(pass.hidden).subspan(begin * width, count * width), logits_);
    if (!status) {
      for (const auto stream : rows) End(stream, StreamEnd::kFailed, &status.error());
      continue;
    }
    std::vector<StreamToken> tokens(count);
    engine_->ParallelFor(count, [&](size_t i) {
      tokens[i] =
          (*rows[i])->Draw(std::span(logits_).subspan(i * vocabulary, vocabulary), *engine_);
    });
    for (size_t i = 0; i < count; ++i) GiveToken(rows[i], tokens[i]);
  }
}

void Scheduler::GiveToken(Streams::iterator place, const StreamToken& token) {
  Stream& stream = **place;
  if (token.id == kNoToken) {
    static const Error kNothingFits{ErrorCode::kInvalidArgument,
                                    "no token of this vocabulary goes on with the form that the "
                                    "reply is to have",
                                    ""};
    return End(place, StreamEnd::kFailed, &kNothingFits);
  }
  stream.generated.push_back(token.id);
  ++stream.cost.new_tokens;
  ++new_tokens_;
  TokenConstraint* const constraint = stream.constraint.get();
  if (constraint != nullptr) constraint->Append(token.id);
  if (!stream.listener->OnToken(token)) {
    End(place, StreamEnd::kListener, nullptr);
  } else if (constraint != nullptr && constraint->complete()) {
    End(place, StreamEnd::kComplete, nullptr);
  } else if (stream.cost.new_tokens == stream.request.max_new_tokens) {
    End(place, StreamEnd::kLength, nullptr);
  }
}

void Scheduler::Remember(const Stream& stream) {
  const auto length = static_cast<size_t>(stream.sequence.length());
  if (length < kLeastReused) return;
  std::vector<int32_t> ids = stream.request.prompt;
  ids.insert(ids.end(), stream.generated.begin(), stream.generated.end());
  ids.resize(length);  // the last token drawn has not been computed
  cache_.Insert(ids, stream.sequence);
  while (promised_pages_ + cache_.pages() > pages_) cache_.DropOldest();
}

void Scheduler::End(Streams::iterator place, StreamEnd end, const Error* error) {
  const std::unique_ptr<Stream> stream = std::move(*place);
  running_.erase(place);
  promised_pages_ -= stream->promise();
  if (end != StreamEnd::kFailed) Remember(*stream);
  stream->listener->OnEnd(end, stream->cost, error);
}

void Scheduler::EndCancelled() {
  for (auto place = running_.begin(); place != running_.end();) {
    const auto stream = place++;
    if ((*stream)->is_cancelled) End(stream, StreamEnd::kCancelled, nullptr);
  }
  for (auto place = waiting_.begin(); place != waiting_.end();) {
    if (!(*place)->is_cancelled) {
      ++place;
      continue;
    }
    const std::unique_ptr<Stream> stream = std::move(*place);
    place = waiting_.erase(place);
    stream->listener->OnEnd(StreamEnd::kCancelled, stream->cost, nullptr);
  }
}

void Scheduler::EndAll(const Error& error) {
  while (!running_.empty()) End(running_.begin(), StreamEnd::kFailed, &error);
  for (Streams ended = std::move(waiting_); const auto& stream : ended) {
    stream->listener->OnEnd(StreamEnd::kFailed, stream->cost, &error);
  }
  waiting_.clear();
}

void Scheduler::RunPass() {
  EndCancelled();
  AdmitWaiting();
  Pass pass = PlanPass();
  if (pass.steps.empty()) return;
  if (const Status status = ComputePass(pass); !status) {
    for (const auto stream : pass.streams) End(stream, StreamEnd::kFailed, &status.error());
    return;
  }
  TakeTokens(pass);
}

}  // namespace yixin
