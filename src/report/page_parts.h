// What the bodies of pages are made of besides charts. In and out: HTML.
// Tested by: html_test.cc
#pragma once

#include <cstdint>
#include <string>

namespace yixin {

// 1234567 as 1,234,567.
std::string Grouped(uint64_t number);

// Of nothing: 0.
double Share(uint64_t part, uint64_t whole);

// A box with a heading, a line below it and what it holds; `is_wide`: over all columns.
std::string Card(const std::string& heading, const std::string& note, const std::string& content,
                 bool is_wide = false);

// A name and a value among a page's facts; nothing where the value is empty.
std::string Fact(const std::string& name, const std::string& value);

// Who made the page, and that it sends nothing. In: text.
std::string Footer(const std::string& version, const std::string& kernels);

}  // namespace yixin
