// Tested by: url_text_test.cc
#include "server/url_text.h"

#include <algorithm>
#include <charconv>

#include "yixin/utf8.h"

namespace yixin {

std::optional<std::string> PercentDecoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned char byte = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, byte, 16);
    if (digits.size() != 2 || error != std::errc() || stop != end) return std::nullopt;
    decoded += static_cast<char>(byte);
    i += 2;
  }
  if (FindInvalidUtf8(decoded)) return std::nullopt;
  return decoded;
}

Result<std::map<std::string, std::string>> ParseQuery(
    std::string_view query, std::initializer_list<std::string_view> known) {
  std::map<std::string, std::string> fields;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    const size_t equals = part.find('=');
    const std::string name(part.substr(0, equals));
    const auto value =
        PercentDecoded(equals == std::string_view::npos ? "" : part.substr(equals + 1));
    const bool is_known = std::find(known.begin(), known.end(), name) != known.end();
    if (!is_known || !value || !fields.emplace(name, *value).second) {
      return Error{ErrorCode::kInvalidArgument,
                   "the query has a field that is not known here, or twice, or not percent-encoded",
                   is_known ? name : ""};
    }
  }
  return fields;
}

}  // namespace yixin
