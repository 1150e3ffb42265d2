#include "server/partiql/syntax/parser.hpp"

#include <utility>

#include "server/partiql/syntax/parser_core.hpp"

namespace millrace::partiql {
namespace {

using base::validation_error;

ApiError not_well_formed(std::string_view detail) {
  return validation_error(std::string{"Statement wasn't well formed, can't be processed: "}.append(detail));
}

std::string_view text_of(Returning returning) {
  switch (returning) {
    case Returning::kNothing: break;
    case Returning::kAllOld: return "ALL OLD *";
    case Returning::kModifiedOld: return "MODIFIED OLD *";
    case Returning::kAllNew: return "ALL NEW *";
    case Returning::kModifiedNew: return "MODIFIED NEW *";
  }
  return {};
}

}  // namespace

Result<Statement> parse_statement(std::string_view text) { return StatementParser{text}.parse(); }

// --- Tokens ---

void StatementParser::advance() {
  current_ = next_;
  next_ = lex(text_, current_.end);
}

bool StatementParser::accept(TokenKind kind) {
  if (!is(kind)) return false;
  advance();
  return true;
}

Result<void> StatementParser::expect(TokenKind kind) {
  if (!accept(kind)) return unexpected();
  return {};
}

bool StatementParser::is_soft_word(std::string_view upper) const {
  return is(TokenKind::kIdentifier) && is_word(current_text(), upper);
}

ApiError StatementParser::unsupported(const Token& token, std::string_view detail) const {
  return validation_error(std::string{detail}.append(" at ").append(place_of(text_, token)));
}

ApiError StatementParser::error_at(const Token& token, std::string_view detail) const {
  return not_well_formed(std::string{detail}.append(" at ").append(place_of(text_, token)));
}

ApiError StatementParser::unexpected() const {
  if (is(TokenKind::kEnd)) return error_at(current_, "Unexpected end of statement");
  if (is(TokenKind::kUnfinished)) return error_at(current_, "Missing end of string, identifier or comment");
  return error_at(current_, "Unexpected token");
}

Result<void> StatementParser::check_depth() const {
  if (depth_ < kMaxDepth) return {};
  return error_at(current_, "Nesting is too deep");
}

expression::ValueSlot StatementParser::slot_for(ValueTerm value) {
  const auto number = static_cast<std::uint32_t>(values_.size());
  values_.push_back(std::move(value));
  return {number};
}

// --- Statements ---

Result<Statement> StatementParser::parse() {
  Statement statement;
  switch (current_.kind) {
    case TokenKind::kSelect: {
      TRY_ASSIGN(statement.node, parse_select());
      break;
    }
    case TokenKind::kInsert: {
      TRY_ASSIGN(statement.node, parse_insert());
      break;
    }
    case TokenKind::kUpdate: {
      TRY_ASSIGN(statement.node, parse_update());
      break;
    }
    case TokenKind::kDelete: {
      TRY_ASSIGN(statement.node, parse_delete());
      break;
    }
    case TokenKind::kExists: {
      TRY_ASSIGN(statement.node, parse_exists());
      break;
    }
    default: return not_well_formed("Expected data manipulation");
  }
  accept(TokenKind::kSemicolon);
  if (is(TokenKind::kUnfinished)) return unexpected();
  if (!is(TokenKind::kEnd)) return not_well_formed("Unexpected token after expression");
  statement.values = std::move(values_);
  statement.parameters = parameters_;
  return statement;
}

Result<Select> StatementParser::parse_select() {
  TRY(expect(TokenKind::kSelect));
  Select select;
  if (accept(TokenKind::kStar)) {
    if (is(TokenKind::kComma)) {
      return validation_error("Other attributes should not be present in the projection when '*' is used.");
    }
  } else {
    do {
      // Nothing is counted or computed: only what is stored can be selected.
      if (begins_call()) return unsupported(current_, "Unexpected path component");
      TRY_ASSIGN(auto path, parse_path());
      TRY(check_no_alias());
      select.paths.push_back(std::move(path));
    } while (accept(TokenKind::kComma));
  }
  TRY(expect(TokenKind::kFrom));
  TRY_ASSIGN(select.from, parse_source());
  TRY(check_no_alias());
  if (is(TokenKind::kComma)) return validation_error("Only select from a single table or index is supported.");
  TRY_ASSIGN(select.where, parse_where());
  TRY_ASSIGN(select.order, parse_order());
  return select;
}

Result<Insert> StatementParser::parse_insert() {
  TRY(expect(TokenKind::kInsert));
  TRY(expect(TokenKind::kInto));
  Insert insert;
  TRY_ASSIGN(insert.into, parse_source());
  if (is_soft_word("VALUES")) {
    return validation_error(
        "Unsupported operation: Inserting multiple items in a single statement is not supported, use \"INSERT INTO "
        "tableName VALUE item\" instead");
  }
  TRY(expect(TokenKind::kValue));
  if (!is(TokenKind::kLeftBrace) && !is(TokenKind::kEnd)) {
    return validation_error(
        "Unsupported format in item expression. Please use struct format {...} to express item values for insert "
        "statement.");
  }
  TRY_ASSIGN(insert.item, parse_map("root"));
  if (is(TokenKind::kReturning)) return validation_error("RETURNING is not supported in INSERT");
  return insert;
}

Result<Update> StatementParser::parse_update() {
  TRY(expect(TokenKind::kUpdate));
  Update update;
  TRY_ASSIGN(update.target, parse_source());
  if (!is(TokenKind::kSet) && !is(TokenKind::kRemove)) return unexpected();
  while (is(TokenKind::kSet) || is(TokenKind::kRemove)) {
    const bool sets = is(TokenKind::kSet);
    advance();
    TRY(sets ? parse_assignments(update.actions) : parse_removals(update.actions));
  }
  TRY_ASSIGN(update.where, parse_where());
  TRY_ASSIGN(update.returning, parse_returning());
  return update;
}

Result<Delete> StatementParser::parse_delete() {
  TRY(expect(TokenKind::kDelete));
  TRY(expect(TokenKind::kFrom));
  Delete erase;
  TRY_ASSIGN(erase.from, parse_source());
  TRY_ASSIGN(erase.where, parse_where());
  TRY_ASSIGN(erase.returning, parse_returning_of_delete());
  return erase;
}

Result<Exists> StatementParser::parse_exists() {
  TRY(expect(TokenKind::kExists));
  TRY(expect(TokenKind::kLeftParenthesis));
  Exists exists;
  TRY_ASSIGN(exists.select, parse_select());
  TRY(expect(TokenKind::kRightParenthesis));
  return exists;
}

Result<std::string> StatementParser::parse_source_component() {
  if (!is(TokenKind::kIdentifier) && !is(TokenKind::kQuotedIdentifier)) return unexpected();
  std::string name = current_content();
  if (name.empty()) return validation_error("Path component cannot be an empty string");
  advance();
  return name;
}

Result<Source> StatementParser::parse_source() {
  Source source;
  TRY_ASSIGN(source.table, parse_source_component());
  if (!accept(TokenKind::kDot)) return source;
  TRY_ASSIGN(source.index, parse_source_component());
  if (is(TokenKind::kDot)) {
    return validation_error("A path may contain at most 2 components in the FROM clause");
  }
  return source;
}

Result<void> StatementParser::check_no_alias() const {
  if (!is(TokenKind::kAs) && !begins_path()) return {};
  return unsupported(is(TokenKind::kAs) && next_.kind != TokenKind::kEnd ? next_ : current_,
                     "Aliasing is not supported");
}

Result<std::optional<expression::Condition>> StatementParser::parse_where() {
  if (!accept(TokenKind::kWhere)) return std::optional<Condition>{};
  TRY_ASSIGN(auto condition, parse_condition());
  return std::optional{std::move(condition)};
}

Result<std::vector<OrderKey>> StatementParser::parse_order() {
  std::vector<OrderKey> order;
  if (!accept(TokenKind::kOrder)) return order;
  TRY(expect(TokenKind::kBy));
  do {
    if (!is(TokenKind::kIdentifier) && !is(TokenKind::kQuotedIdentifier)) return unexpected();
    auto& key = order.emplace_back();
    key.attribute = current_content();
    advance();
    key.descending = accept(TokenKind::kDesc);
    if (!key.descending) accept(TokenKind::kAsc);
  } while (accept(TokenKind::kComma));
  return order;
}

// --- UPDATE ---

Result<void> StatementParser::parse_assignments(std::vector<expression::UpdateAction>& actions) {
  do {
    TRY_ASSIGN(auto action, parse_assignment());
    actions.push_back(std::move(action));
  } while (accept(TokenKind::kComma));
  return {};
}

Result<void> StatementParser::parse_removals(std::vector<expression::UpdateAction>& actions) {
  do {
    TRY_ASSIGN(auto path, parse_path());
    actions.emplace_back(expression::RemoveAction{std::move(path)});
  } while (accept(TokenKind::kComma));
  return {};
}

Result<expression::UpdateAction> StatementParser::parse_assignment() {
  TRY_ASSIGN(auto target, parse_path());
  TRY(expect(TokenKind::kEqual));
  const bool changes_set = is_soft_word("SET_ADD") || is_soft_word("SET_DELETE");
  if (begins_call() && changes_set) return parse_set_function(std::move(target));
  TRY_ASSIGN(auto value, parse_assigned());
  expression::SetAction action{std::move(target), {}};
  if (is(TokenKind::kPlus) || is(TokenKind::kMinus)) {
    const auto op =
        is(TokenKind::kPlus) ? expression::ArithmeticOperator::kAdd : expression::ArithmeticOperator::kSubtract;
    advance();
    TRY_ASSIGN(auto right, parse_assigned());
    action.value = expression::Arithmetic{std::move(value), op, std::move(right)};
  } else {
    action.value = std::move(value);
  }
  return expression::UpdateAction{std::move(action)};
}

/// `SET a = set_add(a, <<…>>)` is what UpdateItem calls ADD, and set_delete its DELETE: both work where they stand.
Result<expression::UpdateAction> StatementParser::parse_set_function(expression::Path target) {
  const bool adds = is_soft_word("SET_ADD");
  const std::string_view name = adds ? "SET_ADD" : "SET_DELETE";
  const Token function = current_;
  const Token first = lex(text_, next_.end);
  TRY_ASSIGN(auto arguments, parse_arguments());
  if (arguments.size() != 2) {
    return unsupported(function, std::string{name}.append(" must have exactly two arguments"));
  }
  const auto* path = std::get_if<expression::Path>(&arguments[0].node);
  if (path == nullptr || *path != target) {
    return unsupported(function,
                       std::string{"The first argument to "}.append(name).append(" must equal the assignment value"));
  }
  const auto* slot = std::get_if<expression::ValueSlot>(&arguments[1].node);
  // Of a parameter it is seen when there is one.
  const bool may_be_set = slot != nullptr && (std::holds_alternative<SetTerm>(values_[slot->number].node) ||
                                              std::holds_alternative<Parameter>(values_[slot->number].node));
  if (!may_be_set) {
    return unsupported(first,
                       std::string{"The second argument to "}.append(name).append(" must be a value with type SET"));
  }
  if (adds) return expression::UpdateAction{expression::AddAction{std::move(target), *slot}};
  return expression::UpdateAction{expression::DeleteAction{std::move(target), *slot}};
}

Result<Returning> StatementParser::parse_returning() {
  if (!accept(TokenKind::kReturning)) return Returning::kNothing;
  const bool all = is_soft_word("ALL");
  if (!all && !is_soft_word("MODIFIED")) return unexpected();
  advance();
  const bool old = is_soft_word("OLD");
  if (!old && !is_soft_word("NEW")) return unexpected();
  advance();
  TRY(expect(TokenKind::kStar));
  if (all) return old ? Returning::kAllOld : Returning::kAllNew;
  return old ? Returning::kModifiedOld : Returning::kModifiedNew;
}

Result<Returning> StatementParser::parse_returning_of_delete() {
  TRY_ASSIGN(const auto returning, parse_returning());
  if (returning == Returning::kNothing || returning == Returning::kAllOld) return returning;
  return validation_error(std::string{"Invalid returning clause: RETURNING "}
                              .append(text_of(returning))
                              .append(". Only RETURNING ALL OLD * is allowed in DELETE statements."));
}

}  // namespace millrace::partiql
