#include "harness/esm/filter/case_folding.hpp"

#include <cstdint>

namespace millrace::esm {
namespace {

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// The small letter of a character, or itself.
std::uint32_t folded(std::uint32_t c) {
  const auto among = [c](std::uint32_t first, std::uint32_t last) { return c >= first && c <= last; };
  if (c < 0x80) return among('A', 'Z') ? c + 32 : c;
  if (among(0xC0, 0xDE)) return c == 0xD7 ? c : c + 32;
  // Capital and small letter stand side by side.
  if (among(0x100, 0x137) || among(0x14A, 0x177) || among(0x1E00, 0x1E95) || among(0x1EA0, 0x1EFF) ||
      among(0x460, 0x481) || among(0x48A, 0x4BF) || among(0x4D0, 0x52F)) {
    return c == 0x130 || c == 0x131 ? c : c | 1U;
  }
  if (among(0x139, 0x148) || among(0x179, 0x17E)) return c % 2 == 1 ? c + 1 : c;
  if (c == 0x178) return 0xFF;
  if (among(0x391, 0x3A9)) return c + 32;
  if (c == 0x3C2) return 0x3C3;  // a sigma at the end of a word
  if (c == 0x386) return 0x3AC;
  if (among(0x388, 0x38A)) return c + 37;
  if (c == 0x38C) return 0x3CC;
  if (among(0x38E, 0x38F)) return c + 63;
  if (among(0x410, 0x42F)) return c + 32;
  if (among(0x400, 0x40F)) return c + 80;
  if (among(0x531, 0x556)) return c + 48;
  return c;
}

/// The character that a text begins with; a byte that begins none is one of its own, beyond all characters.
std::uint32_t take_first(std::string_view& text) {
  constexpr std::uint32_t kNoCharacter = 0x110000;
  const auto lead = static_cast<unsigned char>(text.front());
  std::size_t length = 1;
  std::uint32_t character = lead;
  if (lead >= 0xC2 && lead < 0xE0) {
    length = 2;
    character = lead & 0x1FU;
  } else if (lead >= 0xE0 && lead < 0xF0) {
    length = 3;
    character = lead & 0x0FU;
  } else if (lead >= 0xF0 && lead < 0xF5) {
    length = 4;
    character = lead & 0x07U;
  }
  for (std::size_t at = 1; at < length; ++at) {
    if (at >= text.size() || !continues(text[at])) {
      text.remove_prefix(1);
      return kNoCharacter + lead;
    }
    character = character << 6U | (static_cast<unsigned char>(text[at]) & 0x3FU);
  }
  text.remove_prefix(length);
  return length == 1 && lead >= 0x80 ? kNoCharacter + lead : character;
}

std::uint32_t take_last(std::string_view& text) {
  std::size_t begin = text.size() - 1;
  for (int bytes = 1; bytes < 4 && begin > 0 && continues(text[begin]); ++bytes) --begin;
  std::string_view last = text.substr(begin);
  const std::uint32_t character = take_first(last);
  if (last.empty()) {
    text = text.substr(0, begin);
    return character;
  }
  last = text.substr(text.size() - 1);
  text.remove_suffix(1);
  return take_first(last);
}

template <class Take>
bool begins_alike(std::string_view& text, std::string_view part, const Take& take) {
  while (!part.empty()) {
    if (text.empty() || folded(take(text)) != folded(take(part))) return false;
  }
  return true;
}

}  // namespace

bool equals_folded(std::string_view text, std::string_view other) {
  return begins_alike(text, other, take_first) && text.empty();
}

bool starts_with_folded(std::string_view text, std::string_view prefix) {
  return begins_alike(text, prefix, take_first);
}

bool ends_with_folded(std::string_view text, std::string_view suffix) { return begins_alike(text, suffix, take_last); }

}  // namespace millrace::esm
