// Tested by: kernels_test.cc
#include "kernels/registry.h"

#include <array>
#include <cstdlib>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace yixin {

extern const KernelTable kReferenceKernels;
#if defined(__x86_64__)
extern const KernelTable kAvx2Kernels;
extern const KernelTable kAvx512Kernels;
extern const KernelTable kAmxKernels;
#elif defined(__aarch64__)
extern const KernelTable kNeonKernels;
#endif

namespace {

#if defined(__x86_64__)
// clang's __builtin_cpu_supports does not know F16C.
bool HasF16c() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & (1u << 29)) != 0;
}

bool HasAvx2() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0 && HasF16c();
}

bool HasAvx512Vnni() {
  return HasAvx2() && __builtin_cpu_supports("avx512f") != 0 &&
         __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
         __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vnni") != 0;
}

// The CPU's word is not enough: Linux gives a process the tile registers only when it asks.
bool HasAmx() {
#if defined(__linux__)
  constexpr unsigned kBf16Bit = 1u << 22;
  constexpr unsigned kTileBit = 1u << 24;
  constexpr unsigned kInt8Bit = 1u << 25;
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  if ((d & kTileBit) == 0 || (d & kInt8Bit) == 0 || (d & kBf16Bit) == 0) return false;
  if (!HasAvx512Vnni() || __builtin_cpu_supports("avx512bf16") == 0) return false;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

constexpr size_t kTables = 4;
#elif defined(__aarch64__)
bool HasNeonDotProduct() {
#if defined(__linux__)
  const unsigned long has = getauxval(AT_HWCAP);
  return (has & HWCAP_ASIMD) != 0 && (has & HWCAP_ASIMDDP) != 0;
#else
  return false;
#endif
}

constexpr size_t kTables = 2;
#else
constexpr size_t kTables = 1;
#endif

}  // namespace

std::span<const KernelChoice> KernelTables() {
  static const std::array<KernelChoice, kTables> tables{{
#if defined(__x86_64__)
      {&kAmxKernels, "AMX int8 and bf16, AVX-512 F, BW, VL, DQ, VNNI, BF16, AVX2, FMA, F16C",
       HasAmx()},
      {&kAvx512Kernels, "AVX-512 F, BW, VL, DQ, VNNI, AVX2, FMA, F16C", HasAvx512Vnni()},
      {&kAvx2Kernels, "AVX2, FMA, F16C", HasAvx2()},
#elif defined(__aarch64__)
      {&kNeonKernels, "NEON with dot product (asimddp), on Linux", HasNeonDotProduct()},
#endif
      {&kReferenceKernels, "nothing (float32, for comparison)", true},
  }};
  return tables;
}

Result<const KernelTable*> SelectKernels(std::string_view name) {
  std::string known;
  for (const KernelChoice& choice : KernelTables()) {
    if (name.empty() ? choice.usable : name == choice.table->name) {
      if (choice.usable) return choice.table;
      return Error{ErrorCode::kUnsupported,
                   "kernels " + std::string(name) + ": this CPU lacks one of " + choice.needs,
                   "kernels"};
    }
    known += (known.empty() ? "" : ", ") + std::string(choice.table->name);
  }
  return Error{ErrorCode::kInvalidArgument,
               "unknown kernels \"" + std::string(name) + "\"; known: " + known, "kernels"};
}

Result<const KernelTable*> SelectKernelsFromEnvironment() {
  constexpr const char* kVariable = "YIXIN_KERNELS";
  const char* name = std::getenv(kVariable);
  auto table = SelectKernels(name == nullptr ? "" : name);
  if (table) return table;
  return Error{table.error().code,
               std::string(kVariable) + ": " + table.error().message + "; unset it for the best",
               kVariable};
}

}  // namespace yixin
