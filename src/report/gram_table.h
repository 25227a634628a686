// What texts of one label say and those of the others do not: runs of 2 to 4 characters, and whole
// words where a script has spaces, by their log-odds with an informative Dirichlet prior.
// Source: Monroe, Colaresi, Quinn, "Fightin' Words", Political Analysis 16 (2008), eqs. 15, 16, 22.
// Tested by: gram_table_test.cc
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace yixin {

struct TellingGram {
  std::string gram;
  double z = 0;        // standard deviations from what all texts say
  uint64_t texts = 0;  // of this label that have it
};

// Memory is bounded: when there are too many grams, the rarest go, so a file of any length keeps
// those that are common in it.
class GramTable {
 public:
  explicit GramTable(size_t labels, size_t most_grams = 200000);

  // Counts each gram once for the text. In: valid UTF-8; label < labels.
  void Add(size_t label, std::string_view text);
  // The most telling ones of a label, at most `count`, none with z below 1.96. Of those that
  // overlap and stand in the same texts only the longest is left.
  std::vector<TellingGram> Telling(size_t label, size_t count) const;

 private:
  void DropRare();

  size_t labels_;
  size_t most_grams_;
  uint64_t least_ = 1;                                             // rarer ones have been dropped
  std::unordered_map<std::string, std::vector<uint32_t>> counts_;  // gram -> texts of each label
};

// The grams of a text, each once. For tests too.
std::vector<std::string> GramsOf(std::string_view text);

}  // namespace yixin
