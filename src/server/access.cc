// Tested by: access_test.cc
#include "server/access.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "server/api_error.h"
#include "server/hex_text.h"

namespace yixin {
namespace {

constexpr size_t kLongestKey = 4096;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool SameName(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char a, char b) { return Lower(a) == Lower(b); });
}

bool IsPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// `name`, `name:port`, `[::1]:port` without the port; empty where it is none of these.
std::string_view NameOf(std::string_view host) {
  if (host.starts_with('[')) {
    const size_t end = host.find(']');
    if (end == std::string_view::npos) return {};
    const std::string_view behind = host.substr(end + 1);
    if (!behind.empty() && (behind[0] != ':' || !IsPort(behind.substr(1)))) return {};
    return host.substr(0, end + 1);
  }
  const size_t colon = host.find(':');
  if (colon == std::string_view::npos) return host;
  return IsPort(host.substr(colon + 1)) ? host.substr(0, colon) : std::string_view();
}

// Rebinding needs a name that can be pointed elsewhere; an address cannot.
bool IsAddress(std::string_view name) {
  if (name.starts_with('[')) return true;
  return std::count(name.begin(), name.end(), '.') == 3 &&
         name.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool HostAllowed(std::string_view host, const AccessRules& rules) {
  const std::string_view name = NameOf(host);
  if (name.empty()) return false;
  return SameName(name, "localhost") || IsAddress(name) ||
         std::any_of(rules.hosts.begin(), rules.hosts.end(),
                     [&](const std::string& allowed) { return SameName(name, allowed); });
}

bool OriginListed(std::string_view origin, const AccessRules& rules) {
  return std::find(rules.origins.begin(), rules.origins.end(), origin) != rules.origins.end();
}

// A page of this server: its origin is the host that the request names.
bool OwnOrigin(std::string_view origin, std::string_view host) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return SameName(origin.substr(scheme.size()), host);
  }
  return false;
}

bool KeyAllowed(const ServerRequest& request, const AccessRules& rules) {
  const std::string_view key = KeyOf(request);
  bool found = false;  // all of them are compared, whichever it is
  for (const std::string& allowed : rules.keys) found = SameSecret(allowed, key) || found;
  return found;
}

}  // namespace

std::string_view KeyOf(const ServerRequest& request) {
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view authorization = request.authorization;
  if (!SameName(authorization.substr(0, kScheme.size()), kScheme)) return Trimmed(request.api_key);
  return Trimmed(authorization.substr(kScheme.size()));
}

Result<std::vector<std::string>> ParseKeys(std::string_view text) {
  std::vector<std::string> keys;
  for (size_t line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view key = Trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (key.empty() || key.starts_with('#')) continue;
    const bool printable =
        std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 127; });
    if (!printable || key.size() > kLongestKey) {
      return Error{ErrorCode::kInvalidFile,
                   "line " + std::to_string(line) +
                       ": expected one key of printable ASCII without spaces, at most 4,096 bytes",
                   "line " + std::to_string(line)};
    }
    keys.emplace_back(key);
  }
  if (keys.empty()) return Error{ErrorCode::kInvalidFile, "no key in it; one a line", ""};
  return keys;
}

bool SameSecret(std::string_view one, std::string_view other) {
  if (one.empty() || other.empty()) return one.empty() && other.empty();
  volatile unsigned char difference = one.size() == other.size() ? 0 : 1;
  for (size_t i = 0; i < other.size(); ++i) {
    const auto a = static_cast<unsigned char>(one[i % one.size()]);
    const auto b = static_cast<unsigned char>(other[i]);
    difference = static_cast<unsigned char>(difference | (a ^ b));
  }
  return difference == 0;
}

std::string OwnerOf(const ServerRequest& request, const AccessRules& rules) {
  if (rules.keys.empty()) return {};
  const std::string text = "yixin conversations of " + std::string(KeyOf(request));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return HexText(std::span(digest).first(size));
}

bool IsLoopback(std::string_view address) {
  return address == "localhost" || address == "::1" ||
         (address.starts_with("127.") && IsAddress(address));
}

std::optional<ServerResponse> CheckAccess(const ServerRequest& request, const AccessRules& rules,
                                          bool is_open) {
  // A proxy in front of a Unix socket has names of its own; a browser behind it has an Origin.
  if (request.peer != kUnixPeer && !request.host.empty() && !HostAllowed(request.host, rules)) {
    return ErrorResponse(403, "permission_error", "invalid_host",
                         "this server does not go by the name in Host; --allow-host NAME adds "
                         "one");
  }
  if (request.origin && !OwnOrigin(*request.origin, request.host) &&
      !OriginListed(*request.origin, rules)) {
    return ErrorResponse(403, "permission_error", "invalid_origin",
                         "pages of this Origin may not ask here; --allow-origin ORIGIN adds one");
  }
  if (!is_open && !rules.keys.empty() && !KeyAllowed(request, rules)) {
    ServerResponse response = ErrorResponse(
        401, "authentication_error", "invalid_api_key",
        "expected a key of this server: Authorization: Bearer KEY, or X-Api-Key: KEY");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  return std::nullopt;
}

void AddCorsHeaders(const ServerRequest& request, const AccessRules& rules,
                    ServerResponse* response) {
  if (rules.origins.empty()) return;
  response->headers.emplace_back("Vary", "Origin");
  if (!request.origin) return;
  // The rule's own string, not the request's.
  const auto found = std::find(rules.origins.begin(), rules.origins.end(), *request.origin);
  if (found == rules.origins.end()) return;
  response->headers.emplace_back("Access-Control-Allow-Origin", *found);
}

}  // namespace yixin
