#include "store/catalog.h"

#include <toml++/toml.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <set>

#include "base/checked.h"
#include "base/nesting.h"
#include "base/utf8.h"

namespace yixin {
namespace {

constexpr size_t kMaxCatalogBytes = 1 << 20;
constexpr int kMaxNesting = 16;
constexpr uint64_t kMaxModelBytes = uint64_t{1} << 42;  // 4 TiB
constexpr size_t kMaxTextBytes = 2000;

bool IsPlain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '_' || c == '-';
}

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= 200 && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), IsPlain);
}

bool IsVersion(std::string_view text) {
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [](char c) {
    return (IsPlain(c) && c != '-') || c == '+' || c == '!';
  });
}

bool IsLine(std::string_view text) {
  return text.size() <= kMaxTextBytes &&
         std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < 0x20; });
}

// One table of the file: typed reads with errors that name line and key.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string_view subject, std::string path)
      : table_(table), subject_(subject), path_(std::move(path)) {}

  Error Fail(std::string_view key, const std::string& problem) const {
    const toml::node* node = table_.get(key);
    const auto line = (node != nullptr ? node->source() : table_.source()).begin.line;
    return Error{ErrorCode::kInvalidFile,
                 std::string(subject_) + ": line " + std::to_string(line) + ": " + path_ +
                     std::string(key) + ": " + problem,
                 std::string(subject_)};
  }

  Status AllowOnly(std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, value] : table_) {
      if (std::find(keys.begin(), keys.end(), key.str()) != keys.end()) continue;
      std::string known;
      for (const auto name : keys) known += (known.empty() ? "" : ", ") + std::string(name);
      return Fail(key.str(), "unknown key; expected one of " + known);
    }
    return {};
  }

  using Check = bool (*)(std::string_view);
  Result<std::string> Text(std::string_view key, Check check, const char* expected) const {
    YIXIN_TRY(std::optional<std::string> text, OptionalText(key, check, expected));
    if (!text) return Fail(key, std::string("missing; expected ") + expected);
    return *std::move(text);
  }

  Result<std::optional<std::string>> OptionalText(std::string_view key, Check check,
                                                  const char* expected) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return std::optional<std::string>();
    const auto* text = node->as_string();
    if (text == nullptr || !check(text->get()))
      return Fail(key, std::string("expected ") + expected);
    return std::optional<std::string>(text->get());
  }

  Result<std::optional<uint64_t>> Bytes(std::string_view key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return std::optional<uint64_t>();
    const auto* number = node->as_integer();
    if (number == nullptr || number->get() <= 0 ||
        static_cast<uint64_t>(number->get()) > kMaxModelBytes) {
      return Fail(key, "expected a number of bytes from 1 to " + std::to_string(kMaxModelBytes));
    }
    return std::optional<uint64_t>(number->get());
  }

  // The tables of an array of tables. A missing key is an empty array.
  Result<std::vector<TableReader>> Tables(std::string_view key) const {
    std::vector<TableReader> tables;
    const toml::node* node = table_.get(key);
    if (node == nullptr) return tables;
    const auto* array = node->as_array();
    if (array == nullptr) return Fail(key, "expected an array of tables");
    for (const auto& element : *array) {
      const auto* table = element.as_table();
      if (table == nullptr) return Fail(key, "expected an array of tables");
      tables.emplace_back(
          *table, subject_,
          path_ + std::string(key) + "[" + std::to_string(tables.size() + 1) + "].");
    }
    return tables;
  }

 private:
  const toml::table& table_;
  std::string_view subject_;
  std::string path_;  // "model[2].", for messages
};

Result<PackagePart> ReadPart(const TableReader& reader) {
  YIXIN_CHECK_OK(reader.AllowOnly({"package", "version", "member", "bytes"}));
  PackagePart part;
  YIXIN_TRY(part.package, reader.Text("package", IsPlainName, "a package's name"));
  YIXIN_TRY(part.version, reader.Text("version", IsVersion, "an exact version"));
  YIXIN_TRY(part.member, reader.Text("member", IsRepoPath, "a relative path in the wheel"));
  YIXIN_TRY(const auto bytes, reader.Bytes("bytes"));
  if (!bytes) return reader.Fail("bytes", "missing; expected the member's size");
  part.bytes = *bytes;
  return part;
}

Status ReadParts(const TableReader& reader, const CatalogEntry& entry, CatalogSource* source) {
  YIXIN_TRY(const auto parts, reader.Tables("parts"));
  if (parts.empty()) return reader.Fail("parts", "missing; expected at least one wheel");
  if (entry.sha256.empty() || entry.bytes == 0) {
    return reader.Fail("kind", "an index source needs the model's bytes and sha256");
  }
  std::optional<uint64_t> sum = 0;
  for (const TableReader& part_reader : parts) {
    YIXIN_TRY(PackagePart part, ReadPart(part_reader));
    sum = CheckedAdd(*sum, part.bytes);
    if (!sum || *sum > entry.bytes) break;
    source->parts.push_back(std::move(part));
  }
  if (sum != entry.bytes) {
    return reader.Fail("parts", "expected parts of " + std::to_string(entry.bytes) +
                                    " bytes together, got " +
                                    (sum ? std::to_string(*sum) : "an overflow"));
  }
  return {};
}

Result<CatalogSource> ReadSource(const TableReader& reader, const CatalogEntry& entry) {
  const auto is_kind = [](std::string_view kind) {
    return kind == "hub" || kind == "modelscope" || kind == "index";
  };
  YIXIN_TRY(const std::string kind, reader.Text("kind", is_kind, "hub, modelscope or index"));
  CatalogSource source;
  if (kind == "index") {
    source.kind = SourceKind::kIndex;
    YIXIN_CHECK_OK(reader.AllowOnly({"kind", "parts"}));
    YIXIN_CHECK_OK(ReadParts(reader, entry, &source));
    return source;
  }
  source.kind = kind == "hub" ? SourceKind::kHub : SourceKind::kModelScope;
  YIXIN_CHECK_OK(reader.AllowOnly({"kind", "repo", "file"}));
  YIXIN_TRY(source.repo, reader.Text("repo", IsRepoName, "ORG/REPO"));
  YIXIN_TRY(const auto file, reader.OptionalText("file", IsRepoPath, "a path in the repo"));
  source.file = file.value_or(entry.file);
  return source;
}

Result<CatalogEntry> ReadEntry(const TableReader& reader) {
  YIXIN_CHECK_OK(
      reader.AllowOnly({"name", "file", "bytes", "sha256", "licence", "notice", "note", "source"}));
  CatalogEntry entry;
  YIXIN_TRY(entry.name, reader.Text("name", IsPlainName, "letters, digits, '.', '_' and '-'"));
  YIXIN_TRY(entry.file, reader.Text("file", IsPlainName, "a plain file name"));
  YIXIN_TRY(const auto bytes, reader.Bytes("bytes"));
  entry.bytes = bytes.value_or(0);
  YIXIN_TRY(auto sha256, reader.OptionalText("sha256", IsSha256, "64 lower-case hex digits"));
  entry.sha256 = std::move(sha256).value_or("");
  YIXIN_TRY(entry.licence, reader.Text("licence", IsLine, "a licence's name in one line"));
  YIXIN_TRY(auto notice, reader.OptionalText("notice", IsLine, "one line of text"));
  entry.notice = std::move(notice).value_or("");
  YIXIN_TRY(auto note, reader.OptionalText("note", IsLine, "one line of text"));
  entry.note = std::move(note).value_or("");
  YIXIN_TRY(const auto sources, reader.Tables("source"));
  if (sources.empty()) return reader.Fail("source", "missing; expected at least one");
  for (const TableReader& source_reader : sources) {
    YIXIN_TRY(CatalogSource source, ReadSource(source_reader, entry));
    entry.sources.push_back(std::move(source));
  }
  return entry;
}

Result<Catalog> ReadCatalog(const TableReader& reader) {
  YIXIN_CHECK_OK(reader.AllowOnly({"default", "fallback", "fallback_notice", "model"}));
  Catalog catalog;
  YIXIN_TRY(catalog.default_model, reader.Text("default", IsPlainName, "a model's name"));
  YIXIN_TRY(catalog.fallback_model, reader.Text("fallback", IsPlainName, "a model's name"));
  YIXIN_TRY(catalog.fallback_notice, reader.Text("fallback_notice", IsLine, "one line of text"));
  YIXIN_TRY(const auto models, reader.Tables("model"));
  std::set<std::string> names;
  std::set<std::string> hashes;
  for (const TableReader& model : models) {
    YIXIN_TRY(CatalogEntry entry, ReadEntry(model));
    if (!names.insert(entry.name).second) {
      return model.Fail("name", "\"" + entry.name + "\" is given twice");
    }
    if (!entry.sha256.empty() && !hashes.insert(entry.sha256).second) {
      return model.Fail("sha256", "another model has the same hash");
    }
    catalog.models.push_back(std::move(entry));
  }
  for (const auto& [key, name] : {std::pair("default", catalog.default_model),
                                  std::pair("fallback", catalog.fallback_model)}) {
    if (catalog.Find(name) == nullptr) {
      return reader.Fail(key, "no model is called \"" + name + "\"");
    }
  }
  return catalog;
}

}  // namespace

const CatalogEntry* Catalog::Find(std::string_view name) const {
  const auto found = std::find_if(models.begin(), models.end(),
                                  [&](const CatalogEntry& entry) { return entry.name == name; });
  return found == models.end() ? nullptr : &*found;
}

const CatalogEntry* Catalog::FindBySha256(std::string_view sha256) const {
  if (sha256.empty()) return nullptr;
  const auto found = std::find_if(models.begin(), models.end(), [&](const CatalogEntry& entry) {
    return entry.sha256 == sha256;
  });
  return found == models.end() ? nullptr : &*found;
}

const CatalogEntry* Catalog::FindByHubFile(std::string_view repo, std::string_view file) const {
  for (const CatalogEntry& entry : models) {
    for (const CatalogSource& source : entry.sources) {
      if (source.kind == SourceKind::kHub && source.repo == repo && source.file == file) {
        return &entry;
      }
    }
  }
  return nullptr;
}

Result<Catalog> ParseCatalog(std::string_view toml, std::string_view subject) {
  const std::string where(subject);
  if (toml.size() > kMaxCatalogBytes) {
    return Error{ErrorCode::kInvalidFile,
                 where + ": expected at most " + std::to_string(kMaxCatalogBytes) + " bytes, got " +
                     std::to_string(toml.size()),
                 where};
  }
  if (const auto nesting = CheckTomlNesting(toml, kMaxNesting); !nesting) {
    return Error{ErrorCode::kInvalidFile, where + ": " + nesting.error().message, where};
  }
  try {
    const toml::table table = toml::parse(toml, subject);
    return ReadCatalog(TableReader(table, subject, ""));
  } catch (const toml::parse_error& error) {
    // The parser quotes the file, which may hold anything: one line, valid UTF-8.
    std::string problem = ReplaceInvalidUtf8(error.description());
    std::replace_if(
        problem.begin(), problem.end(), [](char c) { return c >= 0 && c < 0x20; }, ' ');
    return Error{ErrorCode::kInvalidFile,
                 where + ": line " + std::to_string(error.source().begin.line) + ": " + problem,
                 where};
  }
}

bool IsRepoName(std::string_view repo) {
  const size_t slash = repo.find('/');
  return slash != std::string_view::npos && IsPlainName(repo.substr(0, slash)) &&
         IsPlainName(repo.substr(slash + 1));
}

bool IsRepoPath(std::string_view path) {
  if (path.empty() || path.size() > 500) return false;
  while (true) {
    const size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") return false;
    for (const char c : segment) {
      if ((c >= 0 && c < 0x20) || c == 0x7f || c == '\\') return false;
    }
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool IsSha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace yixin
