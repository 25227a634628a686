// Tested by: csv_detect_test.cc
#include "table/csv_detect.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "table/csv_rows.h"

namespace yixin {
namespace {

// In this order where two fit as well.
constexpr std::array<char, 4> kDelimiters = {',', '\t', ';', '|'};
constexpr size_t kSampleRows = 1000;
constexpr size_t kNoLimit = size_t{1} << 40;  // on a row: the sample is one already

// The sample as this dialect reads it. Out: agreement counts bad rows as rows.
Result<FoundDialect> Try(std::string_view text, bool is_whole, const CsvDialect& dialect) {
  YIXIN_TRY(TextLines lines, TextLines::Create(std::make_unique<MemorySource>(text), "",
                                               {.max_line_bytes = kNoLimit}));
  CsvRows reader(std::move(lines), dialect, kNoLimit);
  FoundDialect found{dialect};
  std::map<size_t, size_t> counts;  // cells -> rows
  size_t rows = 0;
  TableRow row;
  for (; rows < kSampleRows; ++rows) {
    YIXIN_TRY(const bool is_there, reader.Next(row));
    // What the end of a sample cuts is no fault of the dialect.
    if (!is_there || (!is_whole && reader.ended_in_quotes())) break;
    if (row.fault != RowFault::kNone) continue;
    ++counts[row.cells.size()];
    found.rows.push_back(row.cells);
  }
  size_t most = 0;
  for (const auto& [cells, times] : counts) {
    if (times < most) continue;
    found.columns = cells;
    most = times;
  }
  if (rows > 0) found.agreement = static_cast<double>(most) / static_cast<double>(rows);
  return found;
}

bool IsTable(const FoundDialect& found) {
  return found.columns > 1 && found.rows[0].size() == found.columns && found.agreement >= 0.5;
}

bool IsNumber(std::string_view cell) {
  return !cell.empty() && cell.find_first_of("0123456789") != std::string_view::npos &&
         cell.find_first_not_of("0123456789+-.,:/% ") == std::string_view::npos;
}

// What people call the columns of a file of texts.
constexpr std::array kUsualNames = {
    "text",  "label",  "review", "comment", "content",  "sentence", "title",     "id",
    "date",  "time",   "score",  "rating",  "stars",    "star",     "sentiment", "category",
    "class", "target", "input",  "message", "body",     "index",    "name",      "user",
    "文本",  "内容",   "评论",   "评价",    "标签",     "类别",     "编号",      "情感",
    "标题",  "日期",   "时间",   "评分",    "星级",     "分数",     "序号",      "正文",
    "句子",  "分类",   "用户",   "姓名",    "评论内容", "评价内容", "文字",      "情绪",
    "內容",  "評論",   "評價",   "標籤",    "類別",     "編號",     "標題",      "時間"};

bool IsUsualName(std::string_view cell) {
  std::string plain;
  for (const char c : cell) {
    if (c != ' ') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return std::find(kUsualNames.begin(), kUsualNames.end(), plain) != kUsualNames.end();
}

// review_body, Stars-2.
bool IsIdentifier(std::string_view cell) {
  constexpr size_t kLongest = 64;  // of a column's name in most databases
  return !cell.empty() && cell.size() <= kLongest &&
         std::all_of(cell.begin(), cell.end(), [](char c) {
           const char lower = static_cast<char>(c | 0x20);
           return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

// A column below its first cell.
struct ColumnBelow {
  bool has_first_cell = false;
  bool all_numbers = false;
  bool values_repeat = false;  // as labels do: half as many values as rows, or fewer
};

ColumnBelow LookBelow(const std::vector<std::vector<std::string>>& rows, size_t column) {
  ColumnBelow below;
  std::set<std::string_view> values;
  size_t cells = 0;
  size_t numbers = 0;
  for (size_t i = 1; i < rows.size(); ++i) {
    if (column >= rows[i].size() || rows[i][column].empty()) continue;
    const std::string& cell = rows[i][column];
    below.has_first_cell = below.has_first_cell || cell == rows[0][column];
    values.insert(cell);
    ++cells;
    if (IsNumber(cell)) ++numbers;
  }
  below.all_numbers = cells > 0 && numbers == cells;
  below.values_repeat = cells >= 4 && values.size() * 2 <= cells;
  return below;
}

}  // namespace

Result<FoundDialect> DetectCsv(std::string_view text, bool is_whole, const CsvGiven& given) {
  std::vector<char> quotes = {'"', '\0'};
  if (given.quote) quotes = {*given.quote};
  std::vector<char> delimiters(kDelimiters.begin(), kDelimiters.end());
  if (given.delimiter) delimiters = {*given.delimiter};

  std::optional<FoundDialect> best;
  for (const char delimiter : delimiters) {
    for (const char quote : quotes) {
      YIXIN_TRY(FoundDialect found, Try(text, is_whole, {delimiter, quote}));
      if (!given.delimiter && !IsTable(found)) continue;
      if (!best || found.agreement > best->agreement) best = std::move(found);
    }
  }
  if (best) return *std::move(best);
  return Try(text, is_whole, {'\0', quotes[0]});
}

FoundHeader DetectHeader(const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return {false, "no row to tell by"};
  const std::vector<std::string>& first = rows[0];
  for (const std::string& cell : first) {
    if (IsUsualName(cell)) return {true, "a cell of line 1 is '" + cell + "'"};
  }
  if (std::any_of(first.begin(), first.end(), IsNumber)) {
    return {false, "a cell of line 1 is a number"};
  }
  FoundHeader found;
  for (size_t i = 0; i < first.size(); ++i) {
    const ColumnBelow below = LookBelow(rows, i);
    if (below.has_first_cell) return {false, "a cell of line 1 comes again below"};
    if (below.all_numbers) found = {true, "numbers stand below words"};
    if (below.values_repeat) found = {true, "line 1 is none of the values that repeat below"};
  }
  if (found.is_header) return found;
  if (first.size() > 1 && std::all_of(first.begin(), first.end(), IsIdentifier)) {
    return {true, "line 1 reads like names"};
  }
  return {false, "nothing tells line 1 from the lines below"};
}

}  // namespace yixin
