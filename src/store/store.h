// The models that are here, and the catalog of those that can be had.
//
//   HOME/models/NAME/FILE, manifest.json    a pulled model; FILE.partial while it comes
//   HOME/models/NAME/REPO/, manifest.json   a pulled folder (folder_pull.h)
//   HOME/locks/NAME                         see lock.h
// NAME is percent-encoded, so that no two models share a folder. A model that lies elsewhere (a
// path, the hub's cache) has only its manifest here. Tested by: store_test.cc
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/catalog.h"
#include "store/environment.h"
#include "store/manifest.h"
#include "yixin/result.h"
#include "yixin/stop_flag.h"

namespace yixin {

// Where the network's sources are and how long they are waited for.
struct NetworkOptions {
  std::string huggingface = "https://huggingface.co";
  std::string hf_mirror = "https://hf-mirror.com";
  std::string modelscope = "https://www.modelscope.cn";
  int connect_timeout_ms = 5000;
  // A source that is slower than this for this long is left for the next one.
  uint64_t stall_bytes_per_s = 50 * 1024;
  int stall_s = 10;
  // The last source is not left for being slow, only for standing still.
  int last_source_still_s = 30;
};

struct StoreOptions {
  Environment environment;
  std::filesystem::path catalog_path;  // models.toml
  std::string catalog_text;            // its text instead, where the path is empty
  NetworkOptions network;
};

// Hosts that did not answer, so that within one run each is waited for once.
class DeadHosts;

class Store {
 public:
  // Touches nothing on the disk. Errors: kNotFound, kInvalidFile (the catalog), kIo (no home
  // folder).
  static Result<Store> Open(StoreOptions options);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  const Catalog& catalog() const { return catalog_; }
  const Environment& environment() const { return options_.environment; }
  const NetworkOptions& network() const { return options_.network; }
  const std::filesystem::path& home() const { return home_; }
  DeadHosts& dead_hosts() const { return *dead_hosts_; }

  // Threads, for all below: any.
  // The models that are here, by name. Broken manifests are left out.
  Result<std::vector<LocalModel>> List() const;

  // One file of a model that the store has a manifest of.
  struct FileCheck {
    std::string model;  // empty where the manifest itself is broken
    std::filesystem::path path;
    uint64_t bytes = 0;
    std::string problem;  // a line for people, and what to do; empty: all is well
  };
  // Every file of every model, by name. hash: its SHA-256 against the manifest, else only that it
  // is there with the right size. Errors: kIo, kCancelled. Cost: with `hash` reads all files.
  Result<std::vector<FileCheck>> Check(bool hash, const StopFlag* stop) const;

  // A pulled model's name (a folder of the hub with or without "hf:"), a catalog's name, or a path
  // to a file or folder.
  // Errors: kNotFound, and how to get it; kVerification for a file that has changed since it was
  // pulled.
  Result<LocalModel> Find(std::string_view name) const;

  // Removes what the store holds of it, half-pulled files too; a file that lies elsewhere stays.
  // Errors: kNotFound; kBusy while it is being pulled; kIo.
  Status Remove(std::string_view name);

  // Is it meant as a path rather than as a name?
  static bool LooksLikePath(std::string_view what);

  // For pull.cc.
  std::filesystem::path ModelFolder(std::string_view name) const;
  std::filesystem::path LockPath(std::string_view name) const;
  Status Register(const LocalModel& model) const;

 private:
  Store(StoreOptions options, Catalog catalog, std::filesystem::path home);
  Result<LocalModel> FindPulled(std::string_view name) const;

  StoreOptions options_;
  Catalog catalog_;
  std::filesystem::path home_;
  std::unique_ptr<DeadHosts> dead_hosts_;
};

}  // namespace yixin
