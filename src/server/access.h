// Who may ask: names that a request may call this server by (against DNS rebinding), pages that may
// ask from a browser, and keys.
// Tested by: access_test.cc
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http_types.h"
#include "yixin/result.h"

namespace yixin {

struct AccessRules {
  std::vector<std::string> hosts;    // beside localhost and addresses; no port
  std::vector<std::string> origins;  // that get CORS headers: https://example.org
  std::vector<std::string> keys;     // empty: none is asked for
};

// In: a key a line; empty lines and those that begin with # are left out. Errors: kInvalidFile with
// the line; never the key.
Result<std::vector<std::string>> ParseKeys(std::string_view text);

// In time that depends on the sizes alone, not on where they differ.
bool SameSecret(std::string_view one, std::string_view other);

// The key that a request brings: of Authorization: Bearer, else of X-Api-Key; may be empty. A view
// into the request.
std::string_view KeyOf(const ServerRequest& request);

// Whose conversations a request sees: those of its key, by a digest. Without keys all are one.
std::string OwnerOf(const ServerRequest& request, const AccessRules& rules);

// 127.0.0.1 and the others of its net, ::1, localhost.
bool IsLoopback(std::string_view address);

// Refusals: 403 for a Host or an Origin, 401 for a key. `is_open`: asks for no key.
std::optional<ServerResponse> CheckAccess(const ServerRequest& request, const AccessRules& rules,
                                          bool is_open);
// The CORS headers of an answer: none but for an origin of the rules.
void AddCorsHeaders(const ServerRequest& request, const AccessRules& rules,
                    ServerResponse* response);

}  // namespace yixin
