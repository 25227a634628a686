// Reads a grammar's strings byte by byte: which may come next, and whether it may end here. The
// threads of Cox's machine, each with a stack of the rules that it is in; their sets become states
// that are made when they are first met, so a byte that has been seen in a state costs a look-up.
// Stacks share what they have in common (a graph-structured stack: M. Tomita, 1987).
// Tested by: grammar_matcher_test.cc, tests/fuzz/json_schema_fuzz.cc
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "grammar/byte_grammar.h"

namespace yixin {

// Threads: one at a time. Memory: 1 KiB a state and 40 bytes a place on a stack; see Shrink.
class GrammarMatcher {
 public:
  using State = int32_t;
  static constexpr State kDead = -1;  // no string of the grammar goes on so

  explicit GrammarMatcher(std::shared_ptr<const ByteGrammar> grammar);

  State start();
  State Step(State from, uint8_t byte);
  bool may_end(State state) const { return states_[Index(state)].may_end; }
  // It may end, and nothing may follow.
  bool must_end(State state) const {
    return may_end(state) && states_[Index(state)].threads.empty();
  }

  // Where the states take more than some megabytes: forgets all but this one, which has another
  // number then. Out: whether it did. An ambiguous grammar may be read in more ways than can be
  // kept: then some are given up, which leaves fewer strings, never others.
  bool Shrink(State* state);

  // Threads that were moved on since the beginning: what Step costs where it is no look-up. One
  // Step adds some ten thousand at most.
  uint64_t work() const { return work_; }
  size_t states() const { return states_.size(); }

 private:
  static constexpr State kUnknown = -2;

  // Instructions and stacks by number. A stack is its top and the stack under it; 0 is empty.
  struct Thread {
    uint32_t at = 0;
    uint32_t stack = 0;
    bool operator==(const Thread&) const = default;
    bool operator<(const Thread& other) const {
      return at != other.at ? at < other.at : stack < other.stack;
    }
  };
  struct Place {
    uint32_t returns_to = 0;
    uint32_t under = 0;
    bool operator==(const Place&) const = default;
  };
  struct Known {
    std::vector<Thread> threads;  // each before a byte; sorted
    bool may_end = false;
    std::array<State, 256> next;
  };
  struct PlaceHash {
    size_t operator()(const Place& place) const;
  };

  static size_t Index(State state) { return static_cast<size_t>(state); }
  uint32_t Push(uint32_t returns_to, uint32_t under);
  bool IsEnough() const;
  void Follow(Thread thread);
  State Finish();
  uint32_t CopyStack(uint32_t stack, const std::vector<Place>& from);

  std::shared_ptr<const ByteGrammar> grammar_;
  std::vector<Place> places_;
  std::unordered_map<Place, uint32_t, PlaceHash> place_numbers_;
  std::vector<Known> states_;
  std::unordered_multimap<size_t, State> state_numbers_;  // by hash
  State start_ = kUnknown;
  uint64_t work_ = 0;
  // Of the state that is being made.
  std::vector<Thread> pending_;
  std::unordered_set<uint64_t> seen_;
  std::vector<Thread> threads_;
  bool may_end_ = false;
};

}  // namespace yixin
