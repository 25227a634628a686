// Stored prefixes give the bits of computed ones, and whatever happens to the files nobody notices.
#include "engine/prefix_files.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/file_lock.h"
#include "engine/engine.h"
#include "formats/gguf.h"
#include "formats/packed_file.h"
#include "kernels/registry.h"
#include "support/temporary_folder.h"
#include "support/tiny_model.h"

namespace yixin {
namespace {

namespace fs = std::filesystem;
using Ids = std::vector<int32_t>;

const Ids kPrefix = [] {  // a whole page and a part of one
  Ids ids;
  for (int32_t i = 0; i < 45; ++i) ids.push_back(i * 37 % 256);
  return ids;
}();
const Ids kText = {7, 8, 9};

class PrefixFilesTest : public testing::Test {
 protected:
  void SetUp() override { Use(*SelectKernels("").value()); }

  void Use(const KernelTable& kernels) {
    ThreadPool pool(1);
    model_ = *Model::Load(*ParseGguf(bytes_), kernels, pool, {});
  }

  PrefixPlace Place() const {
    return {folder_.path() / "m.yxp", folder_.path() / ".lock", "source 1"};
  }
  std::unique_ptr<Engine> NewEngine(const PrefixPlace& place) const {
    EngineOptions options{.threads = 1};
    options.prefixes = place;
    return std::make_unique<Engine>(*model_, options);
  }

  // Hidden states of kText behind the prefix.
  static std::vector<float> Continue(Engine& engine, const Ids& prefix) {
    auto sequence = engine.Prefix(prefix);
    EXPECT_TRUE(sequence) << sequence.error().message;
    EXPECT_EQ(sequence->length(), static_cast<int32_t>(prefix.size()));
    const Step step{&*sequence, kText, 0};
    return *engine.Forward({&step, 1});
  }
  std::vector<float> Computed() const { return Continue(*NewEngine({}), kPrefix); }

  // A new process, as it were: the same bits, and whether the prefix had to be computed.
  bool Computes(const PrefixPlace& place, const Ids& prefix = kPrefix) const {
    const auto engine = NewEngine(place);
    EXPECT_EQ(Continue(*engine, prefix), Continue(*NewEngine({}), prefix));
    const uint64_t all = prefix.size() + kText.size();
    EXPECT_TRUE(engine->tokens_computed() == all || engine->tokens_computed() == kText.size());
    return engine->tokens_computed() == all;
  }
  bool Computes() const { return Computes(Place()); }

  fs::path PathOf(const Ids& prefix) const {
    return PrefixFiles(Place(), model_->kernels().name).PathOf(prefix);
  }
  // Prefix files in the folder, all else too but the lock.
  size_t Stored() const { return folder_.count() - (fs::exists(Place().lock) ? 1 : 0); }

  static std::string Read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void Write(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  TemporaryFolder folder_;
  std::vector<std::byte> bytes_ = MakeTinyModel();
  std::unique_ptr<Model> model_;
};

TEST_F(PrefixFilesTest, ComputedOnceWithTheSameBitsOnEveryTable) {
  for (const KernelChoice& choice : KernelTables()) {
    if (!choice.usable) continue;
    Use(*choice.table);
    const bool reference = choice.table->form == NumericForm::kFloat32;
    EXPECT_TRUE(Computes()) << choice.table->name << ": another table's is not used";
    EXPECT_EQ(Computes(), reference) << choice.table->name;
    EXPECT_EQ(fs::exists(PathOf(kPrefix)), !reference);
  }
}

TEST_F(PrefixFilesTest, OneEngineComputesItOnceWithoutFiles) {
  const auto engine = NewEngine({});
  const auto first = Continue(*engine, kPrefix);
  EXPECT_EQ(Continue(*engine, kPrefix), first);
  EXPECT_EQ(engine->tokens_computed(), kPrefix.size() + 2 * kText.size());
  EXPECT_EQ(folder_.count(), 0u);
}

TEST_F(PrefixFilesTest, AnotherTaskOrModelHasItsOwn) {
  EXPECT_TRUE(Computes());
  Ids other = kPrefix;
  other.back() ^= 1;
  EXPECT_TRUE(Computes(Place(), other));
  EXPECT_TRUE(Computes(Place(), {kPrefix.begin(), kPrefix.end() - 1}));
  EXPECT_EQ(Stored(), 3u);
  EXPECT_FALSE(Computes());
  PrefixPlace changed = Place();
  changed.identity = "source 2";
  EXPECT_TRUE(Computes(changed));
  EXPECT_FALSE(Computes(changed));
  EXPECT_TRUE(Computes()) << "one file a task: the new model's took the place of the old";
  EXPECT_EQ(Stored(), 3u);
}

// All of the page that was not written is zero: nothing of an earlier text is stored.
TEST_F(PrefixFilesTest, EarlierTextsLeaveNoTrace) {
  EXPECT_TRUE(Computes());
  const auto pages_of = [&] {
    const auto file = PackedFile::Open(PathOf(kPrefix));
    EXPECT_TRUE(file);
    const auto pages = file->GetVerified("pages");
    EXPECT_TRUE(pages);
    return std::vector<std::byte>(pages->begin(), pages->end());
  };
  const auto expected = pages_of();
  fs::remove(PathOf(kPrefix));
  const auto engine = NewEngine(Place());
  {
    KvSequence secret = engine->NewSequence();
    const Ids ids(64, 200);
    const Step step{&secret, ids, 64};
    ASSERT_TRUE(engine->Forward({&step, 1}));
  }
  ASSERT_TRUE(engine->Prefix(kPrefix));
  EXPECT_TRUE(pages_of() == expected);
}

TEST_F(PrefixFilesTest, AFlippedByteIsComputedAgain) {
  EXPECT_TRUE(Computes());
  const std::string whole = Read(PathOf(kPrefix));
  const auto expected = Computed();
  const auto engine_reads = [&] {
    const auto engine = NewEngine(Place());
    EXPECT_EQ(Continue(*engine, kPrefix), expected);
    return engine->tokens_computed() == kText.size();
  };
  // The header is 64 bytes, the index ends the file; between them the sections, and padding that
  // nobody reads.
  for (size_t i = 0; i < whole.size(); i += i < 256 || i + 128 > whole.size() ? 3 : 499) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    Write(PathOf(kPrefix), damaged);
    const bool read = engine_reads();
    EXPECT_EQ(read, Read(PathOf(kPrefix)) == damaged) << "byte " << i << ": replaced unless used";
    EXPECT_TRUE(engine_reads()) << i;
  }
}

TEST_F(PrefixFilesTest, ACutOrForeignFileIsReplaced) {
  EXPECT_TRUE(Computes());
  const std::string whole = Read(PathOf(kPrefix));
  for (const size_t size : {size_t{0}, size_t{1}, size_t{63}, size_t{64}, whole.size() - 1}) {
    Write(PathOf(kPrefix), whole.substr(0, size));
    EXPECT_TRUE(Computes()) << size;
    EXPECT_FALSE(Computes()) << size;
  }
  fs::remove(PathOf(kPrefix));
  fs::create_directory(PathOf(kPrefix));
  EXPECT_TRUE(Computes()) << "a folder in its place";
}

// The right key over pages of another size.
TEST_F(PrefixFilesTest, PagesOfAnotherSizeAreRefused) {
  EXPECT_TRUE(Computes());
  const std::string key = [&] {
    const auto file = PackedFile::Open(PathOf(kPrefix));
    const auto bytes = *file->Get("key");
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }();
  const size_t page = KvLayout(model_->config(), model_->kernels().form).PageBytes();
  for (const size_t size : {size_t{0}, page, 2 * page - 1, 3 * page}) {
    auto writer = PackedFileWriter::Create(PathOf(kPrefix));
    ASSERT_TRUE(writer->AddSection("key", std::as_bytes(std::span(key))));
    ASSERT_TRUE(writer->AddSection("pages", std::vector<std::byte>(size)));
    ASSERT_TRUE(writer->Commit());
    EXPECT_TRUE(Computes()) << size;
  }
}

TEST_F(PrefixFilesTest, WithoutAPlaceToWriteItIsComputed) {
  Write(folder_.path() / "file", "");
  for (const fs::path& folder : {folder_.path() / "missing", folder_.path() / "file"}) {
    const PrefixPlace place{folder / "m.yxp", folder / ".lock", "source 1"};
    EXPECT_TRUE(Computes(place));
    EXPECT_TRUE(Computes(place));
  }
  EXPECT_EQ(folder_.count(), 1u);
}

TEST_F(PrefixFilesTest, NothingIsWrittenWhileAnotherProcessIsAtIt) {
  {
    const auto lock = FileLock::TryAcquire(Place().lock);
    EXPECT_TRUE(Computes());
    EXPECT_EQ(Stored(), 0u);
  }
  EXPECT_TRUE(Computes());
  const auto lock = FileLock::TryAcquire(Place().lock);
  EXPECT_FALSE(Computes()) << "reading needs no lock";
}

TEST_F(PrefixFilesTest, TwoProcessesAtOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      const auto expected = Computed();
      for (int32_t task = 0; task < 4; ++task) {
        Ids ids = kPrefix;
        ids[0] = task;
        if (!NewEngine(Place())->Prefix(ids)) _exit(1);
      }
      _exit(Continue(*NewEngine(Place()), kPrefix) == expected ? 0 : 2);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  Computes();
  EXPECT_FALSE(Computes());
}

TEST_F(PrefixFilesTest, TheOldestGo) {
  Write(folder_.path() / "m.yxp", "the weights");
  Write(folder_.path() / "other.prefix-0000000000000000.yxk", "another model's");
  Write(folder_.path() / "m.prefix-0000000000000000.yxk.new.1.0", "of a writer that was killed");
  Ids ids = {0, 1, 2};
  fs::path first;
  for (int32_t task = 0; task < 20; ++task) {
    ids[0] = task;
    ASSERT_TRUE(NewEngine(Place())->Prefix(ids));
    if (task == 0) first = PathOf(ids);
    // Times in the past, in order: the clock is too slow.
    fs::last_write_time(PathOf(ids),
                        fs::file_time_type::clock::now() - std::chrono::hours(100 - task));
  }
  EXPECT_EQ(Stored(), PrefixFiles::kMostFiles + 2);
  EXPECT_FALSE(fs::exists(first));
  EXPECT_TRUE(fs::exists(PathOf(ids)));
  RemovePrefixFiles(Place().packed_weights);
  EXPECT_EQ(Stored(), 2u) << "weights and the other model's";
}

// FNV-1a of where a small model's pages hold something: the places of keys and values, whatever the
// system's cosine is. Whoever has to change it raises kKvPageVersion: stored prefixes would be read
// wrongly.
TEST_F(PrefixFilesTest, PlacesInAPageAreKnown) {
  if (model_->kernels().form == NumericForm::kFloat32) {
    std::cout << "NOT TESTED: this CPU has no table of int8\n";
    return;
  }
  EXPECT_TRUE(Computes());
  const auto file = PackedFile::Open(PathOf(kPrefix));
  ASSERT_TRUE(file);
  const auto pages = file->GetVerified("pages");
  ASSERT_TRUE(pages);
  uint64_t hash = 0xcbf29ce484222325;
  for (size_t i = 0; i + 1 < pages->size(); i += 2) {  // F16
    const bool written = ((*pages)[i] | (*pages)[i + 1]) != std::byte{0};
    hash = (hash ^ static_cast<uint64_t>(written)) * 0x100000001b3;
  }
  EXPECT_EQ(hash, 0x92a7ba60f22e6665u) << std::hex << hash;
}

}  // namespace
}  // namespace yixin
