// Conditions of statements: what WHERE asks, lowered to the AST of expressions as it is read.
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "server/partiql/syntax/parser_core.hpp"

namespace millrace::partiql {
namespace {

using expression::Comparator;
using expression::Function;
using expression::FunctionCall;
using expression::LogicalOperator;

std::optional<Comparator> comparator_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual: return Comparator::kEqual;
    case TokenKind::kNotEqual: return Comparator::kNotEqual;
    case TokenKind::kLess: return Comparator::kLess;
    case TokenKind::kLessOrEqual: return Comparator::kLessOrEqual;
    case TokenKind::kGreater: return Comparator::kGreater;
    case TokenKind::kGreaterOrEqual: return Comparator::kGreaterOrEqual;
    default: return std::nullopt;
  }
}

bool tells_whether(const expression::Operand& operand) {
  const auto* call = std::get_if<FunctionCall>(&operand.node);
  return call != nullptr && call->function != Function::kSize;
}

expression::Condition negated(expression::Condition condition) {
  expression::Logical logical{LogicalOperator::kNot, {}};
  logical.conditions.push_back(std::move(condition));
  return {std::move(logical)};
}

}  // namespace

Result<expression::Condition> StatementParser::as_condition(Term term) const {
  if (auto* condition = std::get_if<Condition>(&term)) return std::move(*condition);
  auto& operand = std::get<Operand>(term);
  if (!tells_whether(operand)) {
    if (is(TokenKind::kUnfinished)) return unexpected();
    return base::validation_error("WHERE clause must contain an expression that resolves to a boolean");
  }
  return Condition{std::get<FunctionCall>(std::move(operand.node))};
}

Result<expression::Operand> StatementParser::as_operand(Term term) const {
  auto* operand = std::get_if<Operand>(&term);
  if (operand == nullptr || tells_whether(*operand)) return unexpected();
  return std::move(*operand);
}

Result<expression::Condition> StatementParser::parse_condition() {
  TRY_ASSIGN(auto term, parse_disjunction());
  return as_condition(std::move(term));
}

/// What follows a chain of AND and OR is as deep as its deepest link: a chain is one node.
Result<StatementParser::Term> StatementParser::joined(LogicalOperator op, std::vector<Condition> conditions) {
  return Term{Condition{expression::Logical{op, std::move(conditions)}}};
}

Result<StatementParser::Term> StatementParser::parse_disjunction() {
  TRY_ASSIGN(auto first, parse_conjunction());
  if (!is(TokenKind::kOr)) return first;
  std::vector<Condition> conditions;
  TRY_ASSIGN(auto condition, as_condition(std::move(first)));
  conditions.push_back(std::move(condition));
  while (accept(TokenKind::kOr)) {
    TRY_ASSIGN(auto term, parse_conjunction());
    TRY_ASSIGN(auto another, as_condition(std::move(term)));
    conditions.push_back(std::move(another));
  }
  return joined(LogicalOperator::kOr, std::move(conditions));
}

Result<StatementParser::Term> StatementParser::parse_conjunction() {
  TRY_ASSIGN(auto first, parse_negation());
  if (!is(TokenKind::kAnd)) return first;
  std::vector<Condition> conditions;
  TRY_ASSIGN(auto condition, as_condition(std::move(first)));
  conditions.push_back(std::move(condition));
  while (accept(TokenKind::kAnd)) {
    TRY_ASSIGN(auto term, parse_negation());
    TRY_ASSIGN(auto another, as_condition(std::move(term)));
    conditions.push_back(std::move(another));
  }
  return joined(LogicalOperator::kAnd, std::move(conditions));
}

Result<StatementParser::Term> StatementParser::parse_negation() {
  if (!is(TokenKind::kNot)) return parse_comparison();
  TRY(check_depth());
  const Level level{*this};
  advance();
  TRY_ASSIGN(auto term, parse_negation());
  TRY_ASSIGN(auto condition, as_condition(std::move(term)));
  return Term{negated(std::move(condition))};
}

Result<StatementParser::Term> StatementParser::parse_comparison() {
  TRY_ASSIGN(auto left, parse_primary());
  const auto comparator = comparator_of(current_.kind);
  const bool is_compared = comparator || is(TokenKind::kBetween) || is(TokenKind::kIn) || is(TokenKind::kIs);
  if (!is_compared) return left;
  TRY_ASSIGN(auto subject, as_operand(std::move(left)));
  Condition condition;
  if (comparator) {
    advance();
    TRY_ASSIGN(auto term, parse_primary());
    TRY_ASSIGN(auto right, as_operand(std::move(term)));
    condition.node = expression::Comparison{*comparator, std::move(subject), std::move(right)};
  } else if (accept(TokenKind::kBetween)) {
    TRY_ASSIGN(condition, parse_between(std::move(subject)));
  } else if (accept(TokenKind::kIn)) {
    TRY_ASSIGN(condition, parse_in(std::move(subject)));
  } else {
    advance();
    TRY_ASSIGN(condition, parse_is(std::move(subject)));
  }
  return Term{std::move(condition)};
}

Result<expression::Condition> StatementParser::parse_between(Operand subject) {
  TRY_ASSIGN(auto lower_term, parse_primary());
  TRY_ASSIGN(auto lower, as_operand(std::move(lower_term)));
  TRY(expect(TokenKind::kAnd));
  TRY_ASSIGN(auto upper_term, parse_primary());
  TRY_ASSIGN(auto upper, as_operand(std::move(upper_term)));
  return Condition{expression::Between{std::move(subject), std::move(lower), std::move(upper)}};
}

Result<expression::Condition> StatementParser::parse_in(Operand subject) {
  const auto closing = is(TokenKind::kLeftBracket) ? TokenKind::kRightBracket : TokenKind::kRightParenthesis;
  if (!accept(TokenKind::kLeftBracket)) TRY(expect(TokenKind::kLeftParenthesis));
  expression::In in{std::move(subject), {}};
  do {
    TRY_ASSIGN(auto term, parse_primary());
    TRY_ASSIGN(auto candidate, as_operand(std::move(term)));
    in.candidates.push_back(std::move(candidate));
  } while (accept(TokenKind::kComma));
  TRY(expect(closing));
  return Condition{std::move(in)};
}

/// `IS MISSING` asks whether there is no such attribute, `IS NULL` whether it is of type NULL.
Result<expression::Condition> StatementParser::parse_is(Operand subject) {
  const bool negates = accept(TokenKind::kNot);
  if (!is(TokenKind::kMissing) && !is(TokenKind::kNull)) return unexpected();
  FunctionCall call;
  call.function = is(TokenKind::kMissing) ? Function::kAttributeNotExists : Function::kAttributeType;
  call.arguments.push_back(std::move(subject));
  if (is(TokenKind::kNull)) {
    call.arguments.push_back(Operand{slot_for(ValueTerm{model::AttributeValue{std::string{"NULL"}}})});
  }
  advance();
  if (!negates) return Condition{std::move(call)};
  if (call.function == Function::kAttributeType) return negated(Condition{std::move(call)});
  call.function = Function::kAttributeExists;
  return Condition{std::move(call)};
}

Result<StatementParser::Term> StatementParser::parse_primary() {
  if (!is(TokenKind::kLeftParenthesis)) {
    TRY_ASSIGN(auto operand, parse_operand());
    return Term{std::move(operand)};
  }
  TRY(check_depth());
  const Level level{*this};
  advance();
  TRY_ASSIGN(auto term, parse_disjunction());
  TRY(expect(TokenKind::kRightParenthesis));
  return term;
}

}  // namespace millrace::partiql
