// A second start reads nothing of the model's own files, gives the same, and says why where it
// could not.
#include "api/model_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "api/tiny_model_file_test.h"
#include "formats/packed_file.h"
#include "kernels/registry.h"
#include "support/temporary_folder.h"
#include "yixin/assistant.h"

namespace yixin {
namespace {

namespace fs = std::filesystem;

class ModelTextTest : public testing::Test {
 protected:
  struct Start {
    std::string note;
    std::vector<std::pair<std::string, double>> probs;
    std::vector<int32_t> ids;
  };
  Start Open(const std::string& cache) const {
    auto assistant = Assistant::Open({.model_path = model_.path(),
                                      .share_path = SourceShare(),
                                      .threads = 1,
                                      .cache_folder = cache});
    EXPECT_TRUE(assistant) << assistant.error().message;
    return {assistant->facts().weights_note, assistant->Classify("今天真好", {})->probs,
            *assistant->Tokenize("hello <|im_end|> 正面<tool_call>", /*plain=*/false)};
  }
  // A start that is as without a cache; its note.
  std::string Note() const {
    const Start start = Open(cache_.path());
    const Start plain = Open("");
    EXPECT_EQ(start.probs, plain.probs) << "the same bits";
    EXPECT_EQ(start.ids, plain.ids);
    return start.note;
  }
  fs::path Packed() const { return cache_.path() / PackedFileName(model_.path()); }
  bool Stores() const {
    const bool stores = (*SelectKernels(""))->form == NumericForm::kRotatedInt8;
    if (!stores) std::cout << "NOT TESTED: this CPU has no table of int8\n";
    return stores;
  }

  TinyModelFile model_;
  TemporaryFolder cache_;
};

TEST_F(ModelTextTest, TheNextStartIsTheSame) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Note(), "");
}

// All of the source but its embedding is overwritten, under the times that it had.
TEST_F(ModelTextTest, TheNextStartDoesNotReadTheSource) {
  if (!Stores()) return;
  const Start first = Open(cache_.path());
  const auto time = fs::last_write_time(model_.path());
  {
    std::fstream file(model_.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.write(std::string(4096, '\xff').data(), 4096);  // header and metadata
  }
  fs::last_write_time(model_.path(), time);
  EXPECT_FALSE(Assistant::Open({.model_path = model_.path()})) << "without the cache it is broken";
  const Start second = Open(cache_.path());
  EXPECT_EQ(second.note, "");
  EXPECT_EQ(second.probs, first.probs);
  EXPECT_EQ(second.ids, first.ids);
}

TEST_F(ModelTextTest, EverySectionIsRebuiltWhenAByteOfItChanges) {
  if (!Stores()) return;
  EXPECT_EQ(Note(), "");
  std::vector<std::string> names;
  {
    const PackedFile packed = *PackedFile::Open(Packed());
    for (const PackedSection& section : packed.sections()) names.emplace_back(section.name);
  }
  for (const char* name : {"tokenizer", "chat_template", "source", "manifest", "vectors", "head"}) {
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
  }
  for (const std::string& name : names) {
    std::string whole = [&] {
      std::ifstream file(Packed(), std::ios::binary);
      return std::string(std::istreambuf_iterator<char>(file), {});
    }();
    const PackedFile parsed = *PackedFile::Parse(std::as_bytes(std::span(whole)));
    const auto found = parsed.Get(name);
    ASSERT_TRUE(found);
    const std::span<const std::byte> section = *found;
    if (section.empty()) continue;  // the tiny model has no chat template
    const auto at = reinterpret_cast<const char*>(section.data()) - whole.data() +
                    static_cast<std::ptrdiff_t>(section.size() / 2);
    whole[static_cast<size_t>(at)] ^= 1;
    fs::remove(Packed());
    std::ofstream(Packed(), std::ios::binary)
        .write(whole.data(), static_cast<std::streamsize>(whole.size()));
    const std::string note = Note();
    EXPECT_NE(note.find("damaged"), std::string::npos) << name << ": " << note;
    EXPECT_EQ(Note(), "") << name << ": it was rebuilt";
  }
}

TEST_F(ModelTextTest, ATokenizerThatLiesIsRebuilt) {
  if (!Stores()) return;
  EXPECT_EQ(Note(), "");
  // Every section as it was but the tokenizer, whose checksum is right and whose head is not.
  const PackedFile old = *PackedFile::Open(Packed());
  auto writer = PackedFileWriter::Create(Packed());
  ASSERT_TRUE(writer);
  for (const PackedSection& section : old.sections()) {
    std::vector<std::byte> bytes(section.bytes.begin(), section.bytes.end());
    if (section.name == "tokenizer") bytes[8] = std::byte{0xf0};  // eos
    if (section.name == "tokenizer") bytes[9] = std::byte{0xf0};
    ASSERT_TRUE(writer->AddSection(section.name, bytes));
  }
  ASSERT_TRUE(writer->Commit());
  const std::string note = Note();
  EXPECT_NE(note.find("tokenizer is damaged"), std::string::npos) << note;
  EXPECT_EQ(Note(), "");
}

TEST_F(ModelTextTest, ABadVocabularyIsAnErrorAndNotANote) {
  const std::string path = model_.Write("cut", "GGUF");
  for (const std::string& cache : {std::string(), cache_.path().string()}) {
    const auto assistant = Assistant::Open({.model_path = path, .cache_folder = cache});
    ASSERT_FALSE(assistant);
    EXPECT_EQ(assistant.error().code, ErrorCode::kInvalidFile);
  }
}

}  // namespace
}  // namespace yixin
