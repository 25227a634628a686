// The user's own pip settings, as far as they say how to reach a package index. Read as pip does:
// the files of the system, the user and the virtual environment, then PIP_CONFIG_FILE, then PIP_
// variables; [install] before [global]. (pip's documentation, "Configuration") Does not read
// keyrings, find-links and options of the command line. Tested by: pip_settings_test.cc
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/environment.h"
#include "yixin/result.h"

namespace yixin {

struct PipSettings {
  std::vector<std::string> index_urls;  // index-url, then extra-index-url; may hold credentials
  std::string cert;
  std::string client_cert;
  std::string proxy;
  std::vector<std::string> trusted_hosts;
  int timeout_s = 0;      // 0: not set
  bool no_index = false;  // the user wants no index asked
};

// A file that cannot be read is as good as none, as for pip.
PipSettings ReadPipSettings(const Environment& environment);

// Section -> key -> value, of the INI dialect that pip reads (Python's configparser): keys
// lower-case with '-', continuation lines are indented and joined by '\n'. Lines that make no sense
// are skipped.
using IniFile = std::map<std::string, std::map<std::string, std::string>>;
IniFile ParseIni(std::string_view text);

}  // namespace yixin
