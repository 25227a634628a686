// Tested by: grammar_matcher_test.cc
#include "grammar/grammar_matcher.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/fnv_hash.h"

namespace yixin {
namespace {

using Kind = ByteGrammar::Instruction::Kind;

// One for each member that may come next. More are ambiguities, whose number can double with a
// byte: they are left out, and so is what would be found after so many places.
constexpr size_t kMostThreads = 1024;
constexpr size_t kMostPlacesSeen = 8192;
constexpr size_t kMostStates = 4096;
constexpr size_t kMostPlaces = size_t{1} << 16;

}  // namespace

size_t GrammarMatcher::PlaceHash::operator()(const Place& place) const {
  const uint64_t both = uint64_t{place.returns_to} << 32 | place.under;
  return static_cast<size_t>(both * 0x9E3779B97F4A7C15u >> 16);  // Fibonacci hashing (Knuth, 6.4)
}

GrammarMatcher::GrammarMatcher(std::shared_ptr<const ByteGrammar> grammar)
    : grammar_(std::move(grammar)), places_(1) {}

GrammarMatcher::State GrammarMatcher::start() {
  if (start_ != kUnknown) return start_;
  Follow({grammar_->entry(), 0});
  start_ = Finish();
  return start_;
}

uint32_t GrammarMatcher::Push(uint32_t returns_to, uint32_t under) {
  const Place place{returns_to, under};
  const auto [found, is_new] =
      place_numbers_.try_emplace(place, static_cast<uint32_t>(places_.size()));
  if (is_new) places_.push_back(place);
  return found->second;
}

// Each thread that is kept goes on to an end, so one is enough for there to be a next byte.
bool GrammarMatcher::IsEnough() const {
  return threads_.size() >= kMostThreads || (seen_.size() > kMostPlacesSeen && !threads_.empty());
}

// Until each way stands before a byte.
void GrammarMatcher::Follow(Thread thread) {
  pending_.push_back(thread);
  while (!pending_.empty()) {
    if (IsEnough()) return pending_.clear();
    const auto [at, stack] = pending_.back();
    pending_.pop_back();
    if (!seen_.insert(uint64_t{at} << 32 | stack).second) continue;
    ++work_;
    const ByteGrammar::Instruction& instruction = (*grammar_)[at];
    switch (instruction.kind) {
      case Kind::kByte:
        threads_.push_back({at, stack});
        break;
      case Kind::kBoth:
        pending_.push_back({instruction.next, stack});
        pending_.push_back({instruction.other, stack});
        break;
      case Kind::kCall: {
        const bool is_last = (*grammar_)[instruction.next].kind == Kind::kReturn;
        pending_.push_back({instruction.other, is_last ? stack : Push(instruction.next, stack)});
        break;
      }
      case Kind::kReturn:
        may_end_ = may_end_ || stack == 0;
        if (stack != 0) pending_.push_back({places_[stack].returns_to, places_[stack].under});
        break;
    }
  }
}

GrammarMatcher::State GrammarMatcher::Finish() {
  seen_.clear();
  std::vector<Thread> threads = std::exchange(threads_, {});
  const bool may_end = std::exchange(may_end_, false);
  if (threads.empty() && !may_end) return kDead;
  std::sort(threads.begin(), threads.end());
  const uint64_t hash = FnvHash(std::as_bytes(std::span(threads)), kFnvStart + (may_end ? 1 : 0));
  const auto [first, last] = state_numbers_.equal_range(hash);
  for (auto known = first; known != last; ++known) {
    const Known& state = states_[Index(known->second)];
    if (state.may_end == may_end && state.threads == threads) return known->second;
  }
  const auto number = static_cast<State>(states_.size());
  Known& made = states_.emplace_back();
  made.threads = std::move(threads);
  made.may_end = may_end;
  made.next.fill(kUnknown);
  state_numbers_.emplace(hash, number);
  return number;
}

GrammarMatcher::State GrammarMatcher::Step(State from, uint8_t byte) {
  if (const State known = states_[Index(from)].next[byte]; known != kUnknown) return known;
  for (const Thread& thread : states_[Index(from)].threads) {
    if (IsEnough()) break;
    const ByteGrammar::Instruction& instruction = (*grammar_)[thread.at];
    ++work_;
    if (grammar_->set(instruction.other)[byte]) Follow({instruction.next, thread.stack});
  }
  const State to = Finish();
  states_[Index(from)].next[byte] = to;
  return to;
}

uint32_t GrammarMatcher::CopyStack(uint32_t stack, const std::vector<Place>& from) {
  std::vector<uint32_t> returns;
  for (; stack != 0; stack = from[stack].under) returns.push_back(from[stack].returns_to);
  uint32_t copy = 0;
  for (size_t i = returns.size(); i-- > 0;) copy = Push(returns[i], copy);
  return copy;
}

bool GrammarMatcher::Shrink(State* state) {
  if (states_.size() <= kMostStates && places_.size() <= kMostPlaces) return false;
  start_ = kUnknown;
  Known kept = std::move(states_[Index(*state)]);
  const std::vector<Place> old = std::exchange(places_, {});
  do {
    places_.assign(1, {});
    place_numbers_.clear();
    states_.clear();
    state_numbers_.clear();
    threads_.clear();
    for (const Thread& thread : kept.threads) {
      threads_.push_back({thread.at, CopyStack(thread.stack, old)});
      if (places_.size() > kMostPlaces) break;
    }
    may_end_ = kept.may_end;
    *state = Finish();
    kept.threads.resize(std::max<size_t>(kept.threads.size() / 2, 1));
  } while (places_.size() > kMostPlaces && kept.threads.size() > 1);
  return true;
}

}  // namespace yixin
