#include "store/environment.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace yixin {
namespace {

Environment With(std::map<std::string, std::string, std::less<>> variables) {
  Environment environment;
  environment.variables = std::move(variables);
  return environment;
}

TEST(EnvironmentTest, ReadsTheProcessOnce) {
  setenv("YIXIN_HOME", "/somewhere", 1);
  setenv("HF_TOKEN", "", 1);
  const Environment environment = Environment::FromProcess();
  EXPECT_EQ(environment.Get("YIXIN_HOME"), "/somewhere");
  EXPECT_FALSE(environment.variables.contains("HF_TOKEN")) << "an empty variable is as none";
  unsetenv("YIXIN_HOME");
  unsetenv("HF_TOKEN");
  EXPECT_EQ(environment.Get("YIXIN_HOME"), "/somewhere");
}

TEST(EnvironmentTest, HomeFollowsTheOrder) {
  EXPECT_EQ(
      YixinHome(With({{"YIXIN_HOME", "/y"}, {"XDG_CACHE_HOME", "/x"}, {"HOME", "/h"}})).value(),
      "/y");
  EXPECT_EQ(YixinHome(With({{"XDG_CACHE_HOME", "/x"}, {"HOME", "/h"}})).value(), "/x/yixin");
  EXPECT_EQ(YixinHome(With({{"HOME", "/h"}})).value(), "/h/.cache/yixin");
  // The XDG specification ignores relative paths.
  EXPECT_EQ(YixinHome(With({{"XDG_CACHE_HOME", "x"}, {"HOME", "/h"}})).value(), "/h/.cache/yixin");
  const auto none = YixinHome(With({}));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().subject, "YIXIN_HOME");
  EXPECT_TRUE(YixinHome(With({{"YIXIN_HOME", "relative"}})).value().is_absolute());
}

TEST(EnvironmentTest, HubCacheFollowsTheOrder) {
  EXPECT_EQ(HubCacheFolder(With({{"HF_HUB_CACHE", "/c"}, {"HF_HOME", "/f"}, {"HOME", "/h"}})),
            "/c");
  EXPECT_EQ(HubCacheFolder(With({{"HF_HOME", "/f"}, {"HOME", "/h"}})), "/f/hub");
  EXPECT_EQ(HubCacheFolder(With({{"XDG_CACHE_HOME", "/x"}})), "/x/huggingface/hub");
  EXPECT_EQ(HubCacheFolder(With({{"HOME", "/h"}})), "/h/.cache/huggingface/hub");
  EXPECT_TRUE(HubCacheFolder(With({})).empty());
}

TEST(EnvironmentTest, OfflineAsTheHubReadsIt) {
  for (const char* on : {"1", "ON", "Yes", "true"}) {
    EXPECT_TRUE(IsOffline(With({{"HF_HUB_OFFLINE", on}}))) << on;
  }
  for (const char* off : {"0", "off", "no", "2", ""}) {
    EXPECT_FALSE(IsOffline(With({{"HF_HUB_OFFLINE", off}}))) << off;
  }
  EXPECT_FALSE(IsOffline(With({})));
}

}  // namespace
}  // namespace yixin
