#include "store/pip_settings.h"

#include <gtest/gtest.h>

#include "store/test_hub.h"

namespace yixin {
namespace {

using Urls = std::vector<std::string>;

class PipSettingsTest : public testing::Test {
 protected:
  PipSettingsTest() {
    environment_.etc = folder_.path() / "etc";
    environment_.variables["HOME"] = (folder_.path() / "home").string();
  }
  void Write(const std::string& path, const std::string& text) {
    WriteFile(folder_.path() / path, text);
  }
  PipSettings Read() const { return ReadPipSettings(environment_); }

  TestFolder folder_;
  Environment environment_;
};

TEST_F(PipSettingsTest, DefaultsToPyPI) {
  const PipSettings settings = Read();
  EXPECT_EQ(settings.index_urls, Urls{"https://pypi.org/simple"});
  EXPECT_EQ(settings.timeout_s, 0);
  EXPECT_FALSE(settings.no_index);
}

TEST_F(PipSettingsTest, LaterFilesWinAndVariablesWinOverAll) {
  Write("etc/xdg/pip/pip.conf", "[global]\nindex-url = http://xdg/\n");
  EXPECT_EQ(Read().index_urls, Urls{"http://xdg/"});
  Write("etc/pip.conf", "[global]\nindex-url = http://etc/\ncert = /etc/ca.pem\n");
  EXPECT_EQ(Read().index_urls, Urls{"http://etc/"});
  Write("home/.pip/pip.conf", "[global]\nindex-url = http://legacy/\n");
  EXPECT_EQ(Read().index_urls, Urls{"http://legacy/"});
  Write("home/.config/pip/pip.conf", "[global]\nindex-url = http://user/\n");
  EXPECT_EQ(Read().index_urls, Urls{"http://user/"});
  environment_.variables["VIRTUAL_ENV"] = (folder_.path() / "venv").string();
  Write("venv/pip.conf", "[global]\nindex-url = http://site/\n");
  EXPECT_EQ(Read().index_urls, Urls{"http://site/"});
  environment_.variables["PIP_INDEX_URL"] = "http://variable/";
  EXPECT_EQ(Read().index_urls, Urls{"http://variable/"});
  EXPECT_EQ(Read().cert, "/etc/ca.pem") << "keys of weaker files stay";
}

TEST_F(PipSettingsTest, InstallWinsOverGlobalEvenFromAWeakerFile) {
  Write("etc/pip.conf",
        "[install]\nindex-url = http://install/\n[wheel]\nindex-url = http://no/\n");
  Write("home/.config/pip/pip.conf", "[global]\nindex-url = http://global/\n");
  EXPECT_EQ(Read().index_urls, Urls{"http://install/"});
}

TEST_F(PipSettingsTest, OwnConfigFileReplacesTheUsersAndDevNullReplacesAll) {
  Write("etc/pip.conf", "[global]\nproxy = http://proxy:1\n");
  Write("home/.config/pip/pip.conf", "[global]\nindex-url = http://user/\ntimeout = 7\n");
  Write("own.conf", "[global]\nindex-url = http://own/\n");
  environment_.variables["PIP_CONFIG_FILE"] = (folder_.path() / "own.conf").string();
  EXPECT_EQ(Read().index_urls, Urls{"http://own/"});
  EXPECT_EQ(Read().timeout_s, 0);
  EXPECT_EQ(Read().proxy, "http://proxy:1");
  environment_.variables["PIP_CONFIG_FILE"] = "/dev/null";
  EXPECT_EQ(Read().index_urls, Urls{"https://pypi.org/simple"});
  EXPECT_EQ(Read().proxy, "");
}

TEST_F(PipSettingsTest, SeveralExtraIndexesAndHosts) {
  Write("etc/pip.conf",
        "[global]\nextra-index-url =\n    http://one/\n    http://two/\n"
        "trusted_host = a.example\n  b.example:8080\n");
  EXPECT_EQ(Read().index_urls, (Urls{"https://pypi.org/simple", "http://one/", "http://two/"}));
  EXPECT_EQ(Read().trusted_hosts, (Urls{"a.example", "b.example:8080"}));
  environment_.variables["PIP_EXTRA_INDEX_URL"] = "http://three/  http://four/";
  EXPECT_EQ(Read().index_urls, (Urls{"https://pypi.org/simple", "http://three/", "http://four/"}));
}

TEST_F(PipSettingsTest, CertificatesAsPipLooksForThem) {
  environment_.variables["CURL_CA_BUNDLE"] = "/curl.pem";
  EXPECT_EQ(Read().cert, "/curl.pem");
  environment_.variables["REQUESTS_CA_BUNDLE"] = "/requests.pem";
  EXPECT_EQ(Read().cert, "/requests.pem");
  environment_.variables["PIP_CERT"] = "/pip.pem";
  EXPECT_EQ(Read().cert, "/pip.pem");
}

TEST_F(PipSettingsTest, TimeoutsThatMakeNoSenseAreAsNone) {
  for (const auto& [text, seconds] : {std::pair("15", 15),
                                      {"7.5", 7},
                                      {"0", 1},
                                      {"999999", 3600},
                                      {"-3", 0},
                                      {"soon", 0},
                                      {"5s", 0},
                                      {"99999999999999999999", 0}}) {
    environment_.variables["PIP_TIMEOUT"] = text;
    EXPECT_EQ(Read().timeout_s, seconds) << text;
  }
  environment_.variables.erase("PIP_TIMEOUT");
  environment_.variables["PIP_DEFAULT_TIMEOUT"] = "180";
  EXPECT_EQ(Read().timeout_s, 180);
}

TEST_F(PipSettingsTest, NoIndexIsObeyed) {
  environment_.variables.emplace("PIP_NO_INDEX", "1");
  EXPECT_TRUE(Read().no_index);
}

TEST(ParseIni, TheDialectOfConfigparser) {
  const IniFile ini = ParseIni(
      "\xEF\xBB\xBF; comment\n# comment\nlost = 1\n[ global ]\n[global]\r\nIndex_URL : a=b\r\n"
      "--cert=x # stays\n  continued\n\n  after a blank line\nempty =\nno separator\n  nothing\n"
      "[broken\nb = 2\n[install]\nc=3");
  EXPECT_EQ(ini.at("global").at("index-url"), "a=b");
  EXPECT_EQ(ini.at("global").at("cert"), "x # stays\ncontinued\nafter a blank line");
  EXPECT_EQ(ini.at("global").at("empty"), "");
  EXPECT_EQ(ini.at("install").at("c"), "3");
  EXPECT_EQ(ini.count("lost"), 0U);
}

TEST(ParseIni, AnyBytesAreFine) {
  EXPECT_TRUE(ParseIni("").empty());
  EXPECT_TRUE(ParseIni("\n\n=\n:\n   =\n").empty());
  EXPECT_EQ(ParseIni("[a]\n=\n").at("a").at(""), "");
  EXPECT_TRUE(ParseIni(std::string("\0\0[", 3)).empty());
}

}  // namespace
}  // namespace yixin
