// Texts that were computed, so that the same text is computed once: reviews repeat ("好评"). What
// it holds is bounded: two generations, of which the older goes when the younger is full, so that
// what keeps coming up stays. It compares texts, not token ids: equal texts have equal ids, and
// those that differ and have equal ids (a different Unicode composition) are too rare to tokenize
// every text twice for, once here and once in the engine. It changes no result, for a text's bits
// depend on nothing else. Tested by: text_memory_test.cc
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace yixin {

// Threads: one.
template <typename Value>
class TextMemory {
 public:
  // Of one generation: so many texts at most, of so many bytes together. A text that would take
  // more than a 64th of those is not held.
  TextMemory(size_t texts, size_t bytes) : texts_(texts), bytes_(bytes) {}

  // The value, good until the next call; nullptr where there is none.
  const Value* Find(std::string_view text) {
    if (const auto found = young_.find(text); found != young_.end()) return &found->second;
    const auto found = old_.find(text);
    if (found == old_.end()) return nullptr;
    auto node = old_.extract(found);
    MakeRoom(node.key().size());
    return &young_.insert(std::move(node)).position->second;
  }

  void Remember(const std::string& text, const Value& value) {
    if (text.size() > bytes_ / 64 || texts_ == 0) return;
    MakeRoom(text.size());
    young_.insert_or_assign(text, value);
  }

  size_t size() const { return young_.size() + old_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Map = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  // For a text of `size` bytes that comes next.
  void MakeRoom(size_t size) {
    if (young_.size() >= texts_ || held_ + size > bytes_) {
      old_ = std::move(young_);
      young_.clear();
      held_ = 0;
    }
    held_ += size;
  }

  size_t texts_;
  size_t bytes_;
  size_t held_ = 0;  // bytes of young_
  Map young_;
  Map old_;
};

}  // namespace yixin
