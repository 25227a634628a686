// Tested by: system_test.cc
#include "yixin/system.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <utf8proc.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "api/memory_use.h"
#include "api/share_folder.h"
#include "base/thread_pool.h"
#include "kernels/registry.h"

namespace yixin {
namespace {

std::string CpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t value = line.find(": ");
    if (value != std::string::npos) return line.substr(value + 2);
  }
  return "unknown";
}

std::string JsonVersion() {
  return std::to_string(NLOHMANN_JSON_VERSION_MAJOR) + "." +
         std::to_string(NLOHMANN_JSON_VERSION_MINOR) + "." +
         std::to_string(NLOHMANN_JSON_VERSION_PATCH);
}

}  // namespace

SystemFacts DescribeSystem() {
  SystemFacts facts;
  facts.cpu = CpuName();
  facts.default_threads = DefaultThreadCount();
  const MachineMemory memory = ReadMachineMemory();
  facts.memory_bytes = memory.total_bytes;
  facts.memory_available_bytes = memory.available_bytes;
  bool chosen = false;
  for (const KernelChoice& choice : KernelTables()) {
    facts.kernels.push_back(
        {choice.table->name, choice.needs, choice.usable, choice.usable && !chosen});
    chosen = chosen || choice.usable;
  }
  facts.share_path = FindShareFolder("").string();
  facts.libraries = {{"libcurl", curl_version_info(CURLVERSION_NOW)->version},
                     {"libcrypto", OpenSSL_version(OPENSSL_VERSION_STRING)},
                     {"nlohmann-json", JsonVersion()},
                     {"utf8proc", utf8proc_version()}};
  return facts;
}

}  // namespace yixin
