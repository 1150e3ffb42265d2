#include "server/partiql/syntax/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/base/characters.hpp"

namespace millrace::partiql {
namespace {

using base::is_digit;

struct Keyword {
  std::string_view upper;
  TokenKind kind;
};
constexpr std::array kKeywords{
    Keyword{"AND", TokenKind::kAnd},
    Keyword{"AS", TokenKind::kAs},
    Keyword{"ASC", TokenKind::kAsc},
    Keyword{"BETWEEN", TokenKind::kBetween},
    Keyword{"BY", TokenKind::kBy},
    Keyword{"DELETE", TokenKind::kDelete},
    Keyword{"DESC", TokenKind::kDesc},
    Keyword{"EXISTS", TokenKind::kExists},
    Keyword{"FALSE", TokenKind::kFalse},
    Keyword{"FROM", TokenKind::kFrom},
    Keyword{"IN", TokenKind::kIn},
    Keyword{"INSERT", TokenKind::kInsert},
    Keyword{"INTO", TokenKind::kInto},
    Keyword{"IS", TokenKind::kIs},
    Keyword{"MISSING", TokenKind::kMissing},
    Keyword{"NOT", TokenKind::kNot},
    Keyword{"NULL", TokenKind::kNull},
    Keyword{"OR", TokenKind::kOr},
    Keyword{"ORDER", TokenKind::kOrder},
    Keyword{"REMOVE", TokenKind::kRemove},
    Keyword{"RETURNING", TokenKind::kReturning},
    Keyword{"SELECT", TokenKind::kSelect},
    Keyword{"SET", TokenKind::kSet},
    Keyword{"TRUE", TokenKind::kTrue},
    Keyword{"UPDATE", TokenKind::kUpdate},
    Keyword{"VALUE", TokenKind::kValue},
    Keyword{"WHERE", TokenKind::kWhere},
};

struct Symbol {
  std::string_view text;
  TokenKind kind;
};
// Those of two characters first.
constexpr std::array kSymbols{
    Symbol{"<<", TokenKind::kLeftSet},
    Symbol{">>", TokenKind::kRightSet},
    Symbol{"<>", TokenKind::kNotEqual},
    Symbol{"!=", TokenKind::kNotEqual},
    Symbol{"<=", TokenKind::kLessOrEqual},
    Symbol{">=", TokenKind::kGreaterOrEqual},
    Symbol{"<", TokenKind::kLess},
    Symbol{">", TokenKind::kGreater},
    Symbol{"=", TokenKind::kEqual},
    Symbol{"(", TokenKind::kLeftParenthesis},
    Symbol{")", TokenKind::kRightParenthesis},
    Symbol{"[", TokenKind::kLeftBracket},
    Symbol{"]", TokenKind::kRightBracket},
    Symbol{"{", TokenKind::kLeftBrace},
    Symbol{"}", TokenKind::kRightBrace},
    Symbol{",", TokenKind::kComma},
    Symbol{".", TokenKind::kDot},
    Symbol{":", TokenKind::kColon},
    Symbol{";", TokenKind::kSemicolon},
    Symbol{"*", TokenKind::kStar},
    Symbol{"+", TokenKind::kPlus},
    Symbol{"-", TokenKind::kMinus},
    Symbol{"?", TokenKind::kQuestion},
};

constexpr char upper_of(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
constexpr bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool begins_identifier(char c) { return (upper_of(c) >= 'A' && upper_of(c) <= 'Z') || c == '_' || c == '$'; }
constexpr bool continues_identifier(char c) { return begins_identifier(c) || is_digit(c); }
constexpr bool is_inside_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Behind the characters from `from` on that pass.
template <class Passes>
std::size_t skip(std::string_view text, std::size_t from, const Passes& passes) {
  while (from < text.size() && passes(text[from])) ++from;
  return from;
}

/// Behind blanks and comments; npos when a comment has no end, and then `from` is where that begins.
std::size_t skip_blanks(std::string_view text, std::size_t& from) {
  while (true) {
    from = skip(text, from, is_blank);
    const std::string_view rest = text.substr(from);
    if (rest.starts_with("--")) {
      from = std::min(text.find('\n', from), text.size());
    } else if (rest.starts_with("/*")) {
      const std::size_t end = text.find("*/", from + 2);
      if (end == std::string_view::npos) return end;
      from = end + 2;
    } else {
      return from;
    }
  }
}

/// Of the quoted text that begins at `begin`, whose quote is there.
Token lex_quoted(std::string_view text, std::size_t begin, TokenKind kind) {
  const char quote = text[begin];
  std::size_t at = begin + 1;
  while (true) {
    at = text.find(quote, at);
    if (at == std::string_view::npos) return {TokenKind::kUnfinished, begin, text.size()};
    if (at + 1 >= text.size() || text[at + 1] != quote) return {kind, begin, at + 1};
    at += 2;
  }
}

Token lex_number(std::string_view text, std::size_t begin) {
  std::size_t end = skip(text, begin, is_digit);
  if (end < text.size() && text[end] == '.') end = skip(text, end + 1, is_digit);
  if (end < text.size() && upper_of(text[end]) == 'E') {
    std::size_t digits = end + 1;
    if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
    const std::size_t behind = skip(text, digits, is_digit);
    if (behind > digits) end = behind;
  }
  return {TokenKind::kNumber, begin, end};
}

Token lex_word(std::string_view text, std::size_t begin) {
  const std::size_t end = skip(text, begin, continues_identifier);
  const std::string_view word = text.substr(begin, end - begin);
  const auto* const found =
      std::ranges::find_if(kKeywords, [word](const Keyword& keyword) { return is_word(word, keyword.upper); });
  return {found == kKeywords.end() ? TokenKind::kIdentifier : found->kind, begin, end};
}

Token lex_symbol(std::string_view text, std::size_t begin) {
  const std::string_view rest = text.substr(begin);
  for (const auto& symbol : kSymbols) {
    if (rest.starts_with(symbol.text)) return {symbol.kind, begin, begin + symbol.text.size()};
  }
  return {TokenKind::kUnknown, begin, skip(text, begin + 1, is_inside_character)};
}

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !is_inside_character(c); }));
}

}  // namespace

Token lex(std::string_view text, std::size_t from) {
  if (skip_blanks(text, from) == std::string_view::npos) return {TokenKind::kUnfinished, from, text.size()};
  if (from >= text.size()) return {TokenKind::kEnd, text.size(), text.size()};
  const char first = text[from];
  if (first == '\'') return lex_quoted(text, from, TokenKind::kString);
  if (first == '"') return lex_quoted(text, from, TokenKind::kQuotedIdentifier);
  const bool is_fraction = first == '.' && from + 1 < text.size() && is_digit(text[from + 1]);
  if (is_digit(first) || is_fraction) return lex_number(text, from);
  if (begins_identifier(first)) return lex_word(text, from);
  return lex_symbol(text, from);
}

std::string content_of(std::string_view text, const Token& token) {
  const std::string_view spelled = text.substr(token.begin, token.end - token.begin);
  if (token.kind != TokenKind::kString && token.kind != TokenKind::kQuotedIdentifier) return std::string{spelled};
  std::string content;
  content.reserve(spelled.size());
  const char quote = spelled.front();
  for (std::size_t at = 1; at + 1 < spelled.size(); ++at) {
    content.push_back(spelled[at]);
    if (spelled[at] == quote) ++at;
  }
  return content;
}

std::string place_of(std::string_view text, const Token& token) {
  const std::string_view before = text.substr(0, token.begin);
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::size_t newline = before.rfind('\n');
  const std::size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
  return fmt::format("{}:{}:{}", line, characters_in(before.substr(line_begin)) + 1,
                     characters_in(text.substr(token.begin, token.end - token.begin)));
}

bool is_word(std::string_view word, std::string_view upper) { return std::ranges::equal(word, upper, {}, upper_of); }

}  // namespace millrace::partiql
