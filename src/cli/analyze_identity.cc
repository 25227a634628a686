// Tested by: tests/e2e/analyze_test.py
#include "cli/analyze_identity.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

#include "bulk/content_hash.h"
#include "yixin/version.h"

namespace yixin {
namespace {

template <typename T>
std::string TextOf(const std::optional<T>& value) {
  return value ? std::to_string(*value) : "";
}

}  // namespace

std::string PriorOfRun(const std::string& task) { return "the prior of the task " + task; }

std::string FormatPrior(const std::vector<double>& prior) {
  return fmt::format("{}", fmt::join(prior, " "));
}

std::vector<double> ParsePrior(const std::string& text) {
  std::vector<double> prior;
  const char* at = text.data();
  const char* const end = at + text.size();
  double share = 0;
  while (at < end) {
    const auto [next, failure] = std::from_chars(at, end, share);
    if (failure != std::errc()) return {};
    prior.push_back(share);
    at = next < end ? next + 1 : next;
  }
  return prior;
}

Result<RunIdentity> IdentityOf(const IdentityParts& parts, const std::string& input_hash,
                               const StopFlag* stop) {
  const auto& [flags, facts, model, task_hashes, writing] = parts;
  RunIdentity identity;
  const auto add = [&](std::string name, std::string value) {
    identity.emplace_back(std::move(name), std::move(value));
  };
  add("the input", input_hash);
  add("how the input is read", facts.input_shape);
  add("--column", facts.column);
  add("--id-column", flags.id_column);
  add("--compare-column", flags.compare_column);
  add("--compare-scale", facts.compared_scale);
  for (size_t i = 0; i < task_hashes.size(); ++i) {
    add("the task " + facts.tasks[i], task_hashes[i]);
    if (!facts.priors[i].empty()) add(PriorOfRun(facts.tasks[i]), facts.priors[i]);
  }
  add("the tasks", fmt::format("{}", fmt::join(facts.tasks, ", ")));
  YIXIN_TRY(std::string model_hash, HashPath(model.path, stop));
  add("the model", std::move(model_hash));
  add("the model's name", model.name);
  add(kKernelsOfRun, model.kernels);
  add("--context", std::to_string(model.context));
  add("the version of yixin", kVersion);
  add("the version of its numerics", std::to_string(kNumericsVersion));
  add("--no-neutral", flags.no_neutral ? "given" : "");
  add("--untaught", flags.untaught ? "given" : "");
  add("--truncate", flags.truncate);
  add("--limit", TextOf(flags.limit));
  add("--append", flags.append ? "given" : "");
  add("--sample", TextOf(flags.sample));
  add("--seed", std::to_string(flags.seed.value_or(0)));
  add("--format", fmt::format("{}, delimiter {:#x}", FormatName(writing.format),
                              static_cast<int>(writing.delimiter)));
  add("--output-encoding",
      fmt::format("{}{}", EncodingName(writing.encoding), writing.byte_order_mark ? "-bom" : ""));
  return identity;
}

}  // namespace yixin
