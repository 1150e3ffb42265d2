// Conditions, values and paths of statements.
#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>
#include <utility>

#include "server/model/number.hpp"
#include "server/partiql/syntax/parser_core.hpp"

namespace millrace::partiql {
namespace {

using expression::Comparator;
using expression::Function;
using expression::FunctionCall;
using expression::LogicalOperator;

struct NamedFunction {
  std::string_view upper;
  Function function;
};
constexpr std::array kConditionFunctions{
    NamedFunction{"ATTRIBUTE_EXISTS", Function::kAttributeExists},
    NamedFunction{"ATTRIBUTE_NOT_EXISTS", Function::kAttributeNotExists},
    NamedFunction{"ATTRIBUTE_TYPE", Function::kAttributeType},
    NamedFunction{"BEGINS_WITH", Function::kBeginsWith},
    NamedFunction{"CONTAINS", Function::kContains},
    NamedFunction{"SIZE", Function::kSize},
};

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

// --- Conditions ---

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

// --- Values, functions and paths ---

bool StatementParser::begins_path() const { return is(TokenKind::kIdentifier) || is(TokenKind::kQuotedIdentifier); }

/// EXISTS is no function of a path; called as one it is as unknown as any.
bool StatementParser::begins_call() const {
  return (is(TokenKind::kIdentifier) || is(TokenKind::kExists)) && next_.kind == TokenKind::kLeftParenthesis;
}

ApiError StatementParser::unrecognized_function() const {
  std::string detail{"Unrecognized function: "};
  for (const char c : current_text()) detail.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  return unsupported(current_, detail);
}

Result<std::vector<expression::Operand>> StatementParser::parse_arguments() {
  TRY(check_depth());
  const Level level{*this};
  advance();
  TRY(expect(TokenKind::kLeftParenthesis));
  std::vector<Operand> arguments;
  if (!is(TokenKind::kRightParenthesis)) {
    do {
      TRY_ASSIGN(auto argument, parse_operand());
      TRY_ASSIGN(auto checked, as_operand(Term{std::move(argument)}));
      arguments.push_back(std::move(checked));
    } while (accept(TokenKind::kComma));
  }
  TRY(expect(TokenKind::kRightParenthesis));
  return arguments;
}

Result<expression::Operand> StatementParser::parse_operand() {
  if (begins_call()) return parse_call();
  if (begins_path()) {
    TRY_ASSIGN(auto path, parse_path());
    return Operand{std::move(path)};
  }
  TRY_ASSIGN(auto value, parse_value());
  return Operand{slot_for(std::move(value))};
}

Result<expression::Operand> StatementParser::parse_call() {
  const auto* const found = std::ranges::find_if(
      kConditionFunctions, [this](const NamedFunction& named) { return is_soft_word(named.upper); });
  if (found == kConditionFunctions.end()) return unrecognized_function();
  TRY_ASSIGN(auto arguments, parse_arguments());
  return Operand{FunctionCall{found->function, std::move(arguments)}};
}

Result<expression::Operand> StatementParser::parse_assigned() {
  if (!begins_call()) return parse_operand();
  if (!is_soft_word("LIST_APPEND")) return unrecognized_function();
  TRY_ASSIGN(auto arguments, parse_arguments());
  const auto is_call = [](const Operand& operand) { return std::holds_alternative<FunctionCall>(operand.node); };
  if (std::ranges::any_of(arguments, is_call)) return unexpected();
  return Operand{FunctionCall{Function::kListAppend, std::move(arguments)}};
}

Result<ValueTerm> StatementParser::parse_value(const std::string& under) {
  switch (current_.kind) {
    case TokenKind::kString: {
      ValueTerm value{model::AttributeValue{current_content()}};
      advance();
      return value;
    }
    case TokenKind::kTrue:
    case TokenKind::kFalse: {
      const bool truth = is(TokenKind::kTrue);
      advance();
      return ValueTerm{model::AttributeValue{truth}};
    }
    case TokenKind::kNull: advance(); return ValueTerm{model::AttributeValue{model::Null{}}};
    case TokenKind::kMissing: return base::validation_error("MISSING must be compared using IS operator");
    case TokenKind::kQuestion: {
      advance();
      return ValueTerm{Parameter{static_cast<std::uint32_t>(parameters_++)}};
    }
    case TokenKind::kMinus:
    case TokenKind::kPlus:
    case TokenKind::kNumber: return parse_number();
    case TokenKind::kLeftBracket: return parse_list(under);
    case TokenKind::kLeftSet: return parse_set();
    case TokenKind::kLeftBrace: {
      TRY_ASSIGN(auto map, parse_map(under));
      return ValueTerm{std::move(map)};
    }
    default: return unexpected();
  }
}

Result<ValueTerm> StatementParser::parse_number() {
  std::string digits;
  if (accept(TokenKind::kMinus)) {
    digits = "-";
  } else {
    accept(TokenKind::kPlus);
  }
  if (!is(TokenKind::kNumber)) return unexpected();
  digits.append(current_text());
  TRY_ASSIGN(const auto number, model::Number::parse(digits));
  advance();
  return ValueTerm{model::AttributeValue{number}};
}

Result<ValueTerm> StatementParser::parse_list(const std::string& under) {
  TRY(check_depth());
  const Level level{*this};
  advance();
  ListTerm list;
  if (!is(TokenKind::kRightBracket)) {
    do {
      TRY_ASSIGN(auto element, parse_value(under));
      list.elements.push_back(std::move(element));
    } while (accept(TokenKind::kComma));
  }
  TRY(expect(TokenKind::kRightBracket));
  return ValueTerm{std::move(list)};
}

Result<ValueTerm> StatementParser::parse_set() {
  TRY(check_depth());
  const Level level{*this};
  advance();
  if (is(TokenKind::kRightSet)) return base::validation_error("Empty bags are not supported");
  SetTerm set;
  do {
    TRY_ASSIGN(auto member, parse_value());
    set.members.push_back(std::move(member));
  } while (accept(TokenKind::kComma));
  TRY(expect(TokenKind::kRightSet));
  return ValueTerm{std::move(set)};
}

Result<MapTerm> StatementParser::parse_map(const std::string& under) {
  TRY(check_depth());
  const Level level{*this};
  TRY(expect(TokenKind::kLeftBrace));
  MapTerm map;
  std::unordered_set<std::string> names;
  if (!is(TokenKind::kRightBrace)) {
    do {
      if (!is(TokenKind::kString)) return unexpected();
      std::string name = current_content();
      if (!names.insert(name).second) {
        return unsupported(current_, "Duplicate keys in tuple. Key: " + name + " under " + under);
      }
      advance();
      TRY(expect(TokenKind::kColon));
      TRY_ASSIGN(auto value, parse_value(name));
      map.entries.push_back({std::move(name), std::move(value)});
    } while (accept(TokenKind::kComma));
  }
  TRY(expect(TokenKind::kRightBrace));
  return map;
}

Result<expression::Path> StatementParser::parse_path() {
  if (!begins_path()) return unexpected();
  const Token first = current_;
  expression::Path path;
  TRY_ASSIGN(auto element, parse_step());
  path.elements.push_back(std::move(element));
  while (is(TokenKind::kDot) || is(TokenKind::kLeftBracket)) {
    const bool named = is(TokenKind::kDot);
    advance();
    if (named && is_keyword()) {
      return base::validation_error("Statement wasn't well formed, can't be processed: Invalid path dot component");
    }
    TRY_ASSIGN(auto step, named ? parse_step() : parse_bracketed_step());
    path.elements.push_back(std::move(step));
    if (path.elements.size() > expression::kMaxPathElements) return error_at(first, "Path is too long");
  }
  return path;
}

Result<expression::PathElement> StatementParser::parse_step() {
  if (!begins_path()) return unexpected();
  std::string name = current_content();
  if (name.empty()) return base::validation_error("Path component cannot be an empty string");
  advance();
  return expression::PathElement{std::move(name)};
}

Result<expression::PathElement> StatementParser::parse_bracketed_step() {
  expression::PathElement step;
  if (is(TokenKind::kString)) {
    if (current_.end - current_.begin <= 2) return base::validation_error("Path component cannot be an empty string");
    step = current_content();
  } else {
    if (!is(TokenKind::kNumber)) return unexpected();
    const std::string_view digits = current_text();
    std::uint32_t position = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), position);
    if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size() || position > expression::kMaxListIndex) {
      return unexpected();
    }
    step = expression::ListIndex{position};
  }
  advance();
  TRY(expect(TokenKind::kRightBracket));
  return step;
}

}  // namespace millrace::partiql
