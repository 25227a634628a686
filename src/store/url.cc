#include "store/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace yixin {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using UrlHandle = std::unique_ptr<CURLU, FreeUrl>;

std::string Part(CURLU* url, CURLUPart part, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string result(text);
  curl_free(text);
  return result;
}

bool IsHttp(CURLU* url) {
  const std::string scheme = Part(url, CURLUPART_SCHEME);
  return scheme == "http" || scheme == "https";
}

}  // namespace

std::optional<UrlParts> ParseUrl(std::string_view url) {
  const UrlHandle handle(curl_url());
  // libcurl reads to the first NUL; what is after it would be checked and not fetched.
  if (!handle || url.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string text(url);
  if (curl_url_set(handle.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return std::nullopt;
  if (!IsHttp(handle.get())) return std::nullopt;
  UrlParts parts;
  parts.scheme = Part(handle.get(), CURLUPART_SCHEME);
  parts.host = Part(handle.get(), CURLUPART_HOST);
  std::transform(parts.host.begin(), parts.host.end(), parts.host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  parts.port = Part(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  parts.user = Part(handle.get(), CURLUPART_USER, CURLU_URLDECODE);
  parts.password = Part(handle.get(), CURLUPART_PASSWORD, CURLU_URLDECODE);
  parts.fragment = Part(handle.get(), CURLUPART_FRAGMENT);
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT}) {
    curl_url_set(handle.get(), part, nullptr, 0);
  }
  parts.bare = Part(handle.get(), CURLUPART_URL);
  if (parts.host.empty() || parts.bare.empty()) return std::nullopt;
  return parts;
}

std::optional<std::string> JoinUrl(const std::string& base, const std::string& reference) {
  const UrlHandle handle(curl_url());
  if (!handle || reference.find('\0') != std::string::npos) return std::nullopt;
  if (curl_url_set(handle.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK) return std::nullopt;
  if (curl_url_set(handle.get(), CURLUPART_URL, reference.c_str(), 0) != CURLUE_OK) {
    return std::nullopt;
  }
  if (!IsHttp(handle.get())) return std::nullopt;
  return Part(handle.get(), CURLUPART_URL);
}

std::string AddCredentials(const std::string& url, const std::string& user,
                           const std::string& password) {
  const UrlHandle handle(curl_url());
  if (!handle || curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return url;
  curl_url_set(handle.get(), CURLUPART_USER, user.c_str(), CURLU_URLENCODE);
  if (!password.empty()) {
    curl_url_set(handle.get(), CURLUPART_PASSWORD, password.c_str(), CURLU_URLENCODE);
  }
  return Part(handle.get(), CURLUPART_URL);
}

std::string DisplayUrl(std::string_view url) {
  const auto parts = ParseUrl(url);
  if (!parts) return "(not a http or https URL)";
  return parts->bare.substr(0, parts->bare.find('?'));
}

std::string EncodePath(std::string_view path) {
  std::string encoded;
  for (const char c : path) {
    const bool unreserved = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                            (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' ||
                            c == '~' || c == '/';
    if (unreserved) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += "0123456789ABCDEF"[byte >> 4];
      encoded += "0123456789ABCDEF"[byte & 15];
    }
  }
  return encoded;
}

}  // namespace yixin
