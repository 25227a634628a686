// yixin pack: packs a model's weights ahead of its first start. The last line of standard output is
// the packed file's path.
// Tested by: tests/e2e/pack_test.py
#include <fmt/format.h>

#include "cli/console.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/model_options.h"
#include "cli/progress_bar.h"
#include "cli/verbs.h"
#include "yixin/packed.h"

namespace yixin {
namespace {

Result<PackReport> PackWithProgress(const std::string& path, bool force, bool quiet) {
  ProgressBar bar("packing", stderr, true);
  PackRequest request;
  request.model_path = path;
  request.cache_folder = PackedWeightsFolder();
  request.force = force;
  if (!quiet && LiveProgress()) {
    request.progress = [&](double share) { bar.Share(share); };
  }
  const InterruptScope interrupts;
  auto report = PackModel(request, &Interrupts());
  bar.Finish("");
  return report;
}

}  // namespace

int RunPack(Words words) {
  ModelOptions model;
  bool force = false;
  bool json = false;
  bool quiet = false;
  Arguments arguments("yixin pack [OPTIONS] [MODEL]",
                      "Brings a model's weights into the form that the kernels want and keeps them "
                      "in yixin's cache\n"
                      "folder, as its first start would: then that start is as fast as any other.",
                      "  yixin pack\n"
                      "  yixin pack --force qwen2.5-0.5b\n");
  AddModelOptions(arguments, &model, /*compute=*/false);
  arguments.AddFlag("--force", "pack again, even where the packed weights are right", &force);
  arguments.AddFlag("--json", "one JSON object", &json);
  arguments.AddFlag("-q,--quiet", "no progress, no remarks", &quiet);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (arguments.operands().size() > (model.model.empty() ? 1U : 0U)) {
    return ReportError({ErrorCode::kInvalidArgument, "give one model to pack", "MODEL"});
  }
  if (!arguments.operands().empty()) model.model = arguments.operands().front().value;
  const auto path = LocateModel(model);
  if (!path) return ReportError(path.error());
  const auto report = PackWithProgress(*path, force, quiet);
  if (!report) return ReportError(report.error());
  if (json) {
    StandardOutput().Line(DumpLine(Json{{"path", report->path},
                                        {"bytes", report->bytes},
                                        {"packed", report->packed},
                                        {"reason", report->reason},
                                        {"model_path", *path}}));
    return 0;
  }
  if (!quiet) {
    if (!report->reason.empty()) PrintNote(report->reason);
    const std::string size = FormatBytes(static_cast<double>(report->bytes));
    PrintNote(report->packed ? fmt::format("packed, {}", size)
                             : fmt::format("packed already, {}; --force packs again", size));
  }
  StandardOutput().Line(report->path);
  return 0;
}

}  // namespace yixin
