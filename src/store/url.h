// URLs, by libcurl's own parser, so that what is checked is what is fetched.
// Tested by: url_test.cc
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yixin {

struct UrlParts {
  std::string scheme;    // http or https
  std::string host;      // lower-case
  std::string port;      // always set
  std::string user;      // decoded; may be empty
  std::string password;  // decoded
  std::string bare;      // the URL without user, password and fragment
  std::string fragment;  // as written

  // "https://host:port": credentials belong to one origin.
  std::string Origin() const { return scheme + "://" + host + ":" + port; }
};

// Nothing where it is no http or https URL.
std::optional<UrlParts> ParseUrl(std::string_view url);

// `reference` may be absolute or relative to `base`. Nothing where the result is no http(s) URL.
std::optional<std::string> JoinUrl(const std::string& base, const std::string& reference);

// In: decoded credentials; a URL that ParseUrl takes.
std::string AddCredentials(const std::string& url, const std::string& user,
                           const std::string& password);

// For people: scheme, host and path; never a password, never a signed query.
std::string DisplayUrl(std::string_view url);

// Percent-encodes everything but unreserved characters (RFC 3986) and '/'.
std::string EncodePath(std::string_view path);

}  // namespace yixin
