// Tested by: calibration_spec_test.cc
#include "tasks/calibration_spec.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace yixin {
namespace {

constexpr std::array<std::pair<CalibrationKind, std::string_view>, 4> kKinds{{
    {CalibrationKind::kNone, "none"},
    {CalibrationKind::kContentFree, "content_free"},
    {CalibrationKind::kBatch, "batch"},
    {CalibrationKind::kFitted, "fitted"},
}};

// Each costs as much as a text, at every start.
constexpr size_t kMaxTexts = 16;
constexpr size_t kFingerprintDigits = 64;  // SHA-256

bool IsFingerprint(std::string_view text) {
  return text.size() == kFingerprintDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

void ReadTexts(TomlTable& table, CalibrationSpec& spec) {
  // The two of the paper that are texts, and a mark that says nothing in any language.
  spec.texts =
      table.Has("texts") ? table.Strings("texts") : std::vector<std::string>{"N/A", "[MASK]", "……"};
  if (spec.texts.empty() || spec.texts.size() > kMaxTexts) {
    table.Fail("texts", "expected 1 to " + std::to_string(kMaxTexts) + " texts, got " +
                            std::to_string(spec.texts.size()));
  }
  for (const std::string& text : spec.texts) {
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
      table.Fail("texts", "a text must not be empty");
    }
  }
}

}  // namespace

std::string_view NameOf(CalibrationKind kind) { return kKinds[static_cast<size_t>(kind)].second; }

CalibrationSpec ReadCalibration(TomlTable& top) {
  CalibrationSpec spec;
  auto table = top.Table("calibration");
  if (!table) return spec;
  const std::string name = table->NeededString("kind");
  const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](const auto& kind) { return kind.second == name; });
  if (found == kKinds.end()) {
    table->Fail("kind", "expected none, content_free, batch or fitted, got " + name);
  } else {
    spec.kind = found->first;
  }
  const std::string not_of_kind = "calibration of the kind " + name + " has none";
  if (spec.kind == CalibrationKind::kContentFree) {
    ReadTexts(*table, spec);
  } else {
    table->Refuse("texts", not_of_kind);
  }
  if (spec.kind == CalibrationKind::kFitted) {
    spec.model = table->NeededString("model");
    if (!IsFingerprint(spec.model)) {
      table->Fail("model", "expected a model's fingerprint, 64 digits of 0-9 and a-f");
    }
  } else {
    table->Refuse("model", not_of_kind);
  }
  table->RefuseUnknownKeys();
  return spec;
}

}  // namespace yixin
