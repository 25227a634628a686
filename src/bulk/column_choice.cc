// Tested by: column_choice_test.cc
#include "bulk/column_choice.h"

#include <algorithm>
#include <array>
#include <vector>

namespace yixin {
namespace {

constexpr std::array<std::string_view, 17> kTextNames = {
    "text",     "content", "review", "comment", "body", "message", "sentence", "评论", "评价",
    "评论内容", "内容",    "文本",   "正文",    "留言", "評論",    "內容",     "句子"};
constexpr size_t kShown = 20;  // columns in a message

std::string LowerCase(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

// Numbers, dates, times and the like: nothing that a person wrote.
bool IsFigure(std::string_view cell) {
  return cell.find_first_not_of("0123456789+-.,:/% TZ") == std::string_view::npos;
}

// Most of its cells that hold something hold text.
bool HoldsText(std::span<const TableRow> rows, size_t column) {
  size_t texts = 0;
  size_t others = 0;
  for (const TableRow& row : rows) {
    if (row.fault != RowFault::kNone || row.cells[column].empty()) continue;
    const bool is_text = row.kinds[column] == CellKind::kText && !IsFigure(row.cells[column]);
    ++(is_text ? texts : others);
  }
  return texts > others;
}

std::string Listed(const std::vector<std::string>& columns) {
  std::string words;
  for (size_t i = 0; i < std::min(columns.size(), kShown); ++i) {
    words += (i == 0 ? " '" : ", '") + columns[i] + "'";
  }
  if (columns.size() > kShown) words += " and " + std::to_string(columns.size() - kShown) + " more";
  return words;
}

}  // namespace

Result<ColumnChoice> ChooseTextColumn(const RowReader& reader, std::string_view given,
                                      std::span<const TableRow> rows) {
  const std::vector<std::string>& columns = reader.shape().columns;
  if (columns.empty()) {
    const std::string why = rows.empty() ? "it has none" : rows[0].message;
    return Error{ErrorCode::kInvalidFile, "no row of the input can be read: " + why, "column"};
  }
  if (!given.empty()) {
    YIXIN_TRY(const size_t column, reader.FindColumn(given));
    return ColumnChoice{column, "given"};
  }
  std::vector<size_t> named;
  std::vector<size_t> texts;
  for (size_t i = 0; i < columns.size(); ++i) {
    const bool is_named =
        std::find(kTextNames.begin(), kTextNames.end(), LowerCase(columns[i])) != kTextNames.end();
    if (is_named) named.push_back(i);
    if (HoldsText(rows, i)) texts.push_back(i);
  }
  if (named.size() == 1) return ColumnChoice{named[0], "by name"};
  if (columns.size() == 1) return ColumnChoice{0, "the only column"};
  if (named.empty() && texts.size() == 1) return ColumnChoice{texts[0], "the only one with text"};
  const std::string reason = named.size() > 1   ? "several columns have names of texts"
                             : texts.size() > 1 ? "several columns hold text"
                                                : "no column holds text";
  return Error{ErrorCode::kInvalidArgument,
               "which column is to be read? " + reason + "; say --column NAME; the columns are" +
                   Listed(columns),
               "column"};
}

}  // namespace yixin
