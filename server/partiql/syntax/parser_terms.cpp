// Values, functions and paths of statements.
#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>
#include <utility>

#include "server/model/number.hpp"
#include "server/partiql/syntax/parser_core.hpp"

namespace millrace::partiql {
namespace {

using expression::Function;
using expression::FunctionCall;

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

}  // namespace

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
