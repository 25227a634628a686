// yixin doctor: what this machine and this installation are, what is wrong, and what to do about
// it. Tested by: tests/e2e/doctor_test.py, tests/e2e/models_test.py
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "cli/console.h"
#include "cli/doctor_verify.h"
#include "cli/json_output.h"
#include "cli/progress_bar.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "yixin/error_table.h"
#include "yixin/packed.h"
#include "yixin/store.h"
#include "yixin/system.h"
#include "yixin/version.h"

namespace yixin {
namespace {

// The default model packed to int8 with its cache and the program: below this it swaps.
constexpr uint64_t kNeededMemory = uint64_t{1500} << 20;

struct Finding {
  std::string message;
  bool grave = true;  // yixin cannot work so
};

struct Health {
  SystemFacts system;
  std::string folder;
  std::vector<ModelRecord> models;
  std::vector<PackedRecord> packed;
  StoreUsage usage;
  std::string forced_kernels;  // YIXIN_KERNELS
  std::vector<Finding> findings;
};

void CheckKernels(Health& health) {
  const char* forced = std::getenv("YIXIN_KERNELS");
  if (forced == nullptr || *forced == '\0') return;
  health.forced_kernels = forced;
  const auto& kernels = health.system.kernels;
  const auto found = std::find_if(kernels.begin(), kernels.end(), [&](const KernelFacts& kernel) {
    return kernel.name == health.forced_kernels;
  });
  std::string known;
  for (const KernelFacts& kernel : kernels) known += (known.empty() ? "" : ", ") + kernel.name;
  if (found == kernels.end()) {
    health.findings.push_back(
        {fmt::format("YIXIN_KERNELS={}: no such kernels; there are {}. "
                     "Unset it for the best ones",
                     forced, known)});
  } else if (!found->usable) {
    health.findings.push_back({fmt::format(
        "YIXIN_KERNELS={}: this CPU lacks {}. Unset it for the best ones", forced, found->needs)});
  }
}

void CheckModels(Health& health) {
  auto store = ModelStore::Open("");
  if (!store) {
    health.findings.push_back({store.error().message});
    return;
  }
  health.folder = store->folder();
  auto models = store->List();
  if (!models) {
    health.findings.push_back({models.error().message});
    return;
  }
  health.models = *std::move(models);
  health.usage = store->Usage();
  if (const auto files = store->Check(false)) {
    for (const FileRecord& file : *files) {
      if (!file.problem.empty()) {
        health.findings.push_back({fmt::format("{}: {}", file.path, file.problem)});
      }
    }
  }
  const bool any = std::any_of(health.models.begin(), health.models.end(),
                               [](const ModelRecord& record) { return record.present; });
  if (!any) {
    health.findings.push_back(
        {"no model is here yet; yixin chat fetches one, or: yixin pull NAME (yixin models)",
         false});
  }
}

void CheckPacked(Health& health) {
  auto packed = ListPacked(PackedWeightsFolder(), false);
  if (!packed) {
    health.findings.push_back({packed.error().message, false});
    return;
  }
  health.packed = *std::move(packed);
  uint64_t useless = 0;
  int files = 0;
  for (const PackedRecord& record : health.packed) {
    if (record.state == PackedState::kOrphaned || record.state == PackedState::kUnfinished) {
      useless += record.bytes;
      ++files;
    } else if (record.state != PackedState::kSound) {
      health.findings.push_back(
          {fmt::format("{}: {}; the next start packs it again", record.path, record.problem),
           false});
    }
  }
  if (files > 0) {
    health.findings.push_back(
        {fmt::format("{} of packed weights ({}) serve no model; yixin doctor --clean removes them",
                     FormatBytes(static_cast<double>(useless)),
                     files == 1 ? "1 file" : fmt::format("{} files", files)),
         false});
  }
}

Health Examine() {
  Health health;
  health.system = DescribeSystem();
  if (health.system.share_path.empty()) {
    health.findings.push_back(
        {"the folder share/yixin with tasks and catalog was not found; run make install again"});
  }
  CheckKernels(health);
  CheckModels(health);
  CheckPacked(health);
  if (health.system.memory_available_bytes < kNeededMemory) {
    health.findings.push_back(
        {fmt::format(
             "only {} of memory are free; the default model wants {}. Close programs or use "
             "smollm2-135m",
             FormatBytes(static_cast<double>(health.system.memory_available_bytes)),
             FormatBytes(static_cast<double>(kNeededMemory))),
         false});
  }
  return health;
}

void PrintReport(const Health& health) {
  Output& output = StandardOutput();
  const auto row = [&](std::string_view name, std::string_view value) {
    output.Line(fmt::format("{}  {}", FitColumns(name, 8), Printable(value)));
  };
  const auto bytes = [](uint64_t count) { return FormatBytes(static_cast<double>(count)); };
  row("yixin", fmt::format("{} (numerics {})", kVersion, kNumericsVersion));
  row("CPU", health.system.cpu);
  row("threads", std::to_string(health.system.default_threads));
  row("memory", fmt::format("{} free of {}", bytes(health.system.memory_available_bytes),
                            bytes(health.system.memory_bytes)));
  for (const KernelFacts& kernel : health.system.kernels) {
    const bool chosen =
        health.forced_kernels.empty() ? kernel.chosen : kernel.name == health.forced_kernels;
    row("kernels",
        fmt::format("{} {}  {}{}", kernel.usable ? "✓" : "✗", FitColumns(kernel.name, 10),
                    kernel.needs.empty() ? "any CPU" : kernel.needs, chosen ? "  ← used" : ""));
  }
  for (const ModelRecord& record : health.models) {
    row("model", fmt::format("{} {}  {}", record.present ? "✓" : "·", record.name,
                             record.present ? record.path : "not here"));
  }
  for (const PackedRecord& record : health.packed) {
    row("packed", fmt::format("{} {}  {}  {}", record.state == PackedState::kSound ? "✓" : "!",
                              bytes(record.bytes), PackedStateName(record.state), record.path));
  }
  row("models", health.folder);
  row("disk", fmt::format("models {}, packed weights {}, {} free", bytes(health.usage.models_bytes),
                          bytes(health.usage.packed_bytes), bytes(health.usage.free_bytes)));
  row("share", health.system.share_path);
  for (const auto& [name, version] : health.system.libraries) {
    row("library", fmt::format("{} {}", name, version));
  }
  if (health.findings.empty()) output.Line("\n✓ all is well");
  for (size_t i = 0; i < health.findings.size(); ++i) {
    const Finding& finding = health.findings[i];
    output.Line(fmt::format("{}{} {}", i == 0 ? "\n" : "", finding.grave ? "✗" : "!",
                            Printable(finding.message)));
  }
}

Json ToJson(const Health& health) {
  Json kernels = Json::array();
  for (const KernelFacts& kernel : health.system.kernels) {
    kernels.push_back({{"name", kernel.name},
                       {"needs", kernel.needs},
                       {"usable", kernel.usable},
                       {"chosen", kernel.chosen}});
  }
  Json models = Json::array();
  for (const ModelRecord& record : health.models) {
    models.push_back({{"name", record.name}, {"present", record.present}, {"path", record.path}});
  }
  Json packed = Json::array();
  for (const PackedRecord& record : health.packed) {
    packed.push_back({{"path", record.path},
                      {"model_path", record.model_path},
                      {"bytes", record.bytes},
                      {"state", PackedStateName(record.state)},
                      {"problem", record.problem}});
  }
  Json libraries = Json::object();
  for (const auto& [name, version] : health.system.libraries) libraries[name] = version;
  Json findings = Json::array();
  for (const Finding& finding : health.findings) {
    findings.push_back({{"message", finding.message}, {"grave", finding.grave}});
  }
  return Json{{"version", kVersion},
              {"numerics_version", kNumericsVersion},
              {"cpu", health.system.cpu},
              {"threads", health.system.default_threads},
              {"memory_bytes", health.system.memory_bytes},
              {"memory_available_bytes", health.system.memory_available_bytes},
              {"kernels", kernels},
              {"forced_kernels", health.forced_kernels},
              {"models", models},
              {"packed", packed},
              {"models_folder", health.folder},
              {"models_bytes", health.usage.models_bytes},
              {"packed_bytes", health.usage.packed_bytes},
              {"free_bytes", health.usage.free_bytes},
              {"share", health.system.share_path},
              {"libraries", libraries},
              {"findings", findings}};
}

}  // namespace

int RunDoctor(Words words) {
  bool json = false;
  bool verify = false;
  bool clean = false;
  Arguments arguments(
      "yixin doctor [--verify | --clean] [--json]",
      "CPU, kernels, threads, memory, models, folders and versions; says what is wrong "
      "and what to do.",
      "  yixin doctor\n  yixin doctor --verify\n");
  arguments.AddFlag("--verify",
                    "read every model and all packed weights: SHA-256, header, index, sections",
                    &verify);
  arguments.AddFlag("--clean", "remove packed weights whose model is gone", &clean);
  arguments.AddFlag("--json", "one JSON object; with --verify and --clean one a file", &json);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (!arguments.operands().empty()) {
    return ReportError({ErrorCode::kInvalidArgument, "doctor takes no texts", "TEXT"});
  }
  if (verify && clean) {
    return ReportError({ErrorCode::kInvalidArgument, "give --verify or --clean", "--clean"});
  }
  if (verify) return VerifyEverything(json);
  if (clean) return CleanUp(json);
  const Health health = Examine();
  if (json) {
    StandardOutput().Line(DumpLine(ToJson(health)));
  } else {
    PrintReport(health);
  }
  const bool grave = std::any_of(health.findings.begin(), health.findings.end(),
                                 [](const Finding& finding) { return finding.grave; });
  return grave ? TraitsOf(ErrorCode::kUnsupported).exit_code : 0;
}

}  // namespace yixin
