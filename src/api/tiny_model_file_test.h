// The tiny model of tests/support as a file, for this room's tests. Not part of the program.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/tiny_model.h"

namespace yixin {

class TinyModelFile {
 public:
  explicit TinyModelFile(const TinyModelOptions& options = {}) {
    std::string pattern = (std::filesystem::temp_directory_path() / "yixin_api_XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    const auto bytes = MakeTinyModel(options);
    std::ofstream(path(), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  ~TinyModelFile() { std::filesystem::remove_all(folder_); }

  std::string path() const { return (folder_ / "tiny.gguf").string(); }
  // Writes a file beside it. Out: its path.
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }

 private:
  std::filesystem::path folder_;
};

inline std::string SourceShare() { return std::string(YIXIN_SOURCE_DIR) + "/share"; }

}  // namespace yixin
