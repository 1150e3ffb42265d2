#include "server/expression/syntax/parser_core.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "server/expression/syntax/reserved_words.hpp"

namespace millrace::expression {
namespace {

constexpr std::string_view kRedundantParenthesesText = "The expression has redundant parentheses;";

std::optional<Function> find_function(std::string_view name) {
  for (const Function function :
       {Function::kAttributeExists, Function::kAttributeNotExists, Function::kAttributeType, Function::kBeginsWith,
        Function::kContains, Function::kSize, Function::kIfNotExists, Function::kListAppend}) {
    if (to_text(function) == name) return function;
  }
  return std::nullopt;
}

bool is_update_function(Function function) {
  return function == Function::kIfNotExists || function == Function::kListAppend;
}

std::string unknown_function_text(std::string_view name) {
  return std::string{"Invalid function name; function: "}.append(name);
}

std::string misused_function_text(std::string_view name) {
  return std::string{"The function is not allowed to be used this way in an expression; function: "}.append(name);
}

// Slots are numbered by first use. Most expressions have few placeholders, for which a linear search is the fastest.
std::uint32_t slot_of(std::vector<std::string>& table, std::unordered_map<std::string_view, std::uint32_t>& index,
                      std::string_view placeholder) {
  constexpr std::size_t kFew = 16;
  const auto next = static_cast<std::uint32_t>(table.size());
  if (next < kFew) {
    const auto found = std::find(table.begin(), table.end(), placeholder);
    if (found != table.end()) return static_cast<std::uint32_t>(found - table.begin());
  }
  const auto [entry, is_new] = index.try_emplace(placeholder, next);
  if (is_new) table.emplace_back(placeholder);
  return entry->second;
}

}  // namespace

ApiError expression_error(ExpressionKind kind, std::string_view detail) {
  if (kind == ExpressionKind::kStatement) return base::validation_error(std::string{detail});
  return base::validation_error(std::string{"Invalid "}.append(member_name(kind)).append(": ").append(detail));
}

Result<void> check_text(ExpressionKind kind, std::string_view text) {
  if (text.size() > kMaxExpressionBytes) {
    return expression_error(
        kind, "Expression size has exceeded the maximum allowed size; expression size: " + std::to_string(text.size()));
  }
  if (lex(text, 0).kind == TokenKind::kEnd) return expression_error(kind, "The expression can not be empty;");
  return {};
}

bool ParserCore::accept(TokenKind kind) {
  if (current() != kind) return false;
  advance();
  return true;
}

Result<void> ParserCore::expect(TokenKind kind) {
  if (!accept(kind)) return syntax_error();
  return {};
}

ApiError ParserCore::error(std::string_view detail) const { return expression_error(kind_, detail); }

void ParserCore::complain(Complaint complaint, std::string_view detail) {
  auto& slot = complaints_[static_cast<std::size_t>(complaint)];
  if (!slot) slot.emplace(detail);
}

void ParserCore::count_operator() {
  if (++operators_ > kMaxOperators) {
    complain(Complaint::kTooManyOperators,
             "The expression contains too many operators; operator count: " + std::to_string(kMaxOperators + 1));
  }
}

void ParserCore::complain_of_redundant_parentheses() {
  complain(Complaint::kRedundantParentheses, kRedundantParenthesesText);
}

Result<void> ParserCore::finish(std::initializer_list<Complaint> order) const {
  for (const Complaint complaint : order) {
    if (const auto& detail = complaints_[static_cast<std::size_t>(complaint)]) return error(*detail);
  }
  return {};
}

Result<void> ParserCore::check_depth() const {
  if (depth_ < kMaxParseDepth) return {};
  TRY(finish({Complaint::kTooManyOperators}));
  return error(kRedundantParenthesesText);
}

Result<PathElement> ParserCore::parse_name() {
  const std::string_view text = current_text();
  if (current() == TokenKind::kNamePlaceholder) {
    const NameSlot slot{slot_of(placeholders_.names, name_slots_, text)};
    advance();
    return PathElement{slot};
  }
  if (current() != TokenKind::kIdentifier) return syntax_error();
  if (is_reserved_word(text)) {
    complain(Complaint::kReservedWord,
             std::string{"Attribute name is a reserved keyword; reserved keyword: "}.append(text));
  }
  advance();
  return PathElement{std::string{text}};
}

Result<Path> ParserCore::parse_path() {
  Path path;
  TRY_ASSIGN(PathElement first, parse_name());
  path.elements.push_back(std::move(first));
  TRY(parse_path_tail(path));
  return path;
}

Result<void> ParserCore::parse_path_tail(Path& path) {
  while (true) {
    if (accept(TokenKind::kDot)) {
      TRY_ASSIGN(PathElement name, parse_name());
      path.elements.push_back(std::move(name));
    } else if (accept(TokenKind::kLeftBracket)) {
      if (current() != TokenKind::kDigits) return syntax_error();
      const std::string_view digits = current_text();
      std::uint32_t position = 0;
      const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), position);
      if (read.ec != std::errc{} || position > kMaxListIndex) {
        complain(Complaint::kPathTooLarge,
                 std::string{"List index is not within the allowable range; index: ["}.append(digits).append("]"));
      }
      advance();
      TRY(expect(TokenKind::kRightBracket));
      path.elements.emplace_back(ListIndex{position});
    } else {
      check_path_length(path);
      return {};
    }
  }
}

void ParserCore::check_path_length(const Path& path) {
  if (path.elements.size() <= kMaxPathElements) return;
  complain(Complaint::kPathTooLarge,
           "The document path has too many nesting levels; nesting levels: " + std::to_string(path.elements.size()));
}

Result<ValueSlot> ParserCore::parse_value() {
  if (current() != TokenKind::kValuePlaceholder) return syntax_error();
  const ValueSlot slot{slot_of(placeholders_.values, value_slots_, current_text())};
  advance();
  return slot;
}

Result<ParsedOperand> ParserCore::parse_operand() {
  if (current() != TokenKind::kLeftParenthesis) {
    TRY_ASSIGN(Operand operand, parse_atom());
    return ParsedOperand{std::move(operand), false};
  }
  TRY(check_depth());
  const Level level{*this};
  advance();
  TRY_ASSIGN(ParsedOperand inner, parse_operand());
  if (inner.parenthesised) complain_of_redundant_parentheses();
  TRY(expect(TokenKind::kRightParenthesis));
  inner.parenthesised = true;
  // `(a.b).c` is a path in conditions, though not in updates.
  if (auto* path = std::get_if<Path>(&inner.operand.node);
      path != nullptr && !is_update() && (current() == TokenKind::kDot || current() == TokenKind::kLeftBracket)) {
    TRY(parse_path_tail(*path));
    inner.parenthesised = false;
  }
  return inner;
}

Result<Operand> ParserCore::parse_atom() {
  if (current() == TokenKind::kValuePlaceholder) {
    TRY_ASSIGN(const ValueSlot value, parse_value());
    return Operand{value};
  }
  if (current() == TokenKind::kIdentifier) {
    const TokenStream before_name = tokens_;
    const std::string_view name = current_text();
    advance();
    if (current() == TokenKind::kLeftParenthesis) {
      TRY_ASSIGN(FunctionCall call, parse_call(name));
      return Operand{std::move(call)};
    }
    tokens_ = before_name;
  }
  TRY_ASSIGN(Path path, parse_path());
  return Operand{std::move(path)};
}

Result<FunctionCall> ParserCore::parse_call(std::string_view name) {
  const auto known = find_function(name);
  if (!known) complain(Complaint::kUnknownFunction, unknown_function_text(name));
  // An unknown function makes the parse fail in the end, so any stand-in will do.
  FunctionCall call{known.value_or(Function::kSize), {}};
  if (known && is_update() && !is_update_function(*known)) {
    complain(Complaint::kMisusedFunction,
             std::string{"The function is not allowed in an update expression; function: "}.append(name));
  } else if (known && !is_update() && is_update_function(*known)) {
    complain(Complaint::kMisusedFunction,
             std::string{"The function is not allowed in a condition expression; function: "}.append(name));
  }
  if (depth_ >= kMaxParseDepth) return error(known ? misused_function_text(name) : unknown_function_text(name));

  const Level level{*this};
  advance();
  do {
    TRY_ASSIGN(ParsedOperand argument, parse_operand());
    if (is_update()) {
      check_update_argument(call.function, argument.operand);
    } else {
      check_condition_operand(argument.operand);
    }
    call.arguments.push_back(std::move(argument.operand));
  } while (accept(TokenKind::kComma));
  TRY(expect(TokenKind::kRightParenthesis));
  return call;
}

void ParserCore::check_condition_operand(const Operand& operand) {
  const auto* call = std::get_if<FunctionCall>(&operand.node);
  if (call != nullptr && call->function != Function::kSize) complain_of_misuse(call->function);
}

void ParserCore::check_update_argument(Function function, const Operand& argument) {
  const auto* inner = std::get_if<FunctionCall>(&argument.node);
  if (inner == nullptr || inner->function != Function::kListAppend || function != Function::kListAppend) return;
  complain_of_misuse(Function::kListAppend);
}

void ParserCore::complain_of_misuse(Function function) {
  complain(Complaint::kMisusedFunction, misused_function_text(to_text(function)));
}

}  // namespace millrace::expression
