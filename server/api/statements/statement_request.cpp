#include "server/api/statements/statement_request.hpp"

#include <utility>

#include "server/api/items/java_text.hpp"
#include "server/api/members/item_members.hpp"

namespace millrace::api {
namespace {

using base::validation_error;

constexpr Wording kStatementWording = Wording::kClassic;

}  // namespace

StatementInput read_statement(StatementMembers members, json::ObjectReader& in) {
  StatementInput input;
  input.statement = in.string("Statement");
  input.parameters = in.values("Parameters", kParametersSeen);
  if (members == StatementMembers::kOfBatch) input.consistent_read = in.boolean("ConsistentRead");
  input.values_on_failure = in.string("ReturnValuesOnConditionCheckFailure");
  return input;
}

void check_statement(validation::Constraints& constraints, const std::string& path, const StatementInput& input) {
  constraints.required(path + "statement", input.statement.has_value());
  constraints.length(path + "statement", input.statement, 1, partiql::kMaxStatementCharacters);
  if (input.parameters && input.parameters->empty()) {
    constraints.count(path + "parameters", 0, "[]", 1, SIZE_MAX);
  }
  constraints.one_of(path + "returnValuesOnConditionCheckFailure", input.values_on_failure, of_items::kValuesOnFailure);
}

Result<partiql::BoundStatement> bind_statement(partiql::StatementCache& statements, StatementInput& input) {
  TRY_ASSIGN(const auto statement, statements.get(*input.statement));
  std::vector<model::AttributeValue> parameters;
  if (input.parameters) {
    parameters.reserve(input.parameters->size());
    for (auto& parameter : *input.parameters) {
      if (parameter.value_error) return parameter.value_error->in(kStatementWording);
      parameters.push_back(std::move(parameter.value));
    }
  }
  TRY_ASSIGN(auto bound, partiql::bind(*statement, std::move(parameters)));
  if (auto* write = std::get_if<partiql::BoundWrite>(&bound)) {
    write->failure_shows_item = input.values_on_failure == "ALL_OLD";
  }
  return bound;
}

std::size_t bytes_of(const StatementInput& input) {
  std::size_t bytes = input.statement.value_or("").size();
  if (!input.parameters) return bytes;
  for (const auto& parameter : *input.parameters) bytes += model::size_of(parameter.value);
  return bytes;
}

std::string to_java_text(const std::vector<StatementInput>& inputs, std::string_view structure) {
  std::string text{"["};
  for (const auto& input : inputs) {
    if (text.size() >= base::kMostMessageBytes) break;
    if (text.size() > 1) text.append(", ");
    text.append(structure).append("(statement=").append(input.statement.value_or("null")).append(", parameters=");
    if (!input.parameters) {
      text.append("null)");
      continue;
    }
    text.push_back('[');
    for (const auto& parameter : *input.parameters) {
      if (text.back() != '[') text.append(", ");
      text.append(api::to_java_text(parameter.value));
    }
    text.append("])");
  }
  return text.append("]");
}

Result<model::TableReference> table_of(const partiql::BoundWrite& write) {
  if (write.target.index) return validation_error("This operation is not supported on an index");
  return model::TableReference{write.target.table};
}

Result<plan::ReadTarget> find_source(const PrepareContext& context, const partiql::Source& source,
                                     plan::Consistency consistency) {
  TRY_ASSIGN(auto table, context.tables.require(model::TableReference{source.table}));
  if (!source.index) return plan::ReadTarget{std::move(table)};
  if (table->definition.find_vector_index(*source.index) != nullptr) {
    return validation_error("Query operation not supported on this index type.");
  }
  const auto* const index = table->definition.find_index(*source.index);
  if (index == nullptr) return validation_error("The table does not have the specified index");
  if (index->kind == model::IndexKind::kGlobal && consistency == plan::Consistency::kStrong) {
    return validation_error("Strongly consistent read is not supported on Global Secondary Indexes");
  }
  return plan::find_target(std::move(table), *source.index, consistency);
}

ReturnValues return_values_of(partiql::Returning returning) {
  switch (returning) {
    case partiql::Returning::kNothing: break;
    case partiql::Returning::kAllOld: return ReturnValues::kAllOld;
    case partiql::Returning::kModifiedOld: return ReturnValues::kUpdatedOld;
    case partiql::Returning::kAllNew: return ReturnValues::kAllNew;
    case partiql::Returning::kModifiedNew: return ReturnValues::kUpdatedNew;
  }
  return ReturnValues::kNone;
}

std::string_view batch_error_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kValidation: return "ValidationError";
    case ErrorKind::kConditionalCheckFailed: return "ConditionalCheckFailed";
    case ErrorKind::kDuplicateItem: return "DuplicateItem";
    case ErrorKind::kResourceNotFound: return "ResourceNotFound";
    case ErrorKind::kTransactionConflict: return "TransactionConflict";
    case ErrorKind::kItemCollectionSizeLimitExceeded: return "ItemCollectionSizeLimitExceeded";
    case ErrorKind::kProvisionedThroughputExceeded: return "ProvisionedThroughputExceeded";
    case ErrorKind::kThrottling: return "ThrottlingError";
    default: return {};
  }
}

}  // namespace millrace::api
