// The shape of the JSON, shares by hand, lines that fit.
#include "bench/report.h"

#include <gtest/gtest.h>

#include <cmath>

namespace yixin {
namespace {

BenchReport Sample() {
  BenchReport report;
  report.model.name = "tiny";
  report.model.kernels = "amx";
  report.model.threads = 2;
  report.cpu = "a CPU";
  report.has_probe = true;
  MachineSample machine;
  machine.all_product_operations_per_s = 2e12;
  machine.all_register_operations_per_s = 4e12;
  machine.all_bytes_per_s = 20e9;
  machine.bytes_per_s = 10e9;
  report.machine = {machine, machine, machine};
  const std::vector<Row>& rows = AllRows();
  report.rows.push_back({rows.front(), {900, 1000, 1100}, 1e9, 0});
  report.rows.push_back({rows[3], {30, 40, 50}, 1e9, 400e6});
  report.rows.push_back(
      {*std::find_if(rows.begin(), rows.end(), [](const Row& row) { return row.name == "memory"; }),
       {512, 512, 512},
       0,
       0});
  return report;
}

TEST(ReportTest, Shares) {
  const BenchReport report = Sample();
  const Shares prefill = SharesOf(report.rows[0], report);
  EXPECT_DOUBLE_EQ(prefill.arithmetic, 0.5);
  EXPECT_DOUBLE_EQ(prefill.peak_arithmetic, 0.25);
  EXPECT_TRUE(std::isnan(prefill.bandwidth));
  EXPECT_DOUBLE_EQ(SharesOf(report.rows[1], report).bandwidth, 0.8);
  EXPECT_TRUE(std::isnan(SharesOf(report.rows[2], report).arithmetic));
  BenchReport no_probe = report;
  for (MachineSample& sample : no_probe.machine) sample.all_product_operations_per_s = 0;
  EXPECT_TRUE(std::isnan(SharesOf(no_probe.rows[0], no_probe).arithmetic));
}

TEST(ReportTest, JsonHasItsShape) {
  const auto json = nlohmann::ordered_json::parse(ToJson(Sample()).dump());
  EXPECT_EQ(json["model"], "tiny");
  EXPECT_EQ(json["kernels"], "amx");
  EXPECT_EQ(json["threads"], 2);
  EXPECT_EQ(json["rounds"], 3);
  EXPECT_EQ(json["quick"], false);
  EXPECT_EQ(json["machine"]["all_bytes_per_s"]["median"], 20e9);
  EXPECT_EQ(json["machine"].size(), 6u);
  ASSERT_EQ(json["rows"].size(), 3u);
  const auto& row = json["rows"][0];
  EXPECT_EQ(row["name"], "prefill.64");
  EXPECT_EQ(row["unit"], "tok/s");
  EXPECT_EQ(row["median"], 1000);
  EXPECT_EQ(row["low"], 900);
  EXPECT_EQ(row["high"], 1100);
  EXPECT_DOUBLE_EQ(row["spread"].get<double>(), 0.2);
  EXPECT_EQ(row["samples"].size(), 3u);
  EXPECT_EQ(row["arithmetic_share"], 0.5);
  EXPECT_TRUE(row["bandwidth_share"].is_null());
  EXPECT_TRUE(json["rows"][2]["arithmetic_share"].is_null());
}

TEST(ReportTest, LinesFitAndSayWhatMatters) {
  BenchReport report = Sample();
  report.quick = true;
  report.has_probe = false;
  std::string all;
  for (const std::string& line : ToLines(report)) {
    EXPECT_LE(line.size(), 104u) << line;
    all += line + "\n";
  }
  for (const char* expected : {"prefill.64", "1000 tok/s", "20 %", "50 %", "80 %", "memory",
                               "20.0 GB/s", "--quick", "no probe"}) {
    EXPECT_NE(all.find(expected), std::string::npos) << expected << " in\n" << all;
  }
}

}  // namespace
}  // namespace yixin
