#include "api/model_fingerprint.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace yixin {
namespace {

class ModelFingerprintTest : public testing::Test {
 protected:
  ModelFingerprintTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("yixin_fingerprint_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~ModelFingerprintTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path Write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  std::string Of(const std::filesystem::path& path) {
    const auto fingerprint = ModelFingerprint(path);
    EXPECT_TRUE(fingerprint) << fingerprint.error().message;
    return fingerprint ? *fingerprint : "";
  }

  std::filesystem::path folder_;
};

TEST_F(ModelFingerprintTest, IsOfTheContentsAndNotOfTheName) {
  const std::string bytes(1'000'000, 'w');
  const std::string one = Of(Write("a.gguf", bytes));
  EXPECT_EQ(one.size(), 64u);
  EXPECT_EQ(Of(Write("b.gguf", bytes)), one);
  EXPECT_NE(Of(Write("c.gguf", bytes + "w")), one) << "of another size";
}

TEST_F(ModelFingerprintTest, SeesTheFirstBytesTheLastAndThoseBetween) {
  const std::string bytes(1'000'000, 'w');
  const std::string one = Of(Write("a.gguf", bytes));
  for (const size_t place : {size_t{0}, bytes.size() / 32 * 16 + 7, bytes.size() - 1}) {
    std::string other = bytes;
    other[place] = 'x';
    EXPECT_NE(Of(Write("b.gguf", other)), one) << place;
  }
}

TEST_F(ModelFingerprintTest, SmallAndEmptyFiles) {
  EXPECT_NE(Of(Write("a.gguf", "a")), Of(Write("b.gguf", "b")));
  EXPECT_NE(Of(Write("c.gguf", "")), Of(Write("b.gguf", "b")));
}

TEST_F(ModelFingerprintTest, AFolderIsItsWeightsAndSizes) {
  EXPECT_EQ(ModelFingerprint(folder_).error().code, ErrorCode::kInvalidFile);
  Write("config.json", "{}");
  Write("model.safetensors", "weights");
  const std::string one = Of(folder_);
  Write("README.md", "words");
  EXPECT_EQ(Of(folder_), one) << "what says nothing about the weights";
  Write("model.safetensors", "w3ights");
  EXPECT_NE(Of(folder_), one);
}

TEST_F(ModelFingerprintTest, WhatIsNotThere) {
  EXPECT_EQ(ModelFingerprint(folder_ / "none.gguf").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace yixin
