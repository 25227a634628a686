// Pages of a Python package index: PEP 691 JSON and PEP 503 HTML. Finds the wheel of an exact
// version; takes no notice of anything that would need a wheel's code. Tested by:
// package_index_test.cc, tests/fuzz/catalog_fuzz.cc
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "yixin/result.h"

namespace yixin {

struct IndexFile {
  std::string filename;
  std::string url;     // absolute
  std::string sha256;  // empty: the index does not say
};

// What to ask for, in the order in which it is understood best (PEP 691, "Version + Format
// Selection").
inline constexpr const char* kIndexAccept =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.01";

// BASE/NAME/ with the name normalised as PEP 503 has it.
std::string PackagePageUrl(std::string_view index_url, std::string_view package);

// In: the page's own URL, for relative links, and its content type. Links that are no http(s) URL
// are left out. Errors: kInvalidFile for JSON that does not parse or nests too deeply.
Result<std::vector<IndexFile>> ParseIndexPage(std::string_view page, std::string_view content_type,
                                              const std::string& page_url);
Result<std::vector<IndexFile>> ParseIndexJson(std::string_view page, const std::string& page_url);
std::vector<IndexFile> ParseIndexHtml(std::string_view page, const std::string& page_url);

// The wheel for any platform of exactly this version, or nullptr.
const IndexFile* FindWheel(const std::vector<IndexFile>& files, std::string_view package,
                           std::string_view version);

}  // namespace yixin
