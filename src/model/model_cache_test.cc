// However the cache is disturbed, the model is the same and people hear why.
#include "model/model_cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "formats/gguf.h"
#include "kernels/registry.h"
#include "model/packed_model.h"
#include "support/temporary_folder.h"
#include "support/tiny_model.h"

namespace yixin {
namespace {

namespace fs = std::filesystem;

void WriteModel(const fs::path& path, const TinyModelOptions& options = {}) {
  const auto bytes = MakeTinyModel(options);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

// The head's bytes, which stand for the model.
std::string HeadOf(const Model& model) {
  const PackedMatrix& head = model.weights().head.view;
  return {reinterpret_cast<const char*>(head.values),
          static_cast<size_t>(PaddedRows(head.rows)) * static_cast<size_t>(PaddedCols(head.cols))};
}

class ModelCacheTest : public testing::Test {
 protected:
  void SetUp() override { WriteModel(source_); }

  LoadRequest Request() const { return {.source = source_, .cache_folder = cache_}; }

  Result<LoadedModel> Load(const LoadRequest& request, const char* kernels = "") const {
    ThreadPool pool(2);
    YIXIN_TRY(ModelFile file, OpenGguf(request.source));
    return LoadOrPack(std::move(file), **SelectKernels(kernels), pool, request);
  }
  Result<LoadedModel> Load() const { return Load(Request()); }

  // What is true of every loaded model: it is the source's.
  void ExpectRight(const LoadedModel& loaded) const {
    ThreadPool pool(1);
    const auto expected = Model::Load(*OpenGguf(source_), **SelectKernels(""), pool, {});
    EXPECT_TRUE(HeadOf(*loaded.model) == HeadOf(**expected));
    EXPECT_EQ(loaded.origin == WeightsOrigin::kMemory, loaded.packed_file.empty());
  }
  void ExpectOrigin(WeightsOrigin origin, std::string_view reason = "") const {
    const auto loaded = Load();
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->origin, origin) << loaded->reason;
    EXPECT_EQ(loaded->reason.empty(), reason.empty()) << loaded->reason;
    EXPECT_NE(loaded->reason.find(reason), std::string::npos) << loaded->reason;
    ExpectRight(*loaded);
  }

  // While the old one is there its inode is not given to the new one.
  void ReplaceSource(uint64_t seed) const {
    WriteModel(folder_.path() / "new.gguf", {.seed = seed});
    fs::rename(folder_.path() / "new.gguf", source_);
  }

  fs::path PackedPath() const { return cache_ / PackedFileName(source_); }
  // Files in the cache beside the lock.
  size_t Stored() const {
    size_t count = 0;
    for (const auto& entry : fs::directory_iterator(cache_))
      count += entry.path() != cache_ / ".lock";
    return count;
  }

  TemporaryFolder folder_;
  const fs::path source_ = folder_.path() / "tiny.gguf";
  const fs::path cache_ = folder_.path() / "cache" / "packed";
};

TEST_F(ModelCacheTest, PacksOnceThenMaps) {
  ExpectOrigin(WeightsOrigin::kPacked);
  for (int i = 0; i < 2; ++i) ExpectOrigin(WeightsOrigin::kCache);
  EXPECT_EQ(Stored(), 1u);
  EXPECT_TRUE(VerifyPackedModel(PackedPath()));
}

TEST_F(ModelCacheTest, ProgressIsThatOfPacking) {
  double last = -1;
  LoadRequest request = Request();
  request.progress = [&](double share) {
    EXPECT_GT(share, last);
    last = share;
  };
  ASSERT_TRUE(Load(request));
  EXPECT_GT(last, 0.5);
  EXPECT_LE(last, 1.0);
  last = -1;
  ASSERT_TRUE(Load(request));
  EXPECT_EQ(last, -1);
}

TEST_F(ModelCacheTest, EveryKernelTableMapsTheSameFile) {
  ExpectOrigin(WeightsOrigin::kPacked);
  for (const KernelChoice& choice : KernelTables()) {
    if (!choice.usable) continue;
    const auto loaded = Load(Request(), choice.table->name);
    ASSERT_TRUE(loaded);
    const bool reference = choice.table->form == NumericForm::kFloat32;
    EXPECT_EQ(loaded->origin, reference ? WeightsOrigin::kMemory : WeightsOrigin::kCache);
    EXPECT_EQ(loaded->reason, "");
    EXPECT_EQ(loaded->model->weights().head.view.floats != nullptr, reference);
  }
}

TEST_F(ModelCacheTest, WithoutAFolderNothingIsStored) {
  const auto loaded = Load({.source = source_});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->origin, WeightsOrigin::kMemory);
  EXPECT_EQ(loaded->reason, "");
  ExpectRight(*loaded);
}

TEST_F(ModelCacheTest, AModelInMemoryIsNotStored) {
  const auto bytes = MakeTinyModel();
  ThreadPool pool(1);
  const auto loaded = LoadOrPack(*ParseGguf(bytes), **SelectKernels(""), pool, Request());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->origin, WeightsOrigin::kMemory);
  EXPECT_FALSE(fs::exists(cache_));
}

TEST_F(ModelCacheTest, AnotherSourceUnderTheNameIsPackedAgain) {
  ExpectOrigin(WeightsOrigin::kPacked);
  ReplaceSource(2);
  ExpectOrigin(WeightsOrigin::kPacked, "changed since");
  ExpectOrigin(WeightsOrigin::kCache);
  EXPECT_EQ(Stored(), 1u) << "the new weights take the place of the old";
}

TEST_F(ModelCacheTest, ASourceReplacedWhileItIsOpenIsNotStoredUnderTheNewOnesName) {
  ThreadPool pool(1);
  ModelFile file = *OpenGguf(source_);
  fs::remove(source_);
  WriteModel(source_, {.seed = 2});
  const auto loaded = LoadOrPack(std::move(file), **SelectKernels(""), pool, Request());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->origin, WeightsOrigin::kMemory);
  EXPECT_NE(loaded->reason.find("changed while"), std::string::npos) << loaded->reason;
  ExpectOrigin(WeightsOrigin::kPacked);
}

TEST_F(ModelCacheTest, ADamagedFileIsPackedAgainWithTheReason) {
  ExpectOrigin(WeightsOrigin::kPacked);
  const auto size = fs::file_size(PackedPath());
  const auto damage = [&](uint64_t at) {
    std::fstream file(PackedPath(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char old = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(old ^ 1));
  };
  constexpr uint64_t kVersionAt = 9;
  std::vector<uint64_t> places = {0, kVersionAt, 60, size - 1};  // header and index
  {
    const MappedFile file = *MappedFile::Open(PackedPath());
    const PackedFile packed = *PackedFile::Parse(file.bytes());
    EXPECT_EQ(packed.sections().size(), 2u * 4 + 4) << "four matrices a layer, and four more";
    for (const PackedSection& section : packed.sections()) {
      const auto begin = static_cast<uint64_t>(section.bytes.data() - file.bytes().data());
      places.insert(places.end(), {begin, begin + section.bytes.size() - 1});
    }
  }
  for (const uint64_t at : places) {
    SCOPED_TRACE(at);
    damage(at);
    ExpectOrigin(WeightsOrigin::kPacked, at == kVersionAt ? "version" : "packed");
    ExpectOrigin(WeightsOrigin::kCache);
    EXPECT_EQ(fs::file_size(PackedPath()), size);
  }
  for (const uint64_t cut : {uint64_t{0}, uint64_t{63}, size / 2, size - 1}) {
    fs::resize_file(PackedPath(), cut);
    ExpectOrigin(WeightsOrigin::kPacked, "packed file");
  }
  EXPECT_EQ(Stored(), 1u);
}

TEST_F(ModelCacheTest, AStopLeavesWhatWasThere) {
  StopFlag stop;
  LoadRequest request = Request();
  request.stop = &stop;
  request.progress = [&](double) { stop.Request(); };
  const auto expect_stopped = [&](const LoadRequest& which) {
    stop.Clear();
    const auto loaded = Load(which);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::kCancelled);
  };
  expect_stopped(request);
  EXPECT_EQ(Stored(), 0u);
  LoadRequest in_memory = request;
  in_memory.cache_folder.clear();
  expect_stopped(in_memory);
  ExpectOrigin(WeightsOrigin::kPacked);
  request.repack = true;
  expect_stopped(request);
  EXPECT_EQ(Stored(), 1u);
  ExpectOrigin(WeightsOrigin::kCache);
  // After the last matrix too.
  request.progress = [&](double share) {
    if (share > 0.99) stop.Request();
  };
  fs::remove(source_);
  WriteModel(source_, {.tied_head = true});
  expect_stopped(request);
  EXPECT_EQ(Stored(), 1u);
  ExpectOrigin(WeightsOrigin::kPacked, "changed since");
}

TEST_F(ModelCacheTest, PackedAgainOnRequest) {
  ExpectOrigin(WeightsOrigin::kPacked);
  const auto before = ReadFileIdentity(PackedPath());
  LoadRequest request = Request();
  request.repack = true;
  const auto loaded = Load(request);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->origin, WeightsOrigin::kPacked);
  EXPECT_EQ(loaded->reason, "");
  EXPECT_NE(ReadFileIdentity(PackedPath())->inode, before->inode);
  ExpectOrigin(WeightsOrigin::kCache);
}

TEST_F(ModelCacheTest, WhereItMustBeStoredWhatHindersItIsAnError) {
  LoadRequest request = Request();
  request.must_store = true;
  fs::create_directories(cache_.parent_path());
  std::ofstream(cache_) << "a file";
  const auto no_folder = Load(request);
  ASSERT_FALSE(no_folder);
  EXPECT_NE(no_folder.error().message.find("cannot make the folder"), std::string::npos);
  fs::remove(cache_);
  const auto reference = Load(request, "reference");
  ASSERT_FALSE(reference);
  EXPECT_EQ(reference.error().code, ErrorCode::kUnsupported);
  ASSERT_TRUE(Load(request));
  const auto size = fs::file_size(PackedPath());
  request.repack = true;
  rlimit old_limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const rlimit limit{size / 2, old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  const auto full = Load(request);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old_limit), 0);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kIo);
  EXPECT_TRUE(VerifyPackedModel(PackedPath())) << "the old file";
  ExpectOrigin(WeightsOrigin::kCache);
}

TEST_F(ModelCacheTest, ABadSourceIsItsOwnError) {
  auto bytes = MakeTinyModel();
  const ModelFile sound = *ParseGguf(bytes);
  const auto at = sound.FindTensor("output.weight")->bytes.data() - bytes.data();
  const uint32_t nan = 0x7fc00000;
  std::memcpy(bytes.data() + at, &nan, sizeof(nan));
  std::ofstream(source_, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  const auto loaded = Load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().subject, "output.weight");
  EXPECT_EQ(Stored(), 0u);
}

TEST_F(ModelCacheTest, AFolderThatCannotBeMadeIsAReason) {
  fs::create_directories(cache_.parent_path());
  std::ofstream(cache_) << "a file";
  ExpectOrigin(WeightsOrigin::kMemory, "cannot make the folder");
}

TEST_F(ModelCacheTest, AFolderInTheFilesPlaceIsAReason) {
  fs::create_directories(PackedPath() / "inside");
  ExpectOrigin(WeightsOrigin::kMemory, "cannot rename");
  EXPECT_EQ(Stored(), 1u);
}

// Runs in a process of its own; true where `body` returns true.
template <typename F>
bool InChild(const F& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body() ? 0 : 1);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(ModelCacheTest, AFolderWithoutTheRightToWrite) {
  fs::create_directories(cache_);
  // Root may write anywhere, so somebody else tries.
  constexpr uid_t kNobody = 65534;
  for (const fs::path& path : {folder_.path(), cache_.parent_path(), cache_}) {
    fs::permissions(path, fs::perms{0055}, fs::perm_options::add);
  }
  fs::permissions(cache_, fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write,
                  fs::perm_options::remove);
  const auto load_as_nobody = [&](WeightsOrigin origin, std::string_view reason) {
    return InChild([&] {
      if (geteuid() == 0 && setuid(kNobody) != 0) return false;
      const auto loaded = Load();
      return loaded && loaded->origin == origin && loaded->reason.find(reason) != std::string::npos;
    });
  };
  EXPECT_TRUE(load_as_nobody(WeightsOrigin::kMemory, "Permission denied"));
  // What is stored there already is used.
  fs::permissions(cache_, fs::perms::owner_write, fs::perm_options::add);
  ExpectOrigin(WeightsOrigin::kPacked);
  fs::permissions(cache_, fs::perms::owner_write, fs::perm_options::remove);
  EXPECT_TRUE(load_as_nobody(WeightsOrigin::kCache, ""));
  fs::permissions(cache_, fs::perms::owner_write, fs::perm_options::add);
}

TEST_F(ModelCacheTest, AFullDiskLeavesTheOldStateAndIsAReason) {
  ExpectOrigin(WeightsOrigin::kPacked);
  ReplaceSource(3);
  rlimit old_limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto size = fs::file_size(PackedPath());
  for (const rlim_t part :
       {rlim_t{0}, rlim_t{100}, static_cast<rlim_t>(size / 2), static_cast<rlim_t>(size - 1)}) {
    const rlimit limit{part, old_limit.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const auto loaded = Load();
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old_limit), 0);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->origin, WeightsOrigin::kMemory);
    EXPECT_NE(loaded->reason.find("cannot write"), std::string::npos) << loaded->reason;
    ExpectRight(*loaded);
    EXPECT_TRUE(VerifyPackedModel(PackedPath())) << "the old file";
    EXPECT_EQ(Stored(), 1u);
  }
  ExpectOrigin(WeightsOrigin::kPacked, "changed since");
}

TEST_F(ModelCacheTest, OfManyProcessesAtOnceOnePacks) {
  constexpr int kProcesses = 6;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      close(ready[1]);
      char byte = 0;
      (void)!read(ready[0], &byte, 1);  // until all are here
      const auto loaded = Load();
      if (!loaded || !loaded->reason.empty()) _exit(100);
      _exit(static_cast<int>(loaded->origin));
    }
    children.push_back(child);
  }
  close(ready[0]);
  close(ready[1]);
  int packed = 0;
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    const int code = WEXITSTATUS(status);
    ASSERT_TRUE(code == static_cast<int>(WeightsOrigin::kPacked) ||
                code == static_cast<int>(WeightsOrigin::kCache))
        << code;
    packed += code == static_cast<int>(WeightsOrigin::kPacked);
  }
  EXPECT_EQ(packed, 1);
  EXPECT_EQ(Stored(), 1u);
  ExpectOrigin(WeightsOrigin::kCache);
}

TEST_F(ModelCacheTest, AHeldLockIsWaitedForUpToALimitOrAStop) {
  fs::create_directories(cache_);
  const int lock = open((cache_ / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  ASSERT_EQ(flock(lock, LOCK_EX), 0);
  LoadRequest request = Request();
  request.wait_ms = 30;
  const auto loaded = Load(request);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->origin, WeightsOrigin::kMemory);
  EXPECT_NE(loaded->reason.find("another process"), std::string::npos) << loaded->reason;
  StopFlag stop;
  stop.Request();
  request = Request();
  request.stop = &stop;
  const auto stopped = Load(request);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  close(lock);
  ExpectOrigin(WeightsOrigin::kPacked);
}

TEST_F(ModelCacheTest, KilledAtAnyMomentTheNextLoadIsRight) {
  uint32_t random = 12345;
  for (int round = 0; round < 40; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      // Again and again from nothing, so that a kill meets every stage.
      while (true) {
        std::error_code error;
        fs::remove(PackedPath(), error);
        if (!Load()) _exit(1);
      }
    }
    random = random * 1664525 + 1013904223;
    std::this_thread::sleep_for(std::chrono::microseconds(random >> 17));  // up to 33 ms
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "ended by itself";
    if (fs::exists(PackedPath())) {
      EXPECT_TRUE(VerifyPackedModel(PackedPath()));
      ExpectOrigin(WeightsOrigin::kCache);
      fs::remove(PackedPath());
    }
    ExpectOrigin(WeightsOrigin::kPacked);
    EXPECT_EQ(Stored(), 1u) << "what was left half written is gone";
  }
}

TEST_F(ModelCacheTest, NamesAreOneForEachFile) {
  EXPECT_EQ(PackedFileName("/a/qwen.gguf"), PackedFileName("/a/qwen.gguf"));
  EXPECT_NE(PackedFileName("/a/qwen.gguf"), PackedFileName("/b/qwen.gguf"));
  EXPECT_TRUE(PackedFileName("/a/qwen.gguf").starts_with("qwen-"));
  EXPECT_TRUE(PackedFileName("/a/qwen.gguf").ends_with(".yxp"));
  fs::create_symlink(source_, folder_.path() / "link.gguf");
  EXPECT_EQ(PackedFileName(folder_.path() / "link.gguf"), PackedFileName(source_));
  for (const char* name : {"心.gguf", "a b\n.gguf", ".gguf", "", "..", "/"}) {
    const std::string packed = PackedFileName(fs::path("/models") / name);
    EXPECT_EQ(packed.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789._-"),
              std::string::npos)
        << packed;
  }
  EXPECT_LT(PackedFileName("/" + std::string(250, 'x')).size(), 80u);
}

}  // namespace
}  // namespace yixin
