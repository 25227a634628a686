// GPT-2 writes a token's bytes as printable characters: 188 bytes stand for themselves, the other
// 68 for U+0100 and on. A bijection between 256 bytes and 256 code points (Radford et al. 2019).
// Tested by: byte_alphabet_test.cc
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace yixin {

// The character that stands for a byte.
char32_t CharacterOfByte(uint8_t byte);

// The byte that a character stands for, or nothing when the alphabet does not have it.
std::optional<uint8_t> ByteOfCharacter(char32_t character);

// Appends the bytes that `token` stands for. Returns the position in `token` of the first character
// that is not of the alphabet (or not UTF-8), or nothing when all of it was appended.
std::optional<size_t> AppendTokenBytes(std::string_view token, std::string& bytes);

}  // namespace yixin
