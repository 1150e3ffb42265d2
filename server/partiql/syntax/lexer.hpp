// Statement text -> tokens with byte spans. Internal to server/partiql.
//
// Nothing is copied: a token is a span of the text, and a parser needs two of them, the current one and the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::partiql {

enum class TokenKind : std::uint8_t {
  kEnd,
  kIdentifier,        // a letter, `_` or `$`, then these and digits
  kQuotedIdentifier,  // "…", a quote within it doubled
  kString,            // '…', a quote within it doubled
  kNumber,            // digits with a point and an exponent, without a sign
  kLeftParenthesis,
  kRightParenthesis,
  kLeftBracket,
  kRightBracket,
  kLeftBrace,
  kRightBrace,
  kLeftSet,   // <<
  kRightSet,  // >>
  kComma,
  kDot,
  kColon,
  kSemicolon,
  kStar,
  kPlus,
  kMinus,
  kQuestion,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  // Keywords, in any case of letters. The words of RETURNING are none: attributes may be called so.
  kAnd,
  kAs,
  kAsc,
  kBetween,
  kBy,
  kDelete,
  kDesc,
  kExists,
  kFalse,
  kFrom,
  kIn,
  kInsert,
  kInto,
  kIs,
  kMissing,
  kNot,
  kNull,
  kOr,
  kOrder,
  kRemove,
  kReturning,
  kSelect,
  kSet,
  kTrue,
  kUpdate,
  kValue,
  kWhere,
  kUnfinished,  // a string, identifier or comment without its end; it reaches to the end of the text
  kUnknown,     // one character that begins no token
};

struct Token {
  TokenKind kind{TokenKind::kEnd};
  std::size_t begin{0};
  std::size_t end{0};
};

/// The token that begins at or after `from`, blanks and comments skipped.
[[nodiscard]] Token lex(std::string_view text, std::size_t from);

/// What a kString or kQuotedIdentifier says; of any other token its text.
[[nodiscard]] std::string content_of(std::string_view text, const Token& token);

/// Where a token is: `line:column:length`, in characters and counted from one.
[[nodiscard]] std::string place_of(std::string_view text, const Token& token);

/// Whether `word`, in any case of letters, is `upper`, which is in upper case.
[[nodiscard]] bool is_word(std::string_view word, std::string_view upper);

}  // namespace millrace::partiql
