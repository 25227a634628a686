// Packed weights are those that packing in memory gives, or they are refused with a reason.
#include "model/packed_model.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "formats/dequantize.h"
#include "formats/gguf.h"
#include "kernels/registry.h"
#include "model/decoder.h"
#include "model/model.h"
#include "support/temporary_folder.h"
#include "support/tiny_model.h"

namespace yixin {
namespace {

const KernelTable& Kernels() { return **SelectKernels(""); }

// A small model's file and what it is packed to.
class PackedSource {
 public:
  explicit PackedSource(const TinyModelOptions& options = {}) {
    const auto bytes = MakeTinyModel(options);
    std::ofstream(path(), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    file_.emplace(*OpenGguf(path()));
    config_ = *ReadModelConfig(*file_);
  }

  Status Write(const KernelTable& kernels = Kernels()) {
    ThreadPool pool(2);
    return WritePackedModel(*file_, config_, kernels, pool,
                            {.path = packed(), .source_path = path().string()});
  }
  Result<ModelWeights> Open() const { return OpenPackedModel(packed(), *file_, config_); }

  std::filesystem::path path() const { return folder_.path() / "tiny.gguf"; }
  std::filesystem::path packed() const { return folder_.path() / "tiny.yxp"; }
  const ModelFile& file() const { return *file_; }
  const ModelConfig& config() const { return config_; }
  const TemporaryFolder& folder() const { return folder_; }

 private:
  TemporaryFolder folder_;
  std::optional<ModelFile> file_;
  ModelConfig config_;
};

std::vector<std::byte> ReadAll(const std::filesystem::path& path) {
  const MappedFile file = *MappedFile::Open(path);
  return {file.bytes().begin(), file.bytes().end()};
}

void ExpectSameMatrix(const OwnedMatrix& a, const OwnedMatrix& b) {
  ASSERT_EQ(a.view.rows, b.view.rows);
  ASSERT_EQ(a.view.cols, b.view.cols);
  ASSERT_EQ(a.bytes(), b.bytes());
  const auto rows = static_cast<size_t>(PaddedRows(a.view.rows));
  const auto cols = static_cast<size_t>(PaddedCols(a.view.cols));
  EXPECT_EQ(std::memcmp(a.view.values, b.view.values, rows * cols), 0);
  EXPECT_EQ(std::memcmp(a.view.scales, b.view.scales, rows * sizeof(float)), 0);
  EXPECT_EQ(std::memcmp(a.view.offsets, b.view.offsets, rows * sizeof(int32_t)), 0);
}

std::vector<float> LogitsOf(const Model& model) {
  const std::vector<int32_t> tokens = {5, 90, 17, 200, 3};
  ThreadPool pool(2);
  ForwardScratch scratch(model.config(), model.kernels().form, 8, pool.threads());
  AlignedBuffer<std::byte> page(KvLayout(model.config(), model.kernels().form).PageBytes());
  std::memset(page.data(), 0, page.size());
  std::byte* const pages[] = {page.data()};
  const SequenceSlice slice{.tokens = tokens, .pages = pages};
  std::vector<float> hidden(tokens.size() * static_cast<size_t>(model.config().hidden));
  const int all = model.config().layers;
  Forward(model, {&slice, 1}, {&all, 1}, scratch, pool, hidden.data());
  std::vector<float> logits(tokens.size() * static_cast<size_t>(model.config().vocabulary));
  ComputeLogits(model, hidden.data(), static_cast<int>(tokens.size()), scratch, pool,
                logits.data());
  return logits;
}

TEST(PackedModel, HasTheBitsOfPackingInMemory) {
  for (const TinyModelOptions& options :
       {TinyModelOptions{}, TinyModelOptions{.architecture = "llama"},
        TinyModelOptions{.tied_head = true, .q8_0 = true},
        TinyModelOptions{.layers = 1, .hidden = 40, .heads = 4, .head_dim = 10, .ffn = 72}}) {
    PackedSource source(options);
    const auto written = source.Write();
    ASSERT_TRUE(written) << written.error().message;
    auto mapped = source.Open();
    ASSERT_TRUE(mapped) << mapped.error().message;
    EXPECT_FALSE(mapped->mapping.touched());

    ThreadPool pool(2);
    const auto memory = Model::Load(*OpenGguf(source.path()), Kernels(), pool, {});
    const ModelWeights& expected = (*memory)->weights();
    ASSERT_EQ(mapped->layers.size(), expected.layers.size());
    for (size_t i = 0; i < expected.layers.size(); ++i) {
      const LayerWeights& a = mapped->layers[i];
      const LayerWeights& b = expected.layers[i];
      EXPECT_EQ(a.attention_norm, b.attention_norm);
      EXPECT_EQ(a.ffn_norm, b.ffn_norm);
      EXPECT_EQ(a.qkv_bias, b.qkv_bias);
      ExpectSameMatrix(a.qkv, b.qkv);
      ExpectSameMatrix(a.attention_output, b.attention_output);
      ExpectSameMatrix(a.gate_up, b.gate_up);
      ExpectSameMatrix(a.down, b.down);
    }
    EXPECT_EQ(mapped->output_norm, expected.output_norm);
    ExpectSameMatrix(mapped->head, expected.head);

    const auto model = Model::FromWeights(*OpenGguf(source.path()), source.config(), Kernels(),
                                          *std::move(mapped));
    EXPECT_EQ(model->weight_bytes(), (*memory)->weight_bytes());
    const auto logits = LogitsOf(*model), logits_expected = LogitsOf(**memory);
    EXPECT_EQ(std::memcmp(logits.data(), logits_expected.data(), logits.size() * sizeof(float)), 0);
  }
}

// When this fails, stored weights of the versions before it no longer are what this program packs:
// raise kPackedLayoutVersion and put the new numbers here.
TEST(PackedModel, TheLayoutVersionStandsForTheseBytes) {
  ASSERT_EQ(kPackedLayoutVersion, 3u);
  for (const KernelChoice& choice : KernelTables()) {
    if (!choice.usable || choice.table->form != NumericForm::kRotatedInt8) continue;
    PackedSource source;
    ASSERT_TRUE(source.Write(*choice.table));
    const PackedFile packed = *PackedFile::Open(source.packed());
    std::map<std::string, uint64_t, std::less<>> checksums;
    for (const PackedSection& section : packed.sections()) {
      checksums.emplace(section.name, section.checksum);
    }
    EXPECT_EQ(checksums.size(), 2 * 4 + 4u);
    EXPECT_EQ(checksums["head"], 14694206478680490104u) << choice.table->name;
    EXPECT_EQ(checksums["layer.0.qkv"], 17510704014952948762u) << choice.table->name;
    EXPECT_EQ(checksums["layer.0.gate_up"], 4126495602664735435u) << choice.table->name;
    EXPECT_EQ(checksums["layer.1.down"], 2781988051447480567u) << choice.table->name;
    EXPECT_EQ(checksums["vectors"], 3089811381213611256u) << choice.table->name;
  }
}

TEST(PackedModel, CutAnywhereItIsRefused) {
  PackedSource source({.layers = 1});
  ASSERT_TRUE(source.Write());
  const auto whole = ReadAll(source.packed());
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_FALSE(PackedFile::Parse(std::span(whole).first(size))) << size;
  }
  // And on the disk, where it is mapped.
  for (size_t size = 0; size < whole.size(); size += 1 + size / 3) {
    std::filesystem::resize_file(source.packed(), size);
    const auto weights = source.Open();
    ASSERT_FALSE(weights) << size;
    EXPECT_FALSE(weights.error().message.empty());
    std::ofstream(source.packed(), std::ios::binary)
        .write(reinterpret_cast<const char*>(whole.data()),
               static_cast<std::streamsize>(whole.size()));
  }
  EXPECT_TRUE(source.Open());
}

TEST(PackedModel, AChangedByteIsNeverTrusted) {
  PackedSource source({.layers = 1});
  ASSERT_TRUE(source.Write());
  auto bytes = ReadAll(source.packed());
  const PackedFile sound = *PackedFile::Parse(bytes);
  const auto change = [&](size_t at) { bytes[at] ^= std::byte{4}; };
  for (const PackedSection& section : sound.sections()) {
    const auto begin = static_cast<size_t>(section.bytes.data() - bytes.data());
    const size_t last = begin + section.bytes.size() - 1;
    const bool small = section.name == "manifest" || section.name == "vectors";
    for (size_t at = begin; at <= last; at += small ? 1 : section.bytes.size() / 13) {
      change(at);
      auto packed = PackedFile::Parse(bytes);
      ASSERT_TRUE(packed);
      ASSERT_FALSE(packed->VerifyAll()) << section.name << " " << at;
      const auto weights =
          ReadPackedModel(*std::move(packed), source.file().identity(), source.config());
      // Matrices are not read at every start, but a file that was written to is.
      ASSERT_EQ(weights.has_value(), !small) << section.name << " " << at;
      change(at);
    }
    change(last);
    std::ofstream(source.packed(), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    change(last);
    const auto opened = source.Open();
    ASSERT_FALSE(opened) << section.name;
    EXPECT_NE(opened.error().message.find("damaged"), std::string::npos);
    EXPECT_FALSE(VerifyPackedModel(source.packed())) << section.name;
  }
}

TEST(PackedModel, ACopyIsVerifiedOnce) {
  PackedSource source;
  ASSERT_TRUE(source.Write());
  const auto copy = source.folder().path() / "copy.yxp";
  std::filesystem::copy_file(source.packed(), copy);
  ASSERT_TRUE(PackedFile::Open(copy)->touched());
  ASSERT_TRUE(OpenPackedModel(copy, source.file(), source.config()));
  EXPECT_FALSE(PackedFile::Open(copy)->touched());
}

// The packed file again, sound as a container, with other contents.
using Change = std::function<void(const std::string& name, std::vector<std::byte>& bytes)>;
Result<ModelWeights> OpenChanged(const PackedSource& source, const Change& change,
                                 std::string_view dropped = "") {
  const PackedFile packed = *PackedFile::Open(source.packed());
  const auto path = source.folder().path() / "changed.yxp";
  auto writer = PackedFileWriter::Create(path);
  for (const PackedSection& section : packed.sections()) {
    if (section.name == dropped) continue;
    std::vector<std::byte> bytes(section.bytes.begin(), section.bytes.end());
    if (change) change(std::string(section.name), bytes);
    EXPECT_TRUE(writer->AddSection(section.name, bytes));
  }
  EXPECT_TRUE(writer->Commit());
  return OpenPackedModel(path, source.file(), source.config());
}

TEST(PackedModel, EveryFieldOfTheManifestCounts) {
  PackedSource source;
  ASSERT_TRUE(source.Write());
  const auto with = [&](const std::function<void(PackedManifest&)>& set) {
    return OpenChanged(source, [&](const std::string& name, std::vector<std::byte>& bytes) {
      if (name != "manifest") return;
      PackedManifest manifest = *ParseManifest(bytes);
      set(manifest);
      bytes = SerialiseManifest(manifest);
    });
  };
  ASSERT_TRUE(with([](PackedManifest&) {}));
  EXPECT_TRUE(with([](PackedManifest& m) { m.source_path = "/elsewhere"; })) << "a moved file";
  const std::vector<std::pair<std::string, std::function<void(PackedManifest&)>>> cases = {
      {"of yixin 0.0.9, this is", [](PackedManifest& m) { m.yixin_version = "0.0.9"; }},
      {"another layout (7, expected", [](PackedManifest& m) { m.layout_version = 7; }},
      {"another layout", [](PackedManifest& m) { ++m.numeric_form; }},
      {"another layout", [](PackedManifest& m) { ++m.numerics_version; }},
      {"another layout", [](PackedManifest& m) { ++m.panel_rows; }},
      {"another layout", [](PackedManifest& m) { ++m.column_padding; }},
      {"model file that has changed", [](PackedManifest& m) { ++m.source.size; }},
      {"model file that has changed", [](PackedManifest& m) { ++m.source.modified_ns; }},
      {"model file that has changed", [](PackedManifest& m) { ++m.source.inode; }}};
  for (const auto& [reason, set] : cases) {
    const auto weights = with(set);
    ASSERT_FALSE(weights) << reason;
    EXPECT_EQ(weights.error().code, ErrorCode::kUnsupported);
    EXPECT_NE(weights.error().message.find(reason), std::string::npos) << weights.error().message;
  }
}

TEST(PackedModel, SectionsThatDoNotFitTheModelAreRefused) {
  PackedSource source;
  ASSERT_TRUE(source.Write());
  const PackedFile packed = *PackedFile::Open(source.packed());
  ASSERT_TRUE(OpenChanged(source, {}));
  for (const PackedSection& section : packed.sections()) {
    EXPECT_FALSE(OpenChanged(source, {}, section.name)) << section.name;
    for (const int by : {-1, 1, 64}) {
      const auto weights =
          OpenChanged(source, [&](const std::string& name, std::vector<std::byte>& bytes) {
            if (name == section.name) bytes.resize(bytes.size() + static_cast<size_t>(by));
          });
      ASSERT_FALSE(weights) << section.name << " " << by;
      EXPECT_EQ(weights.error().code, ErrorCode::kInvalidFile);
    }
  }
}

TEST(PackedModel, VectorsOfAnyBytesAreReadOrRefused) {
  PackedSource source({.layers = 1});
  ASSERT_TRUE(source.Write());
  const size_t size = PackedFile::Open(source.packed())->Get("vectors")->size();
  for (size_t at = 0; at < size; at += 7) {
    EXPECT_FALSE(OpenChanged(source, [&](const std::string& name, std::vector<std::byte>& bytes) {
      if (name == "vectors") bytes.resize(at);
    })) << at;
  }
  for (const uint32_t count : {0u, 1u, 63u, 65u, 0x7fffffffu, 0xffffffffu}) {
    EXPECT_FALSE(OpenChanged(source, [&](const std::string& name, std::vector<std::byte>& bytes) {
      if (name == "vectors") std::memcpy(bytes.data(), &count, sizeof(count));
    })) << count;
  }
}

TEST(PackedModel, AStoredModelIsTheSame) {
  for (const TinyModelOptions& options :
       {TinyModelOptions{}, TinyModelOptions{.architecture = "llama"},
        TinyModelOptions{.tied_head = true, .q8_0 = true}}) {
    PackedSource source(options);
    ASSERT_TRUE(source.Write());
    auto stored = OpenStoredModel(source.packed(), source.path());
    ASSERT_TRUE(stored) << stored.error().message;
    EXPECT_EQ(stored->config, source.config());
    EXPECT_TRUE(stored->source.identity() == source.file().identity());
    EXPECT_TRUE(stored->source.metadata().empty()) << "nothing in there was parsed";
    const auto model = Model::FromWeights(std::move(stored->source), stored->config, Kernels(),
                                          std::move(stored->weights));
    ThreadPool pool(1);
    const auto expected = Model::Load(*OpenGguf(source.path()), Kernels(), pool, {});
    EXPECT_EQ(LogitsOf(*model), LogitsOf(**expected));
  }
}

TEST(PackedModel, WhatIsStoredOfTheSourceIsRefusedOrWithinIt) {
  const PackedSource source;
  const std::vector<std::byte> whole = SerialiseSource(source.file(), source.config());
  const auto parse = [&](std::span<const std::byte> bytes) {
    return ParseSource(bytes, *MappedFile::Open(source.path()));
  };
  ASSERT_TRUE(parse(whole));
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse(std::span(whole).first(size))) << size;
  }
  size_t read = 0;
  for (size_t i = 0; i < whole.size() * 8; ++i) {
    std::vector<std::byte> flipped = whole;
    flipped[i / 8] ^= std::byte{1} << (i % 8);
    const auto parsed = parse(flipped);
    if (!parsed) {
      EXPECT_FALSE(parsed.error().message.empty());
      continue;
    }
    ++read;
    EXPECT_TRUE(CheckModelConfig(parsed->second));
    const TensorView* embedding = parsed->first.FindTensor("token_embd.weight");
    ASSERT_NE(embedding, nullptr);
    EXPECT_TRUE(parsed->first.OffsetInFile(*embedding)) << "bit " << i;
    std::vector<float> row(embedding->cols());
    EXPECT_TRUE(DequantizeRow(embedding->type, embedding->Row(embedding->rows() - 1), row));
  }
  EXPECT_GT(read, 0u) << "the name may be any";
}

TEST(PackedModel, ASourceInMemoryHasNoPlaceInAFile) {
  const auto bytes = MakeTinyModel();
  const ModelFile file = *ParseGguf(bytes);
  EXPECT_FALSE(file.OffsetInFile(file.tensors()[0]));
  const auto parsed = ParseSource(SerialiseSource(file, *ReadModelConfig(file)), MappedFile());
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, ErrorCode::kUnsupported);
}

TEST(PackedModel, AManifestOfAnyBytesIsReadOrRefused) {
  const auto bytes = SerialiseManifest(MakeManifest({1, 2, 3}, "/models/tiny.gguf"));
  EXPECT_EQ(ParseManifest(bytes)->source_path, "/models/tiny.gguf");
  EXPECT_EQ(ParseManifest(bytes)->source, (FileIdentity{1, 2, 3}));
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ParseManifest(std::span(bytes).first(size))) << size;
  }
  for (size_t at = 0; at < bytes.size(); ++at) {
    auto changed = bytes;
    changed[at] = std::byte{0xff};
    if (const auto manifest = ParseManifest(changed)) {
      EXPECT_NE(*manifest, *ParseManifest(bytes)) << at;
    }
  }
}

TEST(PackedModel, ASourceThatChangesMeanwhileIsNotStored) {
  PackedSource source;
  std::filesystem::last_write_time(
      source.path(), std::filesystem::file_time_type::clock::now() + std::chrono::seconds(9));
  const auto written = source.Write();
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find("changed while"), std::string::npos)
      << written.error().message;
  EXPECT_EQ(source.folder().count(), 1u);
}

TEST(PackedModel, ABadSourceLeavesNothing) {
  PackedSource source;
  auto bytes = MakeTinyModel();
  const ModelFile sound = *ParseGguf(bytes);
  const auto at = sound.FindTensor("blk.1.ffn_down.weight")->bytes.data() - bytes.data();
  const float bad = std::nanf("");
  std::memcpy(bytes.data() + at, &bad, sizeof(bad));
  const ModelFile file = *ParseGguf(bytes);
  ThreadPool pool(1);
  const auto written =
      WritePackedModel(file, source.config(), Kernels(), pool,
                       {.path = source.packed(), .source_path = source.path().string()});
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find("not finite"), std::string::npos);
  EXPECT_EQ(source.folder().count(), 1u);
}

}  // namespace
}  // namespace yixin
