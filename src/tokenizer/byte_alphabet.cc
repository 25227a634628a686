// Tested by: byte_alphabet_test.cc
#include "tokenizer/byte_alphabet.h"

#include <array>

#include "base/utf8.h"

namespace yixin {
namespace {

constexpr bool StandsForItself(int byte) {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

// 256 plus the 68 bytes that do not stand for themselves.
constexpr int kAlphabetEnd = 0x144;

constexpr std::array<char32_t, 256> MakeCharacters() {
  std::array<char32_t, 256> characters{};
  char32_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    characters[byte] = StandsForItself(byte) ? static_cast<char32_t>(byte) : next++;
  }
  return characters;
}
constexpr std::array<char32_t, 256> kCharacters = MakeCharacters();

constexpr std::array<int16_t, kAlphabetEnd> MakeBytes() {
  std::array<int16_t, kAlphabetEnd> bytes{};
  for (auto& byte : bytes) byte = -1;
  for (int byte = 0; byte < 256; ++byte) bytes[kCharacters[byte]] = static_cast<int16_t>(byte);
  return bytes;
}
constexpr std::array<int16_t, kAlphabetEnd> kBytes = MakeBytes();

}  // namespace

char32_t CharacterOfByte(uint8_t byte) { return kCharacters[byte]; }

std::optional<uint8_t> ByteOfCharacter(char32_t character) {
  if (character >= kAlphabetEnd || kBytes[character] < 0) return std::nullopt;
  return static_cast<uint8_t>(kBytes[character]);
}

std::optional<size_t> AppendTokenBytes(std::string_view token, std::string& bytes) {
  for (size_t offset = 0; offset < token.size();) {
    const DecodedCodePoint decoded = DecodeUtf8(token, offset);
    const std::optional<uint8_t> byte = ByteOfCharacter(decoded.code_point);
    if (decoded.length == 0 || !byte) return offset;
    bytes.push_back(static_cast<char>(*byte));
    offset += decoded.length;
  }
  return std::nullopt;
}

}  // namespace yixin
