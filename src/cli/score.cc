// yixin score: how well a model predicts a text, and how far from golden data its arithmetic is.
// Tested by: tests/e2e/score_test.py
#include <fmt/format.h>

#include <cmath>

#include "cli/console.h"
#include "cli/files.h"
#include "cli/json_output.h"
#include "cli/model_options.h"
#include "cli/verbs.h"

namespace yixin {
namespace {

constexpr size_t kMostBytes = size_t{64} << 20;

Json Number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace

int RunScore(Words words) {
  ModelOptions model;
  std::string golden;
  std::string phase = "prefill";
  bool json = false;
  Arguments arguments("yixin score [OPTIONS] FILE",
                      "The mean negative log-likelihood of a text (nats a token); against golden "
                      "data also the mean KL\n"
                      "divergence and how often the likeliest token is the same.",
                      "  yixin score text.txt\n"
                      "  yixin score text.txt --golden logits.json --phase decode --json\n");
  AddModelOptions(arguments, &model);
  arguments.AddText("--golden", "JSON", "golden logits of the same text", &golden);
  arguments.AddChoice("--phase", {"prefill", "decode"},
                      "many tokens a pass (default), or one: both ways of computing", &phase);
  arguments.AddFlag("--json", "one JSON object", &json);
  if (const auto code = arguments.ParseOrReport(words)) return *code;
  if (arguments.operands().size() != 1) {
    return ReportError({ErrorCode::kInvalidArgument, "give one text file to score", "FILE"});
  }
  const auto text = ReadWholeFile(arguments.operands().front().value, kMostBytes);
  if (!text) return ReportError(text.error());
  std::string golden_json;
  if (!golden.empty()) {
    auto read = ReadWholeFile(golden, kMostBytes);
    if (!read) return ReportError(read.error());
    golden_json = *std::move(read);
  }
  auto assistant = OpenAssistant(model);
  if (!assistant) return ReportError(assistant.error());
  const auto report = assistant->Score(
      *text, golden_json, phase == "decode" ? ScorePhase::kDecode : ScorePhase::kPrefill);
  if (!report) return ReportError(report.error());

  const ModelFacts& facts = assistant->facts();
  if (json) {
    StandardOutput().Line(DumpLine(Json{{"mean_nll", Number(report->mean_nll)},
                                        {"mean_kl", Number(report->mean_kl)},
                                        {"top1_agreement", Number(report->top1_agreement)},
                                        {"golden_mean_nll", Number(report->golden_mean_nll)},
                                        {"tokens", report->tokens},
                                        {"phase", phase},
                                        {"model", facts.name},
                                        {"kernels", facts.kernels}}));
    return 0;
  }
  Output& output = StandardOutput();
  output.Line(fmt::format("mean_nll        {:.6f}", report->mean_nll));
  if (!golden.empty()) {
    output.Line(fmt::format("golden_mean_nll {:.6f}", report->golden_mean_nll));
    output.Line(fmt::format("mean_kl         {:.6f}", report->mean_kl));
    output.Line(fmt::format("top1_agreement  {:.4f}", report->top1_agreement));
  }
  output.Line(
      fmt::format("{} tokens · {} · {} · {}", report->tokens, phase, facts.name, facts.kernels));
  return 0;
}

}  // namespace yixin
