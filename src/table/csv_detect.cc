// Tested by: csv_detect_test.cc
#include "table/csv_detect.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
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
  if (first.size() == 1) return {false, "line 1 is no usual name"};
  bool has_numbers = false;
  for (size_t column = 0; column < first.size(); ++column) {
    bool all_numbers = rows.size() > 1;
    for (size_t i = 1; i < rows.size(); ++i) {
      if (column >= rows[i].size()) continue;
      all_numbers = all_numbers && IsNumber(rows[i][column]);
      if (!first[column].empty() && rows[i][column] == first[column]) {
        return {false, "a cell of line 1 comes again below"};
      }
    }
    has_numbers = has_numbers || all_numbers;
  }
  if (has_numbers) return {true, "numbers stand below words"};
  // A name is short; 40 bytes are 13 Chinese characters.
  const bool all_short = std::all_of(first.begin(), first.end(), [](const std::string& cell) {
    return cell.size() <= 40 && cell.find("。") == std::string::npos &&
           cell.find("！") == std::string::npos;
  });
  return all_short ? FoundHeader{true, "line 1 has short, distinct cells"}
                   : FoundHeader{false, "line 1 reads like the lines below"};
}

}  // namespace yixin
