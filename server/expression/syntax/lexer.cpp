#include "server/expression/syntax/lexer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "server/base/characters.hpp"

namespace millrace::expression {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
using base::is_digit;
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word_character(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

constexpr std::array<std::pair<std::string_view, TokenKind>, 9> kKeywords{{
    {"AND", TokenKind::kAnd},
    {"OR", TokenKind::kOr},
    {"NOT", TokenKind::kNot},
    {"BETWEEN", TokenKind::kBetween},
    {"IN", TokenKind::kIn},
    {"SET", TokenKind::kSet},
    {"REMOVE", TokenKind::kRemove},
    {"ADD", TokenKind::kAdd},
    {"DELETE", TokenKind::kDelete},
}};

bool equal_ignoring_case(std::string_view word, std::string_view upper_case) {
  return std::equal(word.begin(), word.end(), upper_case.begin(), upper_case.end(), [](char c, char wanted) {
    return (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c) == wanted;
  });
}

TokenKind kind_of_word(std::string_view word) {
  const auto* const found = std::find_if(kKeywords.begin(), kKeywords.end(),
                                         [word](const auto& row) { return equal_ignoring_case(word, row.first); });
  return found == kKeywords.end() ? TokenKind::kIdentifier : found->second;
}

TokenKind kind_of_symbol(char c) {
  switch (c) {
    case '(': return TokenKind::kLeftParenthesis;
    case ')': return TokenKind::kRightParenthesis;
    case '[': return TokenKind::kLeftBracket;
    case ']': return TokenKind::kRightBracket;
    case ',': return TokenKind::kComma;
    case '.': return TokenKind::kDot;
    case '+': return TokenKind::kPlus;
    case '-': return TokenKind::kMinus;
    case '=': return TokenKind::kEqual;
    case '<': return TokenKind::kLess;
    case '>': return TokenKind::kGreater;
    default: return TokenKind::kUnknown;
  }
}

// An unknown character is one token, and a character may be several bytes of UTF-8.
std::size_t end_of_character(std::string_view text, std::size_t begin) {
  std::size_t end = begin + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
  return end;
}

}  // namespace

Token lex(std::string_view text, std::size_t from) {
  std::size_t at = from;
  while (at < text.size() && is_blank(text[at])) ++at;
  if (at == text.size()) return {TokenKind::kEnd, at, at};

  const auto end_of_word = [text](std::size_t end) {
    while (end < text.size() && is_word_character(text[end])) ++end;
    return end;
  };
  const char c = text[at];
  const char next = at + 1 < text.size() ? text[at + 1] : '\0';
  if (is_letter(c)) {
    const std::size_t end = end_of_word(at);
    return {kind_of_word(text.substr(at, end - at)), at, end};
  }
  if (is_digit(c)) {
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end])) ++end;
    return {TokenKind::kDigits, at, end};
  }
  if ((c == '#' || c == ':') && is_word_character(next)) {
    return {c == '#' ? TokenKind::kNamePlaceholder : TokenKind::kValuePlaceholder, at, end_of_word(at + 1)};
  }
  if (c == '<' && next == '>') return {TokenKind::kNotEqual, at, at + 2};
  if (c == '<' && next == '=') return {TokenKind::kLessOrEqual, at, at + 2};
  if (c == '>' && next == '=') return {TokenKind::kGreaterOrEqual, at, at + 2};
  return {kind_of_symbol(c), at, end_of_character(text, at)};
}

std::string TokenStream::syntax_error_text() const {
  const std::size_t near_begin = has_previous_ ? previous_.begin : current_.begin;
  std::size_t near_end = current_.end;
  if (current_.kind == TokenKind::kEnd) {
    near_end = has_previous_ ? previous_.end : current_.end;
  } else if (const Token after = lex(text_, current_.end); after.kind != TokenKind::kEnd) {
    near_end = after.end;
  }
  const std::string_view token = current_.kind == TokenKind::kEnd ? "<EOF>" : text();
  std::string message{"Syntax error; token: \""};
  message.append(token).append("\", near: \"").append(text_.substr(near_begin, near_end - near_begin)).append("\"");
  return message;
}

}  // namespace millrace::expression
