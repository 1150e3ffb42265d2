// condition := or;  or := and (OR and)*;  and := not (AND not)*;  not := NOT not | primary   (API reference, 5.2)
#include <algorithm>
#include <utility>

#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/parser_core.hpp"

namespace millrace::expression {
namespace {

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

// After `(` only the rest of the text tells whether `(a` begins a condition or an operand, so every level may hand an
// operand up; whoever needs a condition turns it into one, or into a syntax error at the token that came instead.
struct Node {
  std::variant<Operand, Condition> content;
  bool parenthesised{false};
};

class ConditionParser : private ParserCore {
 public:
  ConditionParser(ExpressionKind kind, std::string_view text) : ParserCore{kind, text}, kind_{kind} {}

  Result<ConditionAst> parse() {
    TRY_ASSIGN(Node node, parse_or());
    TRY_ASSIGN(Condition root, to_condition(std::move(node)));
    if (current() != TokenKind::kEnd) return syntax_error();
    TRY(finish({Complaint::kTooManyOperators, Complaint::kRedundantParentheses, Complaint::kUnknownFunction,
                Complaint::kMisusedFunction, Complaint::kReservedWord, Complaint::kPathTooLarge}));
    return ConditionAst{kind_, std::move(root), take_placeholders()};
  }

 private:
  Result<Node> parse_or() {
    return parse_joined(TokenKind::kOr, LogicalOperator::kOr, [this] { return parse_and(); });
  }

  Result<Node> parse_and() {
    return parse_joined(TokenKind::kAnd, LogicalOperator::kAnd, [this] { return parse_not(); });
  }

  template <class ParsePart>
  Result<Node> parse_joined(TokenKind separator, LogicalOperator op, const ParsePart& parse_part) {
    TRY_ASSIGN(Node first, parse_part());
    if (current() != separator) return first;
    Logical joined{op, {}};
    TRY_ASSIGN(Condition first_condition, to_condition(std::move(first)));
    joined.conditions.push_back(std::move(first_condition));
    while (accept(separator)) {
      count_operator();
      TRY_ASSIGN(Node next, parse_part());
      TRY_ASSIGN(Condition next_condition, to_condition(std::move(next)));
      joined.conditions.push_back(std::move(next_condition));
    }
    return Node{Condition{std::move(joined)}};
  }

  // A loop, because a chain of NOT may be a thousand long before the limit on operators is reported.
  Result<Node> parse_not() {
    std::size_t negations = 0;
    while (accept(TokenKind::kNot)) {
      count_operator();
      ++negations;
    }
    TRY_ASSIGN(Node node, parse_primary());
    if (negations == 0) return node;
    TRY_ASSIGN(Condition condition, to_condition(std::move(node)));
    // More than the limit end in an error anyway, so there is no need to build them all.
    for (std::size_t n = 0; n < std::min(negations, kMaxOperators); ++n) {
      Logical negation{LogicalOperator::kNot, {}};
      negation.conditions.push_back(std::move(condition));
      condition = Condition{std::move(negation)};
    }
    return Node{std::move(condition)};
  }

  Result<Node> parse_primary() {
    if (current() != TokenKind::kLeftParenthesis) {
      TRY_ASSIGN(Operand operand, parse_atom());
      return parse_after_operand(Node{std::move(operand)});
    }
    TRY_ASSIGN(Node node, parse_parentheses());
    if (std::holds_alternative<Condition>(node.content)) return node;
    return parse_after_operand(std::move(node));
  }

  Result<Node> parse_parentheses() {
    TRY(check_depth());
    const Level level{*this};
    advance();
    TRY_ASSIGN(Node node, parse_or());
    if (node.parenthesised) complain_of_redundant_parentheses();
    TRY(expect(TokenKind::kRightParenthesis));
    node.parenthesised = true;
    if (auto* operand = std::get_if<Operand>(&node.content)) {
      if (auto* path = std::get_if<Path>(&operand->node);
          path != nullptr && (current() == TokenKind::kDot || current() == TokenKind::kLeftBracket)) {
        TRY(parse_path_tail(*path));
        node.parenthesised = false;
      }
    }
    return node;
  }

  /// What follows an operand may make a condition of it.
  Result<Node> parse_after_operand(Node node) {
    auto& subject = std::get<Operand>(node.content);
    if (const auto comparator = comparator_of(current())) {
      start_operator(subject);
      TRY_ASSIGN(Operand right, parse_value_operand());
      return Node{Condition{Comparison{*comparator, std::move(subject), std::move(right)}}};
    }
    if (current() == TokenKind::kBetween) {
      start_operator(subject);
      TRY_ASSIGN(Operand lower, parse_value_operand());
      TRY(expect(TokenKind::kAnd));
      TRY_ASSIGN(Operand upper, parse_value_operand());
      return Node{Condition{Between{std::move(subject), std::move(lower), std::move(upper)}}};
    }
    if (current() == TokenKind::kIn) {
      start_operator(subject);
      TRY_ASSIGN(In in, parse_candidates(std::move(subject)));
      return Node{Condition{std::move(in)}};
    }
    return node;
  }

  void start_operator(const Operand& subject) {
    check_condition_operand(subject);
    count_operator();
    advance();
  }

  Result<Operand> parse_value_operand() {
    TRY_ASSIGN(ParsedOperand parsed, parse_operand());
    check_condition_operand(parsed.operand);
    return std::move(parsed.operand);
  }

  Result<In> parse_candidates(Operand subject) {
    In in{std::move(subject), {}};
    TRY(expect(TokenKind::kLeftParenthesis));
    do {
      TRY_ASSIGN(Operand candidate, parse_value_operand());
      in.candidates.push_back(std::move(candidate));
    } while (accept(TokenKind::kComma));
    TRY(expect(TokenKind::kRightParenthesis));
    return in;
  }

  /// A function call is a condition by itself; any other lone operand is a syntax error at the current token.
  Result<Condition> to_condition(Node node) {
    if (auto* condition = std::get_if<Condition>(&node.content)) return std::move(*condition);
    auto* call = std::get_if<FunctionCall>(&std::get<Operand>(node.content).node);
    if (call == nullptr) return syntax_error();
    if (call->function == Function::kSize) complain_of_misuse(call->function);
    return Condition{std::move(*call)};
  }

  ExpressionKind kind_;
};

}  // namespace

Result<ConditionAst> parse_condition(ExpressionKind kind, std::string_view text) {
  TRY(check_text(kind, text));
  return ConditionParser{kind, text}.parse();
}

}  // namespace millrace::expression
