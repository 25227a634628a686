// Any bytes as a JSON schema: it is refused in words, or what its grammar lets through is JSON. The
// last bytes say which way is taken.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "grammar/grammar_matcher.h"
#include "grammar/json_schema.h"

namespace {

constexpr size_t kWayBytes = 64;

// One of the texts of the grammar; nothing where it does not end soon.
std::string Draw(yixin::GrammarMatcher& matcher, std::string_view way) {
  std::string text;
  auto state = matcher.start();
  while (text.size() < 300 && !matcher.must_end(state)) {
    const auto drawn = static_cast<uint8_t>(text.size() < way.size() ? way[text.size()] : '"');
    if (matcher.may_end(state) && drawn % 4 == 0) return text;
    // The next byte from there that goes on; closing ones first once the way is over.
    auto to = yixin::GrammarMatcher::kDead;
    uint8_t byte = drawn;
    for (const char close : {'"', ']', '}'}) {
      if (text.size() < way.size() || to != yixin::GrammarMatcher::kDead) continue;
      byte = static_cast<uint8_t>(close);
      to = matcher.Step(state, byte);
    }
    for (unsigned i = 0; to == yixin::GrammarMatcher::kDead; ++i) {
      if (i == 256) std::abort();  // it may not end, and nothing may follow
      byte = static_cast<uint8_t>(drawn + i);
      to = matcher.Step(state, byte);
    }
    text += static_cast<char>(byte);
    state = to;
    matcher.Shrink(&state);
  }
  return matcher.must_end(state) ? text : "";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t end = size - std::min(size / 2, kWayBytes);
  auto grammar = yixin::CompileJsonSchema(bytes.substr(0, end));
  if (!grammar) grammar = yixin::CompileJsonSchema(bytes);
  if (!grammar) {
    if (!grammar.error().message.starts_with("json_schema: ")) std::abort();
    return 0;
  }
  yixin::GrammarMatcher matcher(std::make_shared<const yixin::ByteGrammar>(*std::move(grammar)));
  const std::string text = Draw(matcher, bytes.substr(end));
  if (!text.empty() && !nlohmann::json::accept(text)) std::abort();
  return 0;
}
