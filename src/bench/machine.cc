// Tested by: machine_test.cc
#include "bench/machine.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "yixin/system.h"

namespace yixin {

#if defined(__x86_64__)
extern const ArithmeticProbe kAmxProbe;
extern const ArithmeticProbe kAvx512Probe;
extern const ArithmeticProbe kAvx2Probe;
#endif

namespace {

using Clock = std::chrono::steady_clock;

// The shape of the default model's widest layer: 512 rows of 896 columns fit L2 with room to spare.
constexpr int kRows = 512;
constexpr int kDepth = 896;
constexpr int kPanels = 152;  // 2,432 rows of weights: a quarter of gate and up

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct FreeAligned {
  void operator()(std::byte* bytes) const { ::operator delete[](bytes, std::align_val_t{64}); }
};
using Bytes = std::unique_ptr<std::byte[], FreeAligned>;
Bytes AllocateBytes(size_t count) {
  return Bytes(static_cast<std::byte*>(::operator new[](count, std::align_val_t{64})));
}

// Work of one thread: begins, does a slice of work again and again, gives its units.
using Slice = std::function<double(int thread)>;

// Units a second of all threads together: each counts its own until the time is over, and the clock
// runs from the common start to the last one's end.
double Rate(int threads, double milliseconds, const Slice& prepare, const Slice& slice,
            const Slice& finish) {
  std::barrier ready(threads + 1);
  std::vector<double> units(static_cast<size_t>(threads));
  std::vector<double> seconds(static_cast<size_t>(threads));
  std::vector<std::thread> pool;
  for (int thread = 0; thread < threads; ++thread) {
    pool.emplace_back([&, thread] {
      if (prepare) prepare(thread);
      ready.arrive_and_wait();
      const auto start = Clock::now();
      const auto index = static_cast<size_t>(thread);
      do {
        units[index] += slice(thread);
        seconds[index] = SecondsSince(start);
      } while (seconds[index] * 1000 < milliseconds);
      if (finish) finish(thread);
    });
  }
  ready.arrive_and_wait();
  for (std::thread& thread : pool) thread.join();
  double rate = 0;
  for (size_t i = 0; i < units.size(); ++i) rate += units[i] / seconds[i];
  return rate;
}

// A thread's operands.
struct Operands {
  Bytes a = AllocateBytes(size_t{kRows} * kDepth);
  Bytes b = AllocateBytes(size_t{kPanels} * kProbePanelRows * kDepth);
  std::vector<int32_t> block = std::vector<int32_t>(kProbeRows * kProbePanels * kProbePanelRows);
  int32_t sink = 0;
};

double RegisterRate(const ArithmeticProbe& probe, const MachineOptions& options, int threads) {
  std::atomic<int32_t> sink = 0;
  constexpr int64_t kSteps = 20000;  // tens of microseconds: the clock is not looked at too often
  return Rate(
      threads, options.probe_ms,
      [&](int) {
        probe.begin();
        return 0.0;
      },
      [&](int) {
        int32_t out = 0;
        const double operations = probe.registers(kSteps, &out);
        sink.store(out, std::memory_order_relaxed);
        return operations;
      },
      [&](int) {
        probe.end();
        return 0.0;
      });
}

double ProductRate(const ArithmeticProbe& probe, const MachineOptions& options, int threads) {
  std::vector<Operands> operands(static_cast<size_t>(threads));
  return Rate(
      threads, options.probe_ms,
      [&](int thread) {
        // First written by the thread that reads them, so they lie near it.
        Operands& own = operands[static_cast<size_t>(thread)];
        std::fill_n(own.a.get(), size_t{kRows} * kDepth, std::byte{3});
        std::fill_n(own.b.get(), size_t{kPanels} * kProbePanelRows * kDepth, std::byte{5});
        probe.begin();
        return 0.0;
      },
      [&](int thread) {
        Operands& own = operands[static_cast<size_t>(thread)];
        probe.product({reinterpret_cast<const int8_t*>(own.a.get()),
                       reinterpret_cast<const int8_t*>(own.b.get()), kRows, kPanels, kDepth,
                       own.block.data()});
        return 2.0 * kRows * kDepth * kPanels * kProbePanelRows;
      },
      [&](int) {
        probe.end();
        return 0.0;
      });
}

// Eight sums hide the latency of an addition; what a load brings is used, so it cannot be dropped.
uint64_t SumWords(const uint64_t* words, size_t count) {
  uint64_t sums[8] = {};
  for (size_t i = 0; i + 8 <= count; i += 8) {
    for (size_t j = 0; j < 8; ++j) sums[j] += words[i + j];
  }
  uint64_t total = 0;
  for (const uint64_t sum : sums) total += sum;
  return total;
}

double ReadRate(std::span<const uint64_t> words, const MachineOptions& options, int threads) {
  const size_t share = words.size() / static_cast<size_t>(threads);
  constexpr size_t kSlice = (size_t{4} << 20) / sizeof(uint64_t);
  std::vector<size_t> position(static_cast<size_t>(threads));
  std::atomic<uint64_t> sink = 0;
  return Rate(
      threads, options.probe_ms, nullptr,
      [&](int thread) {
        size_t& at = position[static_cast<size_t>(thread)];
        const size_t count = std::min(kSlice, share - at);
        const uint64_t* begin = words.data() + static_cast<size_t>(thread) * share + at;
        sink.fetch_add(SumWords(begin, count), std::memory_order_relaxed);
        at = at + count >= share ? 0 : at + count;
        return static_cast<double>(count * sizeof(uint64_t));
      },
      nullptr);
}

}  // namespace

std::span<const ArithmeticProbe* const> UsableProbes() {
  static const std::vector<const ArithmeticProbe*> usable = [] {
    std::vector<const ArithmeticProbe*> found;
#if defined(__x86_64__)
    for (const KernelFacts& kernel : DescribeSystem().kernels) {
      for (const ArithmeticProbe* probe : {&kAmxProbe, &kAvx512Probe, &kAvx2Probe}) {
        if (kernel.usable && kernel.name == probe->kernels) found.push_back(probe);
      }
    }
#endif
    return found;
  }();
  return usable;
}

const ArithmeticProbe* FindProbe(std::string_view kernels) {
  for (const ArithmeticProbe* probe : UsableProbes()) {
    if (kernels == probe->kernels) return probe;
  }
  return nullptr;
}

MachineSample MeasureMachine(const ArithmeticProbe* probe, const MachineOptions& options) {
  MachineSample sample;
  if (probe != nullptr) {
    sample.register_operations_per_s = RegisterRate(*probe, options, 1);
    sample.all_register_operations_per_s = RegisterRate(*probe, options, options.threads);
    sample.product_operations_per_s = ProductRate(*probe, options, 1);
    sample.all_product_operations_per_s = ProductRate(*probe, options, options.threads);
  }
  const size_t words = options.buffer_bytes / sizeof(uint64_t);
  const Bytes buffer = AllocateBytes(words * sizeof(uint64_t));
  auto* begin = reinterpret_cast<uint64_t*>(buffer.get());
  std::fill_n(begin, words, uint64_t{1});
  sample.bytes_per_s = ReadRate({begin, words}, options, 1);
  sample.all_bytes_per_s = ReadRate({begin, words}, options, options.threads);
  return sample;
}

}  // namespace yixin
