// Tested by: labelled_rows_test.cc
#include "fit/labelled_rows.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace yixin {
namespace {

constexpr size_t kNamedRows = 5;  // in a message

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

Error Unusable(const std::string& words) { return {ErrorCode::kInvalidFile, words, "DATA"}; }

struct Entry {
  std::string_view label;
  uint64_t line;
};

// Text -> its rows, in their order.
using RowsByText = std::map<std::string_view, std::vector<Entry>>;

RowsByText Grouped(std::span<const LabelledRow> rows, LabelledSet& set) {
  RowsByText by_text;
  for (const LabelledRow& row : rows) {
    const std::string_view text = Trimmed(row.text);
    const std::string_view label = Trimmed(row.label);
    if (text.empty() || label.empty()) {
      ++set.unlabelled;
      continue;
    }
    by_text[text].push_back({label, row.line});
  }
  return by_text;
}

void TakeOutContradictions(RowsByText& by_text, LabelledSet& set) {
  std::erase_if(by_text, [&](const auto& entry) {
    std::set<std::string> labels;
    for (const Entry& row : entry.second) labels.insert(std::string(row.label));
    if (labels.size() == 1) return false;
    Contradiction& contradiction = set.contradictions.emplace_back();
    for (const Entry& row : entry.second) contradiction.lines.push_back(row.line);
    contradiction.labels.assign(labels.begin(), labels.end());
    return true;
  });
  std::ranges::sort(set.contradictions, {}, [](const Contradiction& one) { return one.lines[0]; });
}

// In the order in which they come up, `known` first.
std::vector<std::string> LabelsOf(const RowsByText& by_text, std::span<const std::string> known) {
  std::map<std::string_view, uint64_t> first_lines;
  for (const auto& [text, rows] : by_text) {
    const auto [entry, is_new] = first_lines.emplace(rows[0].label, rows[0].line);
    if (!is_new) entry->second = std::min(entry->second, rows[0].line);
  }
  std::vector<std::string> labels;
  for (const std::string& label : known) {
    if (first_lines.erase(label) > 0) labels.push_back(label);
  }
  std::vector<std::pair<uint64_t, std::string_view>> rest;
  for (const auto& [label, line] : first_lines) rest.emplace_back(line, label);
  std::ranges::sort(rest);
  for (const auto& [line, label] : rest) labels.emplace_back(label);
  return labels;
}

Status CheckLabels(const LabelledSet& set, const RowsByText& by_text, size_t most_labels) {
  if (set.labels.empty()) {
    return Unusable(
        "no row has both a text and a label, and one label alone: there is nothing to "
        "learn from");
  }
  if (set.labels.size() == 1) {
    return Unusable("all rows have the label " + set.labels[0] +
                    "; two labels or more are needed to tell them apart");
  }
  if (set.labels.size() > most_labels) {
    return Unusable("the data has " + std::to_string(set.labels.size()) +
                    " different labels, expected at most " + std::to_string(most_labels) +
                    "; is this the label's column? (--label-column)");
  }
  std::map<std::string_view, std::vector<uint64_t>> lines;  // of a label's texts
  for (const auto& [text, rows] : by_text) lines[rows[0].label].push_back(rows[0].line);
  std::string words;
  size_t named = 0;
  for (const std::string& label : set.labels) {
    if (lines[label].size() > 1) continue;
    if (++named > kNamedRows) continue;
    words +=
        (words.empty() ? "" : ", ") + label + " (line " + std::to_string(lines[label][0]) + ")";
  }
  if (named == 0) return {};
  return Unusable(
      "one text alone has the label " + words +
      (named > kNamedRows ? " and " + std::to_string(named - kNamedRows) + " more" : "") +
      ": too few to learn from and be tested on; add rows, or remove those");
}

}  // namespace

uint64_t LotOf(std::string_view text) {
  // FNV-1a, and the mixing of SplitMix64 behind it: short texts' hashes differ in few high bits.
  uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : text) {
    hash = (hash ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
  }
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

Result<LabelledSet> CheckRows(std::span<const LabelledRow> rows, std::span<const std::string> known,
                              const RowRules& rules) {
  LabelledSet set;
  RowsByText by_text = Grouped(rows, set);
  TakeOutContradictions(by_text, set);

  std::vector<std::pair<uint64_t, std::string_view>> order;
  for (const auto& [text, entries] : by_text) order.emplace_back(LotOf(text), text);
  std::ranges::sort(order);
  size_t used = 0;
  for (const auto& [lot, text] : order) {
    const size_t count = by_text[text].size();
    if (used + count > rules.most_rows) {
      set.beyond += count;
      by_text.erase(text);
    } else {
      used += count;
    }
  }
  set.labels = LabelsOf(by_text, known);
  YIXIN_CHECK_OK(CheckLabels(set, by_text, rules.most_labels));
  set.counts.assign(set.labels.size(), 0);
  for (const auto& [lot, text] : order) {
    const auto found = by_text.find(text);
    if (found == by_text.end()) continue;
    const size_t group = set.texts.size();
    const auto label = std::ranges::find(set.labels, found->second[0].label);
    const auto index = static_cast<size_t>(label - set.labels.begin());
    for (const Entry& row : found->second) {
      set.texts.emplace_back(text);
      set.classes.push_back(static_cast<int>(index));
      set.groups.push_back(group);
      set.lines.push_back(row.line);
      ++set.counts[index];
    }
    set.repeated += found->second.size() - 1;
  }
  return set;
}

}  // namespace yixin
