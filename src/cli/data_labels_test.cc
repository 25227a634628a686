#include "cli/data_labels.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace yixin {
namespace {

class DataLabelsTest : public testing::Test {
 protected:
  ~DataLabelsTest() override { unlink(path_.c_str()); }

  Result<DataLabels> Read(const std::string& contents, const DataColumns& columns = {}) {
    std::ofstream(path_, std::ios::binary) << contents;
    return ReadDataLabels(path_, {}, columns, nullptr);
  }

  // The message of what has to be an error, without the file's name.
  std::string Refused(const std::string& contents, const DataColumns& columns = {}) {
    const auto data = Read(contents, columns);
    if (data) return "accepted: " + Describe(*data);
    EXPECT_NE(data.error().message.find(path_), std::string::npos) << data.error().message;
    return data.error().message;
  }

  const std::string path_ = testing::TempDir() + "data_labels_" + std::to_string(getpid()) + ".csv";
};

TEST_F(DataLabelsTest, MostRowsFirst) {
  const auto data = Read("text,label\na,坏\nb, 好 \nc,好\nd,\ne,平\n");
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(Describe(*data), "好 2, 坏 1, 平 1") << "of equals the one that came first";
  EXPECT_EQ(data->unlabelled, 1U);
  EXPECT_EQ(data->bad, 0U);
}

TEST_F(DataLabelsTest, OfAColumnAndASplit) {
  const auto data = Read("text,stars,part\na,1,fit\nb,5,fit\nc,3,dev\n",
                         {.label = "stars", .split_column = "part", .split = "fit"});
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(Describe(*data), "1 1, 5 1");
}

TEST_F(DataLabelsTest, ABadRowIsLeftOutAndSaid) {
  const auto data = Read("text,label\na,x\nb,y,z\nc,y\n");
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->bad, 1U);
  EXPECT_NE(data->first_fault.find("line 3"), std::string::npos) << data->first_fault;
}

TEST_F(DataLabelsTest, WhatIsNoColumnOfLabels) {
  EXPECT_NE(Refused("text,label\na,x\nb,x\n").find("\"x\" is the only label"), std::string::npos);
  EXPECT_NE(Refused("text,label\na,\nb, \n").find("no row has a label"), std::string::npos);
  const std::string longest(kMostDataLabelBytes, 'x');
  EXPECT_TRUE(Read("text,label\na," + longest + "\nb,y\n"));
  EXPECT_NE(Refused("text,label\na,y\nb," + longest + "x\n").find("line 3 has 201 bytes"),
            std::string::npos);
  std::string many = "text,label\n";
  for (size_t i = 0; i < kMostDataLabels; ++i) many += "t,l" + std::to_string(i) + "\n";
  EXPECT_TRUE(Read(many));
  EXPECT_NE(Refused(many + "t,l0\nt,one\n").find("more than 100 labels, the next one in line 103"),
            std::string::npos);
  const auto missing = Read("text,mood\na,x\n");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace yixin
