// Expression text -> tokens with byte spans. Internal to server/expression.
//
// Nothing is copied: a token is a span of the text, and only three of them (before, at and after the current place) are
// ever needed, for the `near` part of syntax errors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::expression {

enum class TokenKind : std::uint8_t {
  kEnd,
  kIdentifier,        // a letter, then letters, digits, `_`
  kNamePlaceholder,   // `#` and letters, digits, `_`
  kValuePlaceholder,  // `:` and the same
  kDigits,
  kLeftParenthesis,
  kRightParenthesis,
  kLeftBracket,
  kRightBracket,
  kComma,
  kDot,
  kPlus,
  kMinus,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  // Keywords, in any case of letters. They are keywords in every kind of expression.
  kAnd,
  kOr,
  kNot,
  kBetween,
  kIn,
  kSet,
  kRemove,
  kAdd,
  kDelete,
  kUnknown,  // one character that begins no token
};

struct Token {
  TokenKind kind{TokenKind::kEnd};
  std::size_t begin{0};
  std::size_t end{0};
};

/// The token that begins at or after `from`, blanks skipped.
[[nodiscard]] Token lex(std::string_view text, std::size_t from);

/// The place of a parser in its text: the current token and the one before.
class TokenStream {
 public:
  explicit TokenStream(std::string_view text) : text_{text}, current_{lex(text, 0)}, previous_{current_} {}

  [[nodiscard]] TokenKind kind() const { return current_.kind; }
  [[nodiscard]] std::string_view text() const { return text_.substr(current_.begin, current_.end - current_.begin); }
  void advance() {
    previous_ = current_;
    has_previous_ = true;
    current_ = lex(text_, current_.end);
  }

  /// `Syntax error; token: "T", near: "W"` about the current token (API reference, 5.4).
  [[nodiscard]] std::string syntax_error_text() const;

 private:
  std::string_view text_;
  Token current_;
  Token previous_;
  bool has_previous_{false};
};

}  // namespace millrace::expression
