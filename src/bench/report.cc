// Tested by: report_test.cc
#include "bench/report.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

#include "bench/statistics.h"
#include "yixin/version.h"

namespace yixin {
namespace {

using Json = nlohmann::ordered_json;

struct Limit {
  const char* name;
  const char* title;
  double MachineSample::*value;
  double scale;
  const char* unit;
};
constexpr std::array<Limit, 6> kLimits{{
    {"product_ops_per_s", "int8 matrix product, 1 thread", &MachineSample::product_operations_per_s,
     1e-12, "Top/s"},
    {"all_product_ops_per_s", "int8 matrix product, all",
     &MachineSample::all_product_operations_per_s, 1e-12, "Top/s"},
    {"register_ops_per_s", "int8 in registers, 1 thread", &MachineSample::register_operations_per_s,
     1e-12, "Top/s"},
    {"all_register_ops_per_s", "int8 in registers, all",
     &MachineSample::all_register_operations_per_s, 1e-12, "Top/s"},
    {"bytes_per_s", "memory read, 1 thread", &MachineSample::bytes_per_s, 1e-9, "GB/s"},
    {"all_bytes_per_s", "memory read, all", &MachineSample::all_bytes_per_s, 1e-9, "GB/s"},
}};

std::vector<double> Samples(const BenchReport& report, double MachineSample::*value) {
  std::vector<double> samples;
  for (const MachineSample& sample : report.machine) samples.push_back(sample.*value);
  return samples;
}

double Share(double work, double limit) {
  return work > 0 && limit > 0 ? work / limit : std::numeric_limits<double>::quiet_NaN();
}

Json Number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

void AddStatistics(std::span<const double> samples, Json& to) {
  const Summary summary = Summarize(samples);
  to["median"] = Number(summary.median);
  to["low"] = Number(summary.low);
  to["high"] = Number(summary.high);
  to["spread"] = Number(summary.spread);
  to["samples"] = std::vector<double>(samples.begin(), samples.end());
}

std::string Percent(double share) {
  return std::isfinite(share) ? fmt::format("{:.0f} %", share * 100) : "";
}

std::string Line(std::string_view name, const Summary& summary, std::string_view unit,
                 const std::string& shares) {
  const int digits = summary.median >= 100 ? 0 : summary.median >= 10 ? 1 : 2;
  std::string line = fmt::format("{:<30}{:>9.{}f} {:<9}{:>5.0f} %  {}", name, summary.median,
                                 digits, unit, summary.spread * 100, shares);
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

Shares SharesOf(const RowResult& row, const BenchReport& report) {
  const auto median = [&](double MachineSample::*value) {
    return Summarize(Samples(report, value)).median;
  };
  const double rate = Summarize(row.samples).median;
  Shares shares;
  shares.arithmetic =
      Share(rate * row.operations, median(&MachineSample::all_product_operations_per_s));
  shares.peak_arithmetic =
      Share(rate * row.operations, median(&MachineSample::all_register_operations_per_s));
  shares.bandwidth = Share(rate * row.bytes, median(&MachineSample::all_bytes_per_s));
  return shares;
}

Json ToJson(const BenchReport& report) {
  Json machine = Json::object();
  for (const Limit& limit : kLimits) {
    AddStatistics(Samples(report, limit.value), machine[limit.name]);
  }
  Json rows = Json::array();
  for (const RowResult& result : report.rows) {
    Json row{{"name", result.row.name}, {"unit", result.row.unit}};
    AddStatistics(result.samples, row);
    const Shares shares = SharesOf(result, report);
    row["arithmetic_share"] = Number(shares.arithmetic);
    row["peak_arithmetic_share"] = Number(shares.peak_arithmetic);
    row["bandwidth_share"] = Number(shares.bandwidth);
    rows.push_back(std::move(row));
  }
  return Json{{"version", kVersion},
              {"numerics_version", kNumericsVersion},
              {"model", report.model.name},
              {"kernels", report.model.kernels},
              {"threads", report.model.threads},
              {"cpu", report.cpu},
              {"quick", report.quick},
              {"rounds", report.machine.size()},
              {"machine", std::move(machine)},
              {"rows", std::move(rows)}};
}

std::vector<std::string> ToLines(const BenchReport& report) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{} · {} · {} thread(s) · {} · {} round(s)", report.model.name,
                              report.model.kernels, report.model.threads, report.cpu,
                              report.machine.size()));
  if (report.quick) lines.emplace_back("--quick: a check that all works, no measurement");
  lines.push_back(fmt::format("\n{:<30}{:>9} {:<9}{:>7}  {}", "", "median", "", "spread",
                              "of product / of registers / of bandwidth"));
  for (const RowResult& result : report.rows) {
    const Shares shares = SharesOf(result, report);
    lines.push_back(Line(result.row.name, Summarize(result.samples), result.row.unit,
                         fmt::format("{:>10}   {:>12}   {:>12}", Percent(shares.arithmetic),
                                     Percent(shares.peak_arithmetic), Percent(shares.bandwidth))));
  }
  lines.emplace_back("\nthe machine in the same rounds");
  for (const Limit& limit : kLimits) {
    std::vector<double> samples = Samples(report, limit.value);
    for (double& sample : samples) sample *= limit.scale;
    const Summary summary = Summarize(samples);
    if (summary.median > 0) lines.push_back(Line(limit.title, summary, limit.unit, ""));
  }
  if (!report.has_probe) {
    lines.push_back(fmt::format("kernels {}: no probe of their arithmetic", report.model.kernels));
  }
  return lines;
}

}  // namespace yixin
