// The parser of statements: one function per rule of the grammar. Internal to server/partiql/syntax. parser.cpp has
// the kinds of statements, parser_terms.cpp conditions, values and paths.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/base/result.hpp"
#include "server/expression/syntax/ast.hpp"
#include "server/partiql/syntax/ast.hpp"
#include "server/partiql/syntax/lexer.hpp"

namespace millrace::partiql {

class StatementParser {
 public:
  explicit StatementParser(std::string_view text)
      : text_{text}, current_{lex(text, 0)}, next_{lex(text, current_.end)} {}

  Result<Statement> parse();

 private:
  using Condition = expression::Condition;
  using Operand = expression::Operand;
  /// What stands in parentheses may be either; what follows them tells.
  using Term = std::variant<Condition, Operand>;

  // --- Statements ---
  Result<Select> parse_select();
  Result<Insert> parse_insert();
  Result<Update> parse_update();
  Result<Delete> parse_delete();
  Result<Exists> parse_exists();
  Result<Source> parse_source();
  Result<void> check_no_alias() const;
  Result<std::string> parse_source_component();
  Result<std::optional<Condition>> parse_where();
  Result<std::vector<OrderKey>> parse_order();
  Result<void> parse_assignments(std::vector<expression::UpdateAction>& actions);
  Result<expression::UpdateAction> parse_assignment();
  Result<expression::UpdateAction> parse_set_function(expression::Path target);
  Result<void> parse_removals(std::vector<expression::UpdateAction>& actions);
  Result<Returning> parse_returning();
  Result<Returning> parse_returning_of_delete();

  // --- Conditions ---
  Result<Condition> parse_condition();
  Result<Term> parse_disjunction();
  Result<Term> parse_conjunction();
  Result<Term> parse_negation();
  Result<Term> parse_comparison();
  Result<Term> parse_primary();
  Result<Condition> parse_is(Operand subject);
  Result<Condition> parse_between(Operand subject);
  Result<Condition> parse_in(Operand subject);
  Result<Term> joined(expression::LogicalOperator op, std::vector<Condition> conditions);
  /// The term as a condition: functions that tell whether something holds are both.
  Result<Condition> as_condition(Term term) const;
  Result<Operand> as_operand(Term term) const;

  // --- Values, functions and paths ---
  Result<Operand> parse_operand();
  Result<Operand> parse_call();
  /// The right side of an assignment.
  Result<Operand> parse_assigned();
  /// `under` as parse_map() has it.
  Result<ValueTerm> parse_value(const std::string& under = {});
  Result<ValueTerm> parse_list(const std::string& under);
  Result<ValueTerm> parse_set();
  Result<ValueTerm> parse_number();
  /// `under` is the attribute that the map is the value of; of an item it is `root`.
  Result<MapTerm> parse_map(const std::string& under);
  Result<expression::Path> parse_path();
  Result<expression::PathElement> parse_step();
  Result<expression::PathElement> parse_bracketed_step();
  [[nodiscard]] bool begins_path() const;
  [[nodiscard]] bool begins_call() const;
  [[nodiscard]] ApiError unrecognized_function() const;
  /// What stands in the parentheses of a call, whose name is the current token; there may be nothing.
  Result<std::vector<Operand>> parse_arguments();

  /// Keeps a value in the statement.
  expression::ValueSlot slot_for(ValueTerm value);

  // --- Tokens ---
  [[nodiscard]] bool is(TokenKind kind) const { return current_.kind == kind; }
  [[nodiscard]] bool is_keyword() const {
    return current_.kind >= TokenKind::kAnd && current_.kind <= TokenKind::kWhere;
  }
  [[nodiscard]] bool is_soft_word(std::string_view upper) const;
  [[nodiscard]] std::string_view current_text() const {
    return text_.substr(current_.begin, current_.end - current_.begin);
  }
  [[nodiscard]] std::string current_content() const { return content_of(text_, current_); }
  void advance();
  bool accept(TokenKind kind);
  Result<void> expect(TokenKind kind);
  /// What a statement says is well formed and not supported: `detail` and the place of `token`.
  [[nodiscard]] ApiError unsupported(const Token& token, std::string_view detail) const;
  /// It is not well formed: `detail` and the place of `token`.
  [[nodiscard]] ApiError error_at(const Token& token, std::string_view detail) const;
  /// Of the current token, which no rule allows here.
  [[nodiscard]] ApiError unexpected() const;

  /// Counts one level for as long as it lives.
  class Level {
   public:
    explicit Level(StatementParser& parser) : depth_{parser.depth_} { ++depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    ~Level() { --depth_; }

   private:
    std::size_t& depth_;
  };
  /// Fails when one more level would be too deep.
  [[nodiscard]] Result<void> check_depth() const;

  std::string_view text_;
  Token current_;
  Token next_;
  std::size_t depth_{0};
  std::vector<ValueTerm> values_;
  std::size_t parameters_{0};
};

}  // namespace millrace::partiql
