// What the three parsers share: tokens, paths, function calls, placeholder slots and errors. Internal to
// server/expression.
//
// A syntax error ends the parse at once. Everything else that is wrong with a text is noted and the parse goes on,
// because AWS reports by class of error and not by place (API reference, 5.3): only the first of each class is kept,
// and finish() returns the one whose class comes first.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/base/result.hpp"
#include "server/expression/syntax/ast.hpp"
#include "server/expression/syntax/lexer.hpp"

namespace millrace::expression {

/// Classes of errors that do not stop the parse.
enum class Complaint : std::uint8_t {
  kTooManyOperators,
  kRedundantParentheses,
  kUnknownFunction,
  kMisusedFunction,
  kReservedWord,
  kPathTooLarge,  // too many elements, or a list index out of range
  kRepeatedSection,
};

/// An operand, and whether it stood in parentheses of its own.
struct ParsedOperand {
  Operand operand;
  bool parenthesised{false};
};

class ParserCore {
 public:
  ParserCore(ExpressionKind kind, std::string_view text) : kind_{kind}, tokens_{text} {}

 protected:
  [[nodiscard]] TokenKind current() const { return tokens_.kind(); }
  [[nodiscard]] std::string_view current_text() const { return tokens_.text(); }
  void advance() { tokens_.advance(); }
  bool accept(TokenKind kind);
  Result<void> expect(TokenKind kind);

  /// `Invalid XExpression: ` and `detail`.
  [[nodiscard]] ApiError error(std::string_view detail) const;
  [[nodiscard]] ApiError syntax_error() const { return error(tokens_.syntax_error_text()); }
  void complain(Complaint complaint, std::string_view detail);
  void count_operator();
  void complain_of_redundant_parentheses();
  /// The complaint that comes first in `order`, or success.
  [[nodiscard]] Result<void> finish(std::initializer_list<Complaint> order) const;

  Result<Path> parse_path();
  /// The `.name` and `[3]` that follow; they are added to `path`.
  Result<void> parse_path_tail(Path& path);
  /// Operand of a comparison or a function: path, :value, function call, or one of these in parentheses.
  Result<ParsedOperand> parse_operand();
  /// The same without parentheses.
  Result<Operand> parse_atom();
  Result<ValueSlot> parse_value();

  /// In conditions the only function that gives a value is size().
  void check_condition_operand(const Operand& operand);
  /// In updates list_append() may not stand in list_append(); if_not_exists() may stand in both, and in itself.
  void check_update_argument(Function function, const Operand& argument);
  /// "The function is not allowed to be used this way in an expression".
  void complain_of_misuse(Function function);

  /// Counts one level of parentheses or function calls for as long as it lives.
  class Level {
   public:
    explicit Level(ParserCore& parser) : depth_{parser.depth_} { ++depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    ~Level() { --depth_; }

   private:
    std::size_t& depth_;
  };
  /// Fails when one more level of parentheses would be too deep (kMaxParseDepth).
  [[nodiscard]] Result<void> check_depth() const;

  [[nodiscard]] bool is_update() const { return kind_ == ExpressionKind::kUpdate; }
  PlaceholderTable take_placeholders() { return std::move(placeholders_); }

 private:
  Result<FunctionCall> parse_call(std::string_view name);
  Result<PathElement> parse_name();
  void check_path_length(const Path& path);

  ExpressionKind kind_;
  TokenStream tokens_;
  PlaceholderTable placeholders_;
  std::unordered_map<std::string_view, std::uint32_t> name_slots_;  // by their texts in the expression
  std::unordered_map<std::string_view, std::uint32_t> value_slots_;
  std::array<std::optional<std::string>, 7> complaints_;  // by Complaint
  std::size_t operators_{0};
  std::size_t depth_{0};
};

/// Length and emptiness, which come before everything else.
Result<void> check_text(ExpressionKind kind, std::string_view text);

/// `Invalid XExpression: ` and `detail`; of a statement the detail alone.
ApiError expression_error(ExpressionKind kind, std::string_view detail);

}  // namespace millrace::expression
