// An entry that breaks on request, to test the runner with.
// Used by: corpus_runner_test.py
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

uint64_t digest = 0xcbf29ce484222325u;  // FNV-1a over all inputs, so that two runs can be compared

bool StartsWith(const uint8_t* data, size_t size, const char* word) {
  return size >= std::strlen(word) && std::memcmp(data, word, std::strlen(word)) == 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (StartsWith(data, size, "ABORT")) std::abort();
  if (StartsWith(data, size, "ALLOCATE")) ::operator delete(::operator new (size_t{1} << 42));
  for (size_t i = 0; i < size; ++i) digest = (digest ^ data[i]) * 0x100000001b3u;
  static const bool registered =
      std::atexit(
          [] { std::printf("digest %016llx\n", static_cast<unsigned long long>(digest)); }) == 0;
  return registered ? 0 : 1;
}
