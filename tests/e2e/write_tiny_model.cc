// Writes the tiny model of tests/support to a file, for tests that drive the finished program:
// write_tiny_model FILE
#include <cstdio>
#include <vector>

#include "support/tiny_model.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_tiny_model FILE\n", stderr);
    return 64;
  }
  const std::vector<std::byte> bytes = yixin::MakeTinyModel();
  std::FILE* file = std::fopen(argv[1], "wb");
  if (file == nullptr) {
    std::perror(argv[1]);
    return 74;
  }
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  return std::fclose(file) == 0 && written ? 0 : 74;
}
