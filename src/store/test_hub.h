// For the store's tests: starts tests/support/fake_hub.py, and a folder and a store of their own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "store/pull.h"
#include "store/store.h"

namespace yixin {

// A folder that is there as long as the object. Its name is unique over processes.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct LoggedRequest {
  int port = 0;
  std::string method, path, range, authorization, accept;
  std::string host;  // where it was asked as a proxy
};

// The server, one for the whole test program.
class TestHub {
 public:
  static TestHub& Get();
  // "http://127.0.0.1:PORT/MODE"; the ways to behave are in fake_hub.py.
  std::string Url(const std::string& mode) const;
  // The same over https, with the certificate of this file alone.
  std::string HttpsUrl(const std::string& mode) const;
  std::string certificate() const { return (folder_.path() / "hub.pem").string(); }
  int second_port() const { return second_port_; }
  const std::string& payload() const { return payload_; }
  const std::string& sha256() const { return sha256_; }
  std::vector<LoggedRequest> Log() const;
  void Reset() const;

 private:
  TestHub();
  ~TestHub();
  std::string payload_;
  std::string sha256_;
  TestFolder folder_;
  int port_ = 0;
  int second_port_ = 0;
  int tls_port_ = 0;
  int stdin_ = -1;
  int child_ = -1;
};

std::string ReadAll(const std::filesystem::path& path);
void WriteFile(const std::filesystem::path& path, const std::string& bytes);

// A store whose catalog has "tiny" (the hub's payload, by hub, ModelScope and index) and "other" (a
// model that no source has), over sources that all lead nowhere until a test sets them.
class StoreTest : public testing::Test {
 protected:
  StoreTest();
  Store OpenStore() const;
  Result<LocalModel> PullTiny(const Store& store, const PullOptions& options = {});
  // Names of sources for which such an event came, in order.
  std::vector<std::string> Sources(PullEvent::Kind kind) const;
  std::string Lines() const;
  std::filesystem::path FinalPath() const;
  std::filesystem::path PartialPath() const;
  // Nothing is under the final name.
  void ExpectNoFile() const;

  TestHub& hub_ = TestHub::Get();
  TestFolder folder_;
  StoreOptions options_;
  PullEvents events_;
  std::vector<PullEvent> seen_;
};

}  // namespace yixin
