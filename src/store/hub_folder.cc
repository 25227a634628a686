#include "store/hub_folder.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "base/nesting.h"
#include "store/catalog.h"
#include "store/file_io.h"

namespace yixin {
namespace {

using nlohmann::json;

constexpr int kMaxNesting = 32;  // model cards carry tables of results
// The hub's page is of 1,000 entries; a model that we run has a dozen.
constexpr size_t kMostListed = 5000;
constexpr size_t kMostChosen = 256;
constexpr uint64_t kMostFileBytes = uint64_t{64} << 30;
constexpr uint64_t kMostFolderBytes = uint64_t{256} << 30;
// The largest tokenizer.json in use has 35 MB.
constexpr uint64_t kMostTextBytes = uint64_t{256} << 20;

constexpr std::string_view kWeights = "model.safetensors";
constexpr std::string_view kIndex = "model.safetensors.index.json";

// Beside the weights, in the order in which they are fetched.
constexpr std::array<std::string_view, 16> kTextFiles = {"config.json",
                                                         "generation_config.json",
                                                         "tokenizer_config.json",
                                                         "tokenizer.json",
                                                         "vocab.json",
                                                         "merges.txt",
                                                         "vocab.txt",
                                                         "added_tokens.json",
                                                         "special_tokens_map.json",
                                                         "tokenizer.model",
                                                         "chat_template.jinja",
                                                         "chat_template.json",
                                                         "LICENSE",
                                                         "LICENSE.txt",
                                                         "LICENSE.md",
                                                         "NOTICE"};

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool IsGitId(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) && IsHex(text);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

bool IsRevision(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-' || c == '/';
  });
  return plain && IsRepoPath(text) && text.size() <= 200 && text[0] != '-';
}

Error Refuse(const std::string& subject, const std::string& problem) {
  return {ErrorCode::kVerification, subject + ": " + problem, subject};
}

// A name for a message: short, and one line.
std::string Shown(std::string name) {
  constexpr size_t kLongest = 80;
  if (name.size() > kLongest) name = name.substr(0, kLongest) + "...";
  for (char& c : name) {
    if ((c >= 0 && c < 0x20) || c == 0x7f) c = '?';
  }
  return "\"" + name + "\"";
}

Result<json> Parse(std::string_view text, const std::string& subject) {
  if (const auto nesting = CheckJsonNesting(text, kMaxNesting); !nesting) {
    return Refuse(subject, nesting.error().message);
  }
  json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return Refuse(subject, "the answer is no JSON");
  return value;
}

std::string TextOr(const json& object, const char* key, const std::string& fallback) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() && found->is_string()
             ? found->get<std::string>()
             : fallback;
}

// How a listing calls what every entry has.
struct EntryKeys {
  const char* name;
  const char* bytes;
  const char* type;
  const char* file_type;  // the type of a file
};

// The entry's file, or nothing for a folder.
Result<std::optional<HubFile>> ReadEntry(const json& entry, const EntryKeys& keys,
                                         const std::string& subject) {
  const std::string name = TextOr(entry, keys.name, "");
  if (!IsRepoPath(name)) {
    return Refuse(subject, "lists a file with the name " + Shown(name) +
                               ", which no repository can have; nothing of it is taken");
  }
  if (TextOr(entry, keys.type, "") != keys.file_type) return std::optional<HubFile>();
  const auto bytes = entry.find(keys.bytes);
  if (bytes == entry.end() || !bytes->is_number_unsigned()) {
    return Refuse(subject, "lists " + Shown(name) + " without a size");
  }
  return std::optional<HubFile>(HubFile{name, bytes->get<uint64_t>(), "", ""});
}

// In: `identify` fills in the hashes of a file from its entry.
template <typename Identify>
Result<std::vector<HubFile>> ReadEntries(const json& entries, const EntryKeys& keys,
                                         const std::string& subject, Identify identify) {
  if (!entries.is_array()) return Refuse(subject, "the answer holds no list of files");
  if (entries.size() > kMostListed) {
    return Refuse(subject, "lists " + std::to_string(entries.size()) +
                               " files; a model has at most " + std::to_string(kMostListed));
  }
  std::vector<HubFile> files;
  std::set<std::string> names;
  for (const json& entry : entries) {
    YIXIN_TRY(std::optional<HubFile> file, ReadEntry(entry, keys, subject));
    if (!file) continue;
    if (!names.insert(file->name).second) {
      return Refuse(subject, "lists " + Shown(file->name) + " twice");
    }
    if (file->name.find('/') != std::string::npos) continue;  // from_pretrained looks in no folder
    YIXIN_CHECK_OK(identify(entry, &*file));
    files.push_back(*std::move(file));
  }
  return files;
}

const HubFile* FindFile(const std::vector<HubFile>& files, std::string_view name) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const HubFile& file) { return file.name == name; });
  return found == files.end() ? nullptr : &*found;
}

// The N of "model-00001-of-0000N.safetensors"; 0 for another name.
int PartsOf(std::string_view name) {
  constexpr std::string_view kForm = "model-#####-of-#####.safetensors";
  if (name.size() != kForm.size()) return 0;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool digit = name[i] >= '0' && name[i] <= '9';
    if (kForm[i] == '#' ? !digit : name[i] != kForm[i]) return 0;
  }
  int parts = 0;
  for (const char digit : name.substr(15, 5)) parts = parts * 10 + (digit - '0');
  return parts;
}

Error NoModel(const std::vector<HubFile>& listed, const std::string& repo,
              const std::string& problem) {
  std::string advice;
  for (const HubFile& file : listed) {
    if (file.name.ends_with(".gguf")) {
      advice = "; it has GGUF files, of which one is taken with: yixin pull hf:" + repo + "/FILE";
    } else if (file.name.ends_with(".bin") && advice.empty()) {
      advice = "; its .bin weights are programs of Python's pickle, which yixin does not run";
    }
  }
  return {ErrorCode::kUnsupported, repo + ": " + problem + advice, repo};
}

// The weights from_pretrained would take.
Result<std::vector<HubFile>> ChooseWeights(const std::vector<HubFile>& listed,
                                           const std::string& repo) {
  if (const HubFile* whole = FindFile(listed, kWeights)) return std::vector<HubFile>{*whole};
  const HubFile* index = FindFile(listed, kIndex);
  if (index == nullptr) {
    return NoModel(listed, repo, "has neither model.safetensors nor an index of several");
  }
  std::vector<HubFile> chosen = {*index};
  int parts = 0;
  for (const HubFile& file : listed) {
    const int of = PartsOf(file.name);
    if (of == 0) continue;
    if (parts != 0 && of != parts) {
      return NoModel(listed, repo, "has parts of two different divisions of model.safetensors");
    }
    parts = of;
    chosen.push_back(file);
  }
  if (parts == 0 || chosen.size() != static_cast<size_t>(parts) + 1) {
    return NoModel(listed, repo,
                   "has " + std::to_string(chosen.size() - 1) + " of the " + std::to_string(parts) +
                       " parts of model.safetensors");
  }
  std::sort(chosen.begin() + 1, chosen.end(),
            [](const HubFile& a, const HubFile& b) { return a.name < b.name; });
  return chosen;
}

// On a file system that does not tell cases apart, one would take the other's place.
Status RefuseCaseTwins(const std::vector<HubFile>& listed, const std::string& repo) {
  std::set<std::string> names;
  for (const HubFile& file : listed) {
    const std::string lower = Lower(file.name);
    const bool wanted = lower.find(".safetensors") != std::string::npos ||
                        std::any_of(kTextFiles.begin(), kTextFiles.end(),
                                    [&](std::string_view name) { return Lower(name) == lower; });
    if (wanted && !names.insert(lower).second) {
      return Refuse(repo, "lists two files that differ in case alone: " + Shown(file.name));
    }
  }
  return {};
}

Status CheckSizes(const std::vector<HubFile>& chosen, const std::string& repo) {
  uint64_t total = 0;  // at most kMostChosen * kMostFileBytes: fits
  for (const HubFile& file : chosen) {
    const uint64_t most = file.name.ends_with(".safetensors") ? kMostFileBytes : kMostTextBytes;
    if (file.bytes > most) {
      return Refuse(repo, Shown(file.name) + " would have " + std::to_string(file.bytes) +
                              " bytes; at most " + std::to_string(most) + " are taken");
    }
    total += file.bytes;
  }
  if (total > kMostFolderBytes) {
    return Refuse(repo, "would have " + std::to_string(total) + " bytes; at most " +
                            std::to_string(kMostFolderBytes) + " are taken");
  }
  return {};
}

}  // namespace

std::string HubFolderName::ModelName() const {
  return revision.empty() ? repo : repo + "@" + revision;
}

std::string HubFolderName::FolderName() const { return repo.substr(repo.find('/') + 1); }

std::optional<HubFolderName> ParseHubFolderName(std::string_view what) {
  if (what.starts_with("hf:")) what.remove_prefix(3);
  HubFolderName name;
  const size_t at = what.find('@');
  name.repo = std::string(what.substr(0, at));
  if (!IsRepoName(name.repo)) return std::nullopt;
  // The store's own names in a model's folder.
  const std::string folder = name.FolderName();
  if (folder == "manifest.json" || folder.ends_with(".partial")) return std::nullopt;
  if (at == std::string_view::npos) return name;
  const std::string_view revision = what.substr(at + 1);
  if (!IsRevision(revision)) return std::nullopt;
  if (revision != "main") name.revision = std::string(revision);
  return name;
}

Result<HubRevision> ParseHubRevision(std::string_view json_text, const std::string& subject) {
  YIXIN_TRY(const json value, Parse(json_text, subject));
  HubRevision revision;
  revision.commit = TextOr(value, "sha", "");
  if (revision.commit.size() != 40 || !IsHex(revision.commit)) {
    return Refuse(subject, "the answer names no commit (\"sha\")");
  }
  const auto tags = value.find("tags");
  if (tags == value.end() || !tags->is_array()) return revision;
  constexpr std::string_view kLicence = "license:";
  for (const json& tag : *tags) {
    const std::string text = tag.is_string() ? tag.get<std::string>() : "";
    const std::string licence =
        text.starts_with(kLicence) ? text.substr(kLicence.size()) : std::string();
    const bool plain =
        std::all_of(licence.begin(), licence.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!licence.empty() && licence.size() <= 60 && plain) revision.licence = licence;
  }
  return revision;
}

Result<std::vector<HubFile>> ParseHubTree(std::string_view json_text, const std::string& subject) {
  YIXIN_TRY(const json value, Parse(json_text, subject));
  const auto identify = [&](const json& entry, HubFile* file) -> Status {
    const auto lfs = entry.find("lfs");
    if (lfs == entry.end() || !lfs->is_object()) {
      file->git_oid = TextOr(entry, "oid", "");
      if (!IsGitId(file->git_oid)) file->git_oid.clear();
      return {};
    }
    // The tree calls it "oid", the model's own answer "sha256".
    file->sha256 = TextOr(*lfs, "oid", TextOr(*lfs, "sha256", ""));
    if (file->sha256.starts_with("sha256:")) file->sha256.erase(0, 7);
    if (!IsSha256(file->sha256)) file->sha256.clear();
    const auto size = lfs->find("size");
    if (size != lfs->end() && *size != file->bytes) {
      return Refuse(subject, "gives two sizes for " + Shown(file->name));
    }
    return {};
  };
  return ReadEntries(value, {"path", "size", "type", "file"}, subject, identify);
}

Result<std::vector<HubFile>> ParseModelScopeFiles(std::string_view json_text,
                                                  const std::string& subject) {
  YIXIN_TRY(const json value, Parse(json_text, subject));
  const json none;
  const json& data = value.is_object() && value.contains("Data") ? value["Data"] : none;
  const json& files = data.is_object() && data.contains("Files") ? data["Files"] : none;
  const auto identify = [](const json& entry, HubFile* file) -> Status {
    file->sha256 = TextOr(entry, "Sha256", "");
    if (!IsSha256(file->sha256)) file->sha256.clear();
    return {};
  };
  return ReadEntries(files, {"Path", "Size", "Type", "blob"}, subject, identify);
}

Result<std::vector<HubFile>> ChooseModelFiles(const std::vector<HubFile>& listed,
                                              const std::string& repo) {
  YIXIN_CHECK_OK(RefuseCaseTwins(listed, repo));
  YIXIN_TRY(const std::vector<HubFile> weights, ChooseWeights(listed, repo));
  if (FindFile(listed, "config.json") == nullptr) {
    return NoModel(listed, repo, "has no config.json, which says what the weights are");
  }
  const bool pairs =
      FindFile(listed, "vocab.json") != nullptr && FindFile(listed, "merges.txt") != nullptr;
  if (FindFile(listed, "tokenizer.json") == nullptr && !pairs) {
    return NoModel(listed, repo,
                   "has neither tokenizer.json nor vocab.json with merges.txt, and yixin reads no "
                   "other tokenizer");
  }
  std::vector<HubFile> chosen;
  for (const std::string_view name : kTextFiles) {
    if (const HubFile* file = FindFile(listed, name)) chosen.push_back(*file);
  }
  chosen.insert(chosen.end(), weights.begin(), weights.end());
  if (chosen.size() > kMostChosen) {
    return Refuse(repo, "has " + std::to_string(chosen.size()) + " files of a model; at most " +
                            std::to_string(kMostChosen) + " are taken");
  }
  YIXIN_CHECK_OK(CheckSizes(chosen, repo));
  return chosen;
}

bool HasChatTemplate(const std::filesystem::path& folder) {
  std::error_code error;
  for (const char* name : {"chat_template.jinja", "chat_template.json"}) {
    if (std::filesystem::exists(folder / name, error)) return true;
  }
  const auto text = ReadSmallFile(folder / "tokenizer_config.json", kMostTextBytes);
  if (!text || !CheckJsonNesting(*text, kMaxNesting)) return false;
  const json config = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  const auto found = config.is_object() ? config.find("chat_template") : config.end();
  if (!config.is_object() || found == config.end()) return false;
  // Several templates are a list.
  return found->is_string() ? !found->get_ref<const std::string&>().empty() : found->is_array();
}

}  // namespace yixin
