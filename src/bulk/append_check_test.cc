#include "bulk/append_check.h"

#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "support/temporary_folder.h"

namespace yixin {
namespace {

class AppendCheckTest : public testing::Test {
 protected:
  // Empty: it may be appended to.
  std::string Check(const std::string& held, TableFormat format, const std::string& header) {
    const std::string path = folder_.path() / "out";
    std::ofstream(path, std::ios::binary) << held;
    const std::vector<std::string> tasks{"mood", "topic"};
    const Status checked = CheckAppendable(path, format, header, tasks);
    if (checked) return "";
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
    return checked.error().message;
  }

  TemporaryFolder folder_;
};

TEST_F(AppendCheckTest, CsvHasTheSameHeader) {
  const std::string header = "\xEF\xBB\xBFtext,mood.label\n";
  const auto check = [&](const std::string& held) {
    return Check(held, TableFormat::kCsv, header);
  };
  EXPECT_EQ(check(""), "");
  EXPECT_EQ(check(header), "");
  EXPECT_EQ(check(header + "a,b\n"), "");
  EXPECT_NE(check(header + "a,b").find("whole row"), std::string::npos);
  for (const std::string& other :
       {header.substr(3), header.substr(0, 10), std::string("\xEF\xBB\xBFtext,mood.label,n\n"),
        std::string("\xEF\xBB\xBFtext;mood.label\n"), std::string("x")}) {
    EXPECT_NE(check(other).find("other columns"), std::string::npos) << other;
  }
}

TEST_F(AppendCheckTest, JsonLinesHaveTheSameTasks) {
  const auto check = [&](const std::string& held) {
    return Check(held, TableFormat::kJsonLines, "");
  };
  EXPECT_EQ(check(""), "");
  EXPECT_EQ(check("{\"text\":\"a\",\"mood\":{\"label\":\"x\"},\"topic\":{}}\n"), "");
  EXPECT_NE(check("{\"mood\":{},\"topic\":{}}").find("whole row"), std::string::npos);
  EXPECT_NE(check("{\"text\":\"a\",\"mood\":{}}\n").find("topic"), std::string::npos);
  EXPECT_NE(check("{\"mood\":\"x\",\"topic\":{}}\n").find("mood"), std::string::npos);
  EXPECT_NE(check("a,b\n"), "");
}

TEST_F(AppendCheckTest, NoFileIsAnEmptyOne) {
  EXPECT_TRUE(CheckAppendable(folder_.path() / "none", TableFormat::kCsv, "x", {}));
}

}  // namespace
}  // namespace yixin
