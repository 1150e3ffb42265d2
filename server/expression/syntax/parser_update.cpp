// update := (SET set{, set} | REMOVE path{, path} | ADD path :v{, …} | DELETE path :v{, …})+   (API reference, 5.2)
#include <utility>

#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/parser_core.hpp"

namespace millrace::expression {
namespace {

using SetValue = std::variant<Operand, Arithmetic>;

struct ParsedValue {
  SetValue value;
  bool parenthesised{false};
};

class UpdateParser : private ParserCore {
 public:
  explicit UpdateParser(std::string_view text) : ParserCore{ExpressionKind::kUpdate, text} {}

  Result<UpdateAst> parse() {
    do {
      TRY(parse_section());
    } while (current() != TokenKind::kEnd);
    TRY(finish({Complaint::kTooManyOperators, Complaint::kRedundantParentheses, Complaint::kReservedWord,
                Complaint::kUnknownFunction, Complaint::kMisusedFunction, Complaint::kRepeatedSection,
                Complaint::kPathTooLarge}));
    return UpdateAst{std::move(actions_), take_placeholders()};
  }

 private:
  struct Section {
    TokenKind keyword;
    std::string_view name;
    Result<UpdateAction> (UpdateParser::*parse_action)();
    bool seen;
  };

  Result<void> parse_section() {
    for (Section& section : sections_) {
      if (!accept(section.keyword)) continue;
      if (section.seen) {
        complain(Complaint::kRepeatedSection, std::string{"The \""}
                                                  .append(section.name)
                                                  .append("\" section can only be used once in an update expression;"));
      }
      section.seen = true;
      do {
        TRY_ASSIGN(UpdateAction action, (this->*section.parse_action)());
        actions_.push_back(std::move(action));
      } while (accept(TokenKind::kComma));
      return {};
    }
    return syntax_error();
  }

  Result<UpdateAction> parse_set() {
    TRY_ASSIGN(Path target, parse_path());
    TRY(expect(TokenKind::kEqual));
    TRY_ASSIGN(ParsedValue parsed, parse_set_value());
    return UpdateAction{SetAction{std::move(target), std::move(parsed.value)}};
  }

  Result<UpdateAction> parse_remove() {
    TRY_ASSIGN(Path target, parse_path());
    return UpdateAction{RemoveAction{std::move(target)}};
  }

  Result<UpdateAction> parse_add() {
    TRY_ASSIGN(Path target, parse_path());
    TRY_ASSIGN(const ValueSlot value, parse_value());
    return UpdateAction{AddAction{std::move(target), value}};
  }

  Result<UpdateAction> parse_delete() {
    TRY_ASSIGN(Path target, parse_path());
    TRY_ASSIGN(const ValueSlot value, parse_value());
    return UpdateAction{DeleteAction{std::move(target), value}};
  }

  /// value := operand | operand + operand | operand - operand | ( value )
  Result<ParsedValue> parse_set_value() {
    TRY_ASSIGN(ParsedValue left, parse_set_primary());
    auto* operand = std::get_if<Operand>(&left.value);
    if (operand == nullptr || (current() != TokenKind::kPlus && current() != TokenKind::kMinus)) return left;
    const auto op = current() == TokenKind::kPlus ? ArithmeticOperator::kAdd : ArithmeticOperator::kSubtract;
    count_operator();
    advance();
    TRY_ASSIGN(ParsedOperand right, parse_operand());
    return ParsedValue{Arithmetic{std::move(*operand), op, std::move(right.operand)}};
  }

  Result<ParsedValue> parse_set_primary() {
    if (current() != TokenKind::kLeftParenthesis) {
      TRY_ASSIGN(Operand operand, parse_atom());
      return ParsedValue{std::move(operand)};
    }
    TRY(check_depth());
    const Level level{*this};
    advance();
    TRY_ASSIGN(ParsedValue inner, parse_set_value());
    if (inner.parenthesised) complain_of_redundant_parentheses();
    TRY(expect(TokenKind::kRightParenthesis));
    inner.parenthesised = true;
    return inner;
  }

  std::array<Section, 4> sections_{{
      {TokenKind::kSet, "SET", &UpdateParser::parse_set, false},
      {TokenKind::kRemove, "REMOVE", &UpdateParser::parse_remove, false},
      {TokenKind::kAdd, "ADD", &UpdateParser::parse_add, false},
      {TokenKind::kDelete, "DELETE", &UpdateParser::parse_delete, false},
  }};
  std::vector<UpdateAction> actions_;
};

}  // namespace

Result<UpdateAst> parse_update(std::string_view text) {
  TRY(check_text(ExpressionKind::kUpdate, text));
  return UpdateParser{text}.parse();
}

}  // namespace millrace::expression
