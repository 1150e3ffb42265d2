#include "server/partiql/bound_statement.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "server/json/value_error.hpp"
#include "server/model/attribute_name.hpp"

namespace millrace::partiql {
namespace {

using base::validation_error;
using model::AttributeValue;
using Kind = plan::ItemWrite::Kind;

constexpr Wording kStatementWording = Wording::kClassic;

using Values = std::vector<AttributeValue>;

/// Puts values together. Each parameter stands at one place, and goes there.
class ValueBinder {
 public:
  explicit ValueBinder(Values& parameters) : parameters_{parameters} {}

  // The depth of terms is bounded by the parser.
  Result<AttributeValue> value_of(const ValueTerm& term) {
    return std::visit([this](const auto& alternative) { return make(alternative); }, term.node);
  }

  Result<model::AttributeMap> map_of(const MapTerm& term) {
    model::AttributeMapBuilder builder;
    builder.reserve(term.entries.size());
    for (const auto& entry : term.entries) {
      TRY(model::check_attribute_name(entry.name));
      TRY_ASSIGN(auto value, value_of(entry.value));
      builder.append(entry.name) = std::move(value);
    }
    return std::move(builder).build();
  }

 private:
  Result<AttributeValue> make(const AttributeValue& literal) { return literal; }
  Result<AttributeValue> make(const Parameter& parameter) { return std::move(parameters_[parameter.number]); }

  Result<AttributeValue> make(const ListTerm& term) {
    model::List list;
    list.reserve(term.elements.size());
    for (const auto& element : term.elements) {
      TRY_ASSIGN(auto value, value_of(element));
      list.push_back(std::move(value));
    }
    return AttributeValue{std::move(list)};
  }

  Result<AttributeValue> make(const MapTerm& term) {
    TRY_ASSIGN(auto map, map_of(term));
    return AttributeValue{std::move(map)};
  }

  Result<AttributeValue> make(const SetTerm& term) {
    Values members;
    members.reserve(term.members.size());
    for (const auto& member : term.members) {
      TRY_ASSIGN(auto value, value_of(member));
      members.push_back(std::move(value));
    }
    if (members.front().as_string() != nullptr) return string_set(members);
    if (members.front().as_number() != nullptr) return number_set(members);
    if (members.front().as_binary() != nullptr) return binary_set(members);
    return no_member();
  }

  static ApiError no_member() {
    return validation_error("Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags");
  }

  static Result<AttributeValue> string_set(Values& members) {
    std::vector<std::string> texts;
    for (auto& member : members) {
      if (member.as_string() == nullptr) return no_member();
      texts.push_back(std::get<std::string>(std::move(member.value)));
    }
    std::vector<std::string> sorted = texts;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end()) {
      return json::repeated_string(texts).in(kStatementWording);
    }
    return AttributeValue{model::StringSet{std::move(sorted)}};
  }

  static Result<AttributeValue> number_set(const Values& members) {
    std::vector<model::Number> numbers;
    for (const auto& member : members) {
      if (member.as_number() == nullptr) return no_member();
      numbers.push_back(*member.as_number());
    }
    std::sort(numbers.begin(), numbers.end());
    if (std::adjacent_find(numbers.begin(), numbers.end()) != numbers.end()) {
      return json::repeated_number().in(kStatementWording);
    }
    return AttributeValue{model::NumberSet{std::move(numbers)}};
  }

  static Result<AttributeValue> binary_set(Values& members) {
    std::vector<std::string> bytes;
    for (auto& member : members) {
      if (member.as_binary() == nullptr) return no_member();
      bytes.push_back(std::get<model::Binary>(std::move(member.value)).bytes);
    }
    std::vector<std::string> sorted = bytes;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end()) {
      return json::repeated_binary(bytes).in(kStatementWording);
    }
    model::BinarySet set;
    for (auto& member : sorted) set.members.push_back({std::move(member)});
    return AttributeValue{std::move(set)};
  }

  Values& parameters_;
};

Result<void> check_depth(const AttributeValue& value) {
  if (model::depth_of(value) > model::kMaxNesting) return json::too_deep().in(kStatementWording);
  return {};
}

/// Binds one statement.
class StatementBinder {
 public:
  StatementBinder(const Statement& statement, Values& parameters)
      : statement_{statement}, values_of_terms_{parameters} {}

  Result<BoundStatement> bind() {
    return std::visit([this](const auto& alternative) { return bind(alternative); }, statement_.node);
  }

 private:
  /// The values of the conditions and assignments. An INSERT has none.
  Result<void> bind_values() {
    const auto values = std::make_shared<Values>();
    values->reserve(statement_.values.size());
    for (const auto& term : statement_.values) {
      TRY_ASSIGN(auto value, values_of_terms_.value_of(term));
      TRY(check_depth(value));
      values->push_back(std::move(value));
    }
    for (const auto& value : *values) bindings_.values.push_back(&value);
    bindings_.source = values;
    return {};
  }

  Result<std::optional<expression::ResolvedCondition>> condition_of(const std::optional<expression::Condition>& where) {
    std::optional<expression::ResolvedCondition> resolved;
    if (!where) return resolved;
    auto ast = std::make_shared<const expression::ConditionAst>(
        expression::ConditionAst{expression::ExpressionKind::kStatement, *where, {}});
    TRY_ASSIGN(resolved, expression::resolve_condition(std::move(ast), bindings_));
    return resolved;
  }

  static plan::ItemProjection projection_of(const Select& select) {
    if (select.paths.empty()) return std::nullopt;
    expression::ProjectionAst ast{select.paths, {}};
    return expression::ResolvedProjection{std::make_shared<const expression::ProjectionAst>(std::move(ast)),
                                          {},
                                          expression::ResolvedProjection::Shape::kFlat};
  }

  Result<BoundStatement> bind(const Select& select) {
    TRY(bind_values());
    BoundSelect bound{select.from, projection_of(select), std::nullopt, select.order};
    TRY_ASSIGN(bound.where, condition_of(select.where));
    return BoundStatement{std::move(bound)};
  }

  Result<BoundStatement> bind(const Insert& insert) {
    TRY_ASSIGN(auto item, values_of_terms_.map_of(insert.item));
    for (const auto& attribute : item) TRY(check_depth(attribute.value));
    auto write = plan::ItemWrite::put(std::move(item));
    if (write.item_size() > plan::kMaxItemBytes) {
      return validation_error("Item size has exceeded the maximum allowed size");
    }
    write.only_new = true;
    BoundWrite bound;
    bound.target = insert.into;
    bound.insert = std::make_shared<const plan::ItemWrite>(std::move(write));
    return BoundStatement{std::move(bound)};
  }

  Result<BoundStatement> bind(const Update& update) {
    TRY(bind_values());
    BoundWrite bound;
    bound.kind = Kind::kUpdate;
    bound.target = update.target;
    bound.returning = update.returning;
    auto ast = std::make_shared<const expression::UpdateAst>(expression::UpdateAst{update.actions, {}});
    TRY_ASSIGN(bound.update, expression::resolve_update(std::move(ast), bindings_));
    TRY_ASSIGN(bound.where, condition_of(update.where));
    return BoundStatement{std::move(bound)};
  }

  Result<BoundStatement> bind(const Delete& erase) {
    TRY(bind_values());
    BoundWrite bound;
    bound.kind = Kind::kDelete;
    bound.target = erase.from;
    bound.returning = erase.returning;
    TRY_ASSIGN(bound.where, condition_of(erase.where));
    return BoundStatement{std::move(bound)};
  }

  Result<BoundStatement> bind(const Exists& exists) {
    TRY(bind_values());
    BoundWrite bound;
    bound.kind = Kind::kConditionCheck;
    bound.target = exists.select.from;
    TRY_ASSIGN(bound.where, condition_of(exists.select.where));
    return BoundStatement{std::move(bound)};
  }

  const Statement& statement_;
  ValueBinder values_of_terms_;
  expression::Bindings bindings_;
};

struct SourceOfBound {
  const Source& operator()(const BoundSelect& select) const { return select.from; }
  const Source& operator()(const BoundWrite& write) const { return write.target; }
};

}  // namespace

Result<BoundStatement> bind(const Statement& statement, std::vector<AttributeValue> parameters) {
  if (parameters.size() != statement.parameters) {
    return validation_error("Number of parameters in request and statement don't match.");
  }
  return StatementBinder{statement, parameters}.bind();
}

const Source& source_of(const BoundStatement& statement) { return std::visit(SourceOfBound{}, statement); }

}  // namespace millrace::partiql
