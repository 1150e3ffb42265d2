#include "server/transfers/format/ion_text.hpp"

#include <algorithm>
#include <charconv>

namespace millrace::transfers {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80U) return put(code);
  if (code < 0x800U) return put(0xC0U | (code >> 6U)), put(0x80U | (code & 0x3FU));
  if (code < 0x10000U) {
    return put(0xE0U | (code >> 12U)), put(0x80U | ((code >> 6U) & 0x3FU)), put(0x80U | (code & 0x3FU));
  }
  put(0xF0U | (code >> 18U));
  put(0x80U | ((code >> 12U) & 0x3FU));
  put(0x80U | ((code >> 6U) & 0x3FU));
  put(0x80U | (code & 0x3FU));
}

}  // namespace

void IonText::skip() {
  while (!is_at_end()) {
    if (is_ion_blank(text_[at_])) {
      ++at_;
    } else if (sees("//")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (sees("/*")) {
      const std::size_t end = text_.find("*/", at_ + 2);
      at_ = end == std::string_view::npos ? text_.size() : end + 2;
    } else {
      return;
    }
  }
}

/// A string, a long one, or a quoted symbol.
bool IonText::read_text(std::string& text) {
  if (peek() == '"') return ++at_, read_until(text, "\"");
  if (sees("'''")) {
    for (; sees("'''"); skip()) {
      at_ += 3;
      if (!read_until(text, "'''")) return false;
    }
    return true;
  }
  if (peek() == '\'') return ++at_, read_until(text, "'");
  return false;
}

bool IonText::read_until(std::string& text, std::string_view end) {
  while (!is_at_end()) {
    if (sees(end)) return at_ += end.size(), true;
    if (text_[at_] != '\\') {
      text.push_back(text_[at_++]);
    } else if (!read_escape(text)) {
      return false;
    }
  }
  return fail("it ends within a string");
}

bool IonText::read_escape(std::string& text) {
  constexpr std::string_view kEscapes = "0abtnfrv\"'?\\/";
  constexpr std::string_view kMeanings{"\0\a\b\t\n\f\r\v\"'?\\/", kEscapes.size()};
  ++at_;
  const char escape = peek();
  ++at_;
  if (const std::size_t known = kEscapes.find(escape); known != std::string_view::npos) {
    text.push_back(kMeanings[known]);
    return true;
  }
  switch (escape) {
    case '\r':
      if (peek() == '\n') ++at_;
      return true;
    case '\n': return true;
    case 'x': return read_code(text, 2);
    case 'u': return read_code(text, 4);
    case 'U': return read_code(text, 8);
    default: return fail("a string has an escape that Ion has not");
  }
}

std::optional<std::uint32_t> IonText::read_hex(std::size_t digits) {
  const auto written = text_.substr(std::min(at_, text_.size()), digits);
  std::uint32_t code = 0;
  const auto read = std::from_chars(written.data(), written.data() + written.size(), code, 16);
  if (written.size() != digits || read.ec != std::errc{} || read.ptr != written.data() + written.size()) {
    return std::nullopt;
  }
  at_ += digits;
  return code;
}
bool IonText::read_code(std::string& text, std::size_t digits) {
  auto code = read_hex(digits);
  if (code && *code >= 0xD800U && *code < 0xDC00U && sees("\\u")) {
    at_ += 2;
    const auto low = read_hex(4);
    if (!low || *low < 0xDC00U || *low > 0xDFFFU) code.reset();
    if (code) code = 0x10000U + ((*code - 0xD800U) << 10U) + (*low - 0xDC00U);
  }
  if (!code || *code > 0x10FFFFU || (*code >= 0xD800U && *code <= 0xDFFFU)) {
    return fail("a string has an escape that is no character");
  }
  append_utf8(text, *code);
  return true;
}

bool IonText::read_blob(std::string& text) {
  const std::size_t end = text_.find("}}", at_);
  if (end == std::string_view::npos) return fail("it ends within a blob");
  for (const char character : text_.substr(at_ + 2, end - at_ - 2)) {
    if (character == '"' || character == '\'') return fail("DynamoDB has no clobs");
    if (!is_ion_blank(character)) text.push_back(character);
  }
  at_ = end + 2;
  return true;
}

/// In DynamoDB's spelling.
bool IonText::read_number(std::string& number) {
  const std::size_t begin = at_;
  while (is_name(peek()) || peek() == '.' || peek() == '-' || peek() == '+' || (peek() == ':' && at_ > begin)) ++at_;
  std::string written{text_.substr(begin, at_ - begin)};
  std::erase(written, '_');
  if (written.empty()) return fail(is_at_end() ? "it ends within a value" : "there is something that is no value");
  const bool negative = written.front() == '-';
  const std::string_view digits = std::string_view{written}.substr(negative ? 1 : 0);
  for (const auto& [prefix, base] : {std::pair{std::string_view{"xX"}, 16}, std::pair{std::string_view{"bB"}, 2}}) {
    if (digits.size() < 3 || digits.front() != '0' || prefix.find(digits[1]) == std::string_view::npos) continue;
    std::uint64_t value = 0;
    const auto read = std::from_chars(digits.data() + 2, digits.data() + digits.size(), value, base);
    if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size()) {
      return fail("a hexadecimal or binary integer has more than 64 bits, or other characters");
    }
    number = std::string{negative ? "-" : ""}.append(std::to_string(value));
    return true;
  }
  for (std::size_t at = 0; at < written.size(); ++at) {
    const char character = written[at];
    if (character == 'd' || character == 'D' || character == 'e' || character == 'E') {
      number.push_back('e');
    } else if (character == '.') {
      // DynamoDB's numbers have digits behind the point.
      if (at + 1 < written.size() && is_digit(written[at + 1])) number.push_back(character);
    } else if (is_digit(character) || character == '-' || character == '+') {
      number.push_back(character);
    } else {
      return fail("DynamoDB has no timestamps, nan or inf");
    }
  }
  return true;
}

}  // namespace millrace::transfers
