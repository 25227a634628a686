// Tested by: sampler_test.cc
#include "engine/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

namespace yixin {
namespace {

// Candidates this far below the best are left out: 150,000 of them together weigh less than 1e-12.
constexpr double kNegligible = -40.0;
// How many candidates are put in order at first; most nuclei are smaller.
constexpr size_t kFirstSorted = 64;
// That many are kept in order while the vocabulary goes by: each new one moves those behind it.
constexpr size_t kFewIds = 256;
constexpr size_t kLanes = 16;  // that the compiler can keep in vectors

// Of a block; minus infinity if all of it is NaN.
float MaxOf(std::span<const float> block) {
  std::array<float, kLanes> top;
  top.fill(-std::numeric_limits<float>::infinity());
  size_t i = 0;
  for (; i + kLanes <= block.size(); i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      top[lane] = block[i + lane] > top[lane] ? block[i + lane] : top[lane];
    }
  }
  for (; i < block.size(); ++i) top[0] = block[i] > top[0] ? block[i] : top[0];
  return *std::ranges::max_element(top);
}

// Philox4x32-10: four random words for a 64-bit key and a 128-bit counter.
std::array<uint32_t, 4> Philox(uint64_t key, uint64_t counter_low, uint64_t counter_high) {
  std::array<uint32_t, 4> x = {
      static_cast<uint32_t>(counter_low), static_cast<uint32_t>(counter_low >> 32),
      static_cast<uint32_t>(counter_high), static_cast<uint32_t>(counter_high >> 32)};
  auto k0 = static_cast<uint32_t>(key);
  auto k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * x[0];
    const uint64_t b = uint64_t{0xCD9E8D57} * x[2];
    x = {static_cast<uint32_t>(b >> 32) ^ x[1] ^ k0, static_cast<uint32_t>(b),
         static_cast<uint32_t>(a >> 32) ^ x[3] ^ k1, static_cast<uint32_t>(a)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return x;
}

// Uniform in [0, 1), 53 bits.
double Uniform(uint64_t seed, uint64_t position) {
  const auto words = Philox(seed, position, 0);
  const uint64_t bits = (uint64_t{words[1]} << 32 | words[0]) >> 11;
  return static_cast<double>(bits) * 0x1.0p-53;
}

// Candidate ids, put in order (logit descending, then id) as far as somebody looks.
class OrderedCandidates {
 public:
  OrderedCandidates(std::vector<int32_t>& ids, std::span<const float> logits)
      : ids_(ids), logits_(logits) {}

  size_t size() const { return ids_.size(); }
  int32_t operator[](size_t index) {
    if (index >= sorted_) Sort(std::max(index + 1, sorted_ == 0 ? kFirstSorted : sorted_ * 4));
    return ids_[index];
  }
  void Keep(size_t count) {
    Sort(count);
    ids_.resize(count);
  }

 private:
  void Sort(size_t count) {
    count = std::min(count, ids_.size());
    if (count <= sorted_) return;
    const auto better = [this](int32_t a, int32_t b) {
      const float x = logits_[static_cast<size_t>(a)];
      const float y = logits_[static_cast<size_t>(b)];
      return x != y ? x > y : a < b;
    };
    const auto begin = ids_.begin() + static_cast<ptrdiff_t>(sorted_);
    const auto end = ids_.begin() + static_cast<ptrdiff_t>(count);
    if (end != ids_.end()) std::nth_element(begin, end, ids_.end(), better);
    std::sort(begin, end, better);
    sorted_ = count;
  }

  std::vector<int32_t>& ids_;
  std::span<const float> logits_;
  size_t sorted_ = 0;
};

Error OutOfRange(const char* field, const char* expected, float value) {
  return {ErrorCode::kInvalidArgument,
          std::string(field) + ": expected " + expected + ", got " + std::to_string(value), field};
}

}  // namespace

Status ValidateSamplingOptions(const SamplingOptions& options) {
  // Written so that NaN fails.
  if (!(options.temperature >= 0 && options.temperature <= 100)) {
    return OutOfRange("temperature", "0 (greedy) to 100", options.temperature);
  }
  if (options.top_k < 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "top_k: expected 0 (all) or more, got " + std::to_string(options.top_k), "top_k"};
  }
  if (!(options.top_p > 0 && options.top_p <= 1)) {
    return OutOfRange("top_p", "a number above 0, at most 1", options.top_p);
  }
  if (!(options.min_p >= 0 && options.min_p <= 1)) {
    return OutOfRange("min_p", "0 to 1", options.min_p);
  }
  if (!(options.repeat_penalty > 0 && options.repeat_penalty <= 100)) {
    return OutOfRange("repeat_penalty", "a number above 0, at most 100", options.repeat_penalty);
  }
  if (!(std::abs(options.presence_penalty) <= 100)) {
    return OutOfRange("presence_penalty", "-100 to 100", options.presence_penalty);
  }
  if (!(std::abs(options.frequency_penalty) <= 100)) {
    return OutOfRange("frequency_penalty", "-100 to 100", options.frequency_penalty);
  }
  return {};
}

int32_t ArgMax(std::span<const float> logits) {
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  constexpr size_t kBlock = 512;
  size_t best_block = 0;
  float best = kLowest;
  for (size_t begin = 0; begin < logits.size(); begin += kBlock) {
    const auto block = logits.subspan(begin, std::min(kBlock, logits.size() - begin));
    if (const float most = MaxOf(block); most > best) {
      best = most;
      best_block = begin;
    }
  }
  for (size_t i = best_block; best > kLowest && i < logits.size(); ++i) {
    if (logits[i] == best) return static_cast<int32_t>(i);
  }
  return 0;
}

std::vector<int32_t> LargestIds(std::span<const float> logits, size_t count) {
  count = std::min(count, logits.size());
  std::vector<int32_t> ids;
  if (count == 0) return ids;
  if (count <= kFewIds) {
    constexpr size_t kBlock = 128;
    // What is no larger than the last of the best is none of them: ids come in their order.
    float last = -std::numeric_limits<float>::infinity();
    for (size_t begin = 0; begin < logits.size(); begin += kBlock) {
      const auto block = logits.subspan(begin, std::min(kBlock, logits.size() - begin));
      if (ids.size() == count && !(MaxOf(block) > last)) continue;
      for (size_t i = begin; i < begin + block.size(); ++i) {
        const float logit = logits[i];
        if (std::isnan(logit) || (ids.size() == count && !(logit > last))) continue;
        if (ids.size() == count) ids.pop_back();
        const auto place = std::ranges::upper_bound(ids, logit, std::greater<>(), [&](int32_t id) {
          return logits[static_cast<size_t>(id)];
        });
        ids.insert(place, static_cast<int32_t>(i));
        last = logits[static_cast<size_t>(ids.back())];
      }
    }
    return ids;
  }
  for (size_t i = 0; i < logits.size(); ++i) {
    if (!std::isnan(logits[i])) ids.push_back(static_cast<int32_t>(i));
  }
  OrderedCandidates ordered(ids, logits);
  ordered.Keep(std::min(count, ids.size()));
  return ids;
}

Sampler::Sampler(const SamplingOptions& options, std::vector<int32_t> exempt)
    : options_(options), exempt_(std::move(exempt)) {
  std::sort(exempt_.begin(), exempt_.end());
}

void Sampler::Penalise(std::span<float> logits, std::span<const int32_t> generated) {
  if (options_.repeat_penalty == 1 && options_.presence_penalty == 0 &&
      options_.frequency_penalty == 0) {
    return;
  }
  counted_.assign(generated.begin(), generated.end());
  std::sort(counted_.begin(), counted_.end());
  for (size_t begin = 0; begin < counted_.size();) {
    const int32_t id = counted_[begin];
    size_t end = begin;
    while (end < counted_.size() && counted_[end] == id) ++end;
    const auto count = static_cast<float>(end - begin);
    begin = end;
    if (id < 0 || static_cast<size_t>(id) >= logits.size()) continue;
    if (std::binary_search(exempt_.begin(), exempt_.end(), id)) continue;
    float& logit = logits[static_cast<size_t>(id)];
    logit = logit > 0 ? logit / options_.repeat_penalty : logit * options_.repeat_penalty;
    logit -= options_.presence_penalty + options_.frequency_penalty * count;
  }
}

int32_t Sampler::Sample(std::span<float> logits, std::span<const int32_t> generated,
                        uint64_t position) {
  Penalise(logits, generated);
  const int32_t best = ArgMax(logits);
  if (options_.temperature == 0 || options_.top_k == 1) return best;
  const float top = logits[static_cast<size_t>(best)];
  const double temperature = options_.temperature;
  // Relative to the best candidate, whose weight is 1.
  const auto log_weight = [&](float logit) {
    return logit == top ? 0.0 : (static_cast<double>(logit) - top) / temperature;
  };
  const auto weight = [&](int32_t id) {
    return std::exp(log_weight(logits[static_cast<size_t>(id)]));
  };

  candidates_.clear();
  double total = 0;
  const auto top_k = static_cast<size_t>(options_.top_k);
  const auto matters = [&](int32_t id) {
    return log_weight(logits[static_cast<size_t>(id)]) > kNegligible;  // no NaN does
  };
  if (top_k > 0 && top_k <= kFewIds) {
    candidates_ = LargestIds(logits, top_k);
    std::erase_if(candidates_, [&](int32_t id) { return !matters(id); });
  } else {
    for (size_t i = 0; i < logits.size(); ++i) {
      const auto id = static_cast<int32_t>(i);
      if (!matters(id)) continue;
      candidates_.push_back(id);
      if (top_k == 0) total += weight(id);
    }
  }
  if (candidates_.empty()) return best;
  OrderedCandidates ordered(candidates_, logits);
  if (top_k > 0) {
    ordered.Keep(std::min(candidates_.size(), top_k));
    for (const int32_t id : candidates_) total += weight(id);
  }
  size_t kept = ordered.size();
  if (options_.top_p < 1) {
    // The smallest set that holds top_p of the probability; the one that crosses the line stays.
    const double wanted = total * static_cast<double>(options_.top_p);
    double covered = 0;
    size_t count = 0;
    while (count < kept && covered < wanted) covered += weight(ordered[count++]);
    kept = std::max<size_t>(count, 1);
    total = covered;
  }
  if (options_.min_p > 0) {
    double covered = 0;
    size_t count = 0;
    for (; count < kept; ++count) {
      const double w = weight(ordered[count]);
      if (w < static_cast<double>(options_.min_p)) break;
      covered += w;
    }
    kept = count;  // the best has weight 1, so it stays
    total = covered;
  }
  const double target = Uniform(options_.seed, position) * total;
  double covered = 0;
  for (size_t i = 0; i + 1 < kept; ++i) {
    const int32_t id = ordered[i];
    covered += weight(id);
    if (target < covered) return id;
  }
  return ordered[kept - 1];
}

}  // namespace yixin
