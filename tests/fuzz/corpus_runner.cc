// The main of a fuzz entry in the ordinary builds: NAME_fuzz FOLDER runs LLVMFuzzerTestOneInput on
// every file of the folder and on a fixed number of mutations of each, the same ones every time. It
// is what keeps yesterday's finds from coming back; the search for new ones is `make fuzz`. An
// input that breaks the entry is written to broken_input in the working directory. Tested by:
// corpus_runner_test.py
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <string>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

constexpr int kMutationsPerFile = 200;
// Past this a parser believed a count of the file: no entry needs a larger block for its small
// seeds.
constexpr size_t kLargestAllocation = size_t{256} << 20;

// What runs now. Plain pointers, because a signal handler reads them.
const char* current_name = "";
int current_mutation = 0;
const uint8_t* current_data = nullptr;
size_t current_size = 0;

void SaveInput() {
  char line[512];
  const int length =
      snprintf(line, sizeof line, "broken by %s, mutation %d (0 is the file): see broken_input\n",
               current_name, current_mutation);
  if (length > 0) (void)!write(STDERR_FILENO, line, std::min<size_t>(length, sizeof line - 1));
  const int file = open("broken_input", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0) return;
  (void)!write(file, current_data, current_size);
  close(file);
}

[[noreturn]] void OnSignal(int signal_number) {
  SaveInput();
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
  _exit(1);
}

// A generator of our own: std:: distributions differ between libraries.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {  // splitmix64 (Steele, Lea, Flood 2014)
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  size_t Below(size_t n) { return n == 0 ? 0 : Next() % n; }

 private:
  uint64_t state_;
};

// The numbers that break parsers: zero, all ones, one off, the sign's edge.
constexpr uint64_t kNumbers[] = {0,          1,          0x7f,       0xff,
                                 0xffff,     0x7fffffff, 0x80000000, 0xffffffff,
                                 1ull << 31, 1ull << 62, 1ull << 63, ~0ull};

std::vector<uint8_t> Mutate(const std::vector<uint8_t>& seed, Random& random) {
  std::vector<uint8_t> data = seed;
  const size_t steps = 1 + random.Below(4);
  for (size_t step = 0; step < steps; ++step) {
    const size_t at = random.Below(data.size());
    switch (random.Below(6)) {
      case 0:  // one bit
        if (!data.empty()) data[at] ^= uint8_t{1} << random.Below(8);
        break;
      case 1:  // one byte
        if (!data.empty()) data[at] = static_cast<uint8_t>(random.Next());
        break;
      case 2:  // cut
        data.resize(at);
        break;
      case 3: {  // a number over what stands there
        const uint64_t number = kNumbers[random.Below(std::size(kNumbers))];
        const size_t width = std::min<size_t>(size_t{1} << random.Below(4), data.size() - at);
        if (width > 0) std::memcpy(data.data() + at, &number, width);
        break;
      }
      case 4: {  // a piece twice
        const size_t length = std::min<size_t>(random.Below(64), data.size() - at);
        const std::vector<uint8_t> piece(data.begin() + at, data.begin() + at + length);
        data.insert(data.begin() + at, piece.begin(), piece.end());
        break;
      }
      default: {  // a piece away
        const size_t length = std::min<size_t>(random.Below(64), data.size() - at);
        data.erase(data.begin() + at, data.begin() + at + length);
      }
    }
  }
  return data;
}

void Run(const std::vector<uint8_t>& input) {
  // A copy of exactly this size, so that a read past the end is one for the sanitizer too.
  const std::vector<uint8_t> data(input.begin(), input.end());
  current_data = data.data();
  current_size = data.size();
  LLVMFuzzerTestOneInput(data.data(), data.size());
}

}  // namespace

// Sanitizers have their own operator new, which finds more.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void* operator new(size_t size) {
  if (size > kLargestAllocation) {
    fprintf(stderr, "one allocation of %zu bytes for an input of %zu\n", size, current_size);
    std::abort();
  }
  if (void* block = std::malloc(size == 0 ? 1 : size)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, size_t) noexcept { std::free(block); }
#endif

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
    return 64;
  }
  // A sanitizer has handlers of its own for these signals, but none for abort.
  std::signal(SIGABRT, OnSignal);
  if (__sanitizer_set_death_callback) {
    __sanitizer_set_death_callback(SaveInput);
  } else {
    for (int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(number, OnSignal);
  }

  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1], error)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    fprintf(stderr, "%s: no seeds there: an empty corpus proves nothing\n", argv[1]);
    return 66;
  }

  Run({});
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    const std::vector<uint8_t> seed((std::istreambuf_iterator<char>(stream)), {});
    const std::string name = file.filename().string();
    current_name = name.c_str();
    current_mutation = 0;
    Run(seed);
    uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
    for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
    Random random(hash);
    for (current_mutation = 1; current_mutation <= kMutationsPerFile; ++current_mutation) {
      Run(Mutate(seed, random));
    }
  }
  printf("%zu seeds, %zu inputs, none broke\n", files.size(),
         files.size() * (kMutationsPerFile + 1) + 1);
  return 0;
}
