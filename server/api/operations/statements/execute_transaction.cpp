// ExecuteTransaction (API reference, 3.14 and 3.12): statements about one item each, of which all happen or none. Reads
// are a TransactGetItems in other words, writes (and EXISTS with them) a TransactWriteItems.
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "server/api/items/request_fingerprint.hpp"
#include "server/api/items/request_members.hpp"
#include "server/api/items/transact_read.hpp"
#include "server/api/items/transact_write.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/members/statement_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/statements/statement_request.hpp"
#include "server/json/object_reader.hpp"
#include "server/json/object_writer.hpp"
#include "server/partiql/lowering.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {
namespace {

using base::validation_error;

constexpr std::array kMembersOfTransactStatement{of_statements::kStatement, of_statements::kParameters,
                                                 of_items::kReturnValuesOnConditionCheckFailure};
constexpr members::Shape kTransactStatement{
    .kind = members::Kind::kStructure, .name = "ParameterizedStatement", .members = kMembersOfTransactStatement};
constexpr members::Shape kTransactStatements{.kind = members::Kind::kList, .element = &kTransactStatement};
constexpr std::array kExecuteTransactionMembers{
    members::Member{.name = "TransactStatements",
                    .shape = &kTransactStatements,
                    .presence = of_items::kRequired,
                    .bounds = {1, kMaxTransactionMembers}},
    members::Member{.name = "ClientRequestToken", .shape = &members::kString, .bounds = {1, kMaxTokenCharacters}},
    of_items::kReturnConsumedCapacity,
};

struct TransactedSelects {
  std::vector<partiql::BoundSelect> selects;
  CapacityDetail capacity_detail{CapacityDetail::kNone};
};

struct TransactedStatements {
  std::vector<partiql::BoundWrite> writes;
  TransactionTerms terms;
};

using TransactionRequest = std::variant<TransactedSelects, TransactedStatements>;

ApiError member_failed(std::size_t at, std::string_view why) {
  return validation_error(fmt::format("Validation failed in TransactStatements[{}]: {}", at, why));
}

/// What keeps a statement out of transactions.
Result<void> check_member(const partiql::BoundStatement& statement, std::size_t at) {
  const bool of_index = partiql::source_of(statement).index.has_value();
  const auto* write = std::get_if<partiql::BoundWrite>(&statement);
  if (write == nullptr) {
    return of_index ? member_failed(at, "Reads on indices are not supported within transactions.") : Result<void>{};
  }
  if (of_index && write->kind == plan::ItemWrite::Kind::kConditionCheck) {
    return member_failed(at, "Operations on indices are not supported in transactions");
  }
  TRY(table_of(*write));
  if (write->returning != partiql::Returning::kNothing) {
    return member_failed(at, "RETURNING clause is not supported in ExecuteTransaction.");
  }
  return {};
}

Result<std::vector<partiql::BoundStatement>> bind_members(partiql::StatementCache& cache,
                                                          std::vector<StatementInput>& inputs) {
  std::vector<partiql::BoundStatement> statements;
  std::size_t bytes = 0;
  for (auto& input : inputs) {
    bytes += bytes_of(input);
    TRY_ASSIGN(auto bound, bind_statement(cache, input));
    TRY(check_member(bound, statements.size()));
    statements.push_back(std::move(bound));
  }
  if (bytes > plan::kMaxTransactionBytes) return plan::transaction_too_large();
  return statements;
}

Result<TransactionRequest> parse_execute_transaction(partiql::StatementCache& cache, const json::Object& body) {
  json::ObjectReader in{body};
  std::vector<StatementInput> inputs;
  const auto count = in.structures("TransactStatements", "ParameterizedStatement", [&](json::ObjectReader& element) {
    // One too many is all that needs to be known.
    if (inputs.size() <= kMaxTransactionMembers) {
      inputs.push_back(read_statement(StatementMembers::kOfTransaction, element));
    }
  });
  const auto token = in.string("ClientRequestToken");
  const auto capacity = in.string("ReturnConsumedCapacity");
  if (in.failed()) return in.error();

  validation::Constraints constraints;
  constraints.required("transactStatements", count.has_value());
  if (count && (inputs.empty() || inputs.size() > kMaxTransactionMembers)) {
    constraints.count("transactStatements", inputs.size(), to_java_text(inputs, "ParameterizedStatement"), 1,
                      kMaxTransactionMembers);
  } else {
    for (std::size_t at = 0; at < inputs.size(); ++at) {
      check_statement(constraints, fmt::format("transactStatements.{}.member.", at + 1), inputs[at]);
    }
  }
  check_return_consumed_capacity(constraints, capacity);
  constraints.length("clientRequestToken", token, 1, kMaxTokenCharacters);
  TRY(constraints.finish());

  TRY_ASSIGN(auto statements, bind_members(cache, inputs));
  TransactedSelects reads{{}, capacity_detail_from(capacity)};
  TransactedStatements writes;
  for (auto& statement : statements) {
    if (auto* select = std::get_if<partiql::BoundSelect>(&statement)) {
      reads.selects.push_back(std::move(*select));
    } else {
      writes.writes.push_back(std::get<partiql::BoundWrite>(std::move(statement)));
    }
  }
  if (writes.writes.empty()) return TransactionRequest{std::move(reads)};
  if (!reads.selects.empty()) {
    return validation_error(
        "ExecuteTransaction API does not support both read and write operations in the same request.");
  }
  writes.terms.capacity_detail = capacity_detail_from(capacity);
  if (token) {
    writes.terms.token = *token;
    writes.terms.fingerprint = fingerprint_of(body, {"TransactStatements"});
  }
  return TransactionRequest{std::move(writes)};
}

// --- Reads ---

Result<TransactedItems> prepare_selects(const PrepareContext& context, const TransactedSelects& request) {
  std::vector<plan::ItemWrite> keys;
  keys.reserve(request.selects.size());  // members refer to them
  std::vector<plan::TransactionMember> members;
  for (const auto& select : request.selects) {
    TRY_ASSIGN(auto table, context.tables.require(model::TableReference{select.from.table}));
    auto key = partiql::find_item(select, table->definition.key_schema);
    if (!key) {
      return member_failed(
          members.size(),
          "Select statements within ExecuteTransaction must specify the primary key in the where clause.");
    }
    keys.push_back(plan::ItemWrite::of_key(plan::ItemWrite::Kind::kConditionCheck, *std::move(key)));
    members.push_back({std::move(table), &keys.back()});
  }
  return read_transaction(context, members);
}

StorageResult<TransactedItems> take_selected(const plan::ReadContext& /*context*/, TransactedItems items,
                                             json::ObjectWriter& /*answer*/) {
  return items;
}

void finish_selects(OperationContext& context, const TransactedSelects& request, TransactedItems items,
                    json::ObjectWriter& answer) {
  std::vector<const plan::ItemProjection*> projections;
  projections.reserve(request.selects.size());
  for (const auto& select : request.selects) projections.push_back(&select.projection);
  finish_transaction_read(context, projections, request.capacity_detail, std::move(items), answer);
}

// --- Writes ---

struct PreparedStatements {
  std::vector<std::shared_ptr<const plan::ItemWrite>> writes;  ///< to which the transaction refers
  PreparedTransaction transaction;
};

/// Those writes that look into what they meet, as long as their tables are what they are now: in an entry into the gate
/// of its own. What is wrong with one is left to the transaction.
std::vector<TransactedWrite> lower_ahead(OperationContext& context, const TransactedStatements& request) {
  std::vector<TransactedWrite> lowered;
  const auto entry = context.services.gate.enter(storage::Access::kRead);
  for (const auto& write : request.writes) {
    if (write.insert) continue;
    model::TableReference reference{write.target.table};
    const auto table = context.tables().require(reference);
    if (table.has_error()) continue;
    const auto item_write = partiql::lower(write, (*table)->definition.key_schema);
    if (item_write.has_value()) lowered.push_back({std::move(reference), **item_write});
  }
  return lowered;
}

void judge_statements_ahead(OperationContext& context, const TransactedStatements& request) {
  if (context.lane == Lane::kIo) {
    context.wants_aside = is_long_transaction(request.writes.size());
    return;
  }
  judge_transaction_ahead(context, lower_ahead(context, request));
}

Result<PreparedStatements> prepare_statements(const PrepareContext& context, const TransactedStatements& request) {
  PreparedStatements prepared;
  std::vector<plan::TransactionMember> members;
  for (const auto& write : request.writes) {
    TRY_ASSIGN(auto table, context.tables.require(model::TableReference{write.target.table}));
    const auto& schema = table->definition.key_schema;
    if (write.kind == plan::ItemWrite::Kind::kConditionCheck && !partiql::is_item_condition(write, schema)) {
      return member_failed(members.size(), "EXISTS() must contain a single item read with additional condition");
    }
    TRY_ASSIGN(auto item_write, partiql::lower(write, schema));
    members.push_back({std::move(table), item_write.get()});
    prepared.writes.push_back(std::move(item_write));
  }
  TRY_ASSIGN(prepared.transaction, prepare_transaction(context, std::move(members), request.terms));
  return prepared;
}

StorageResult<TransactionCapacity> apply_statements(const plan::WriteContext& context,
                                                    const TransactedStatements& request, PreparedStatements prepared) {
  return apply_transaction(context, request.terms, std::move(prepared.transaction));
}

void write_transacted(std::string& out, const TransactionCapacity& capacity) {
  json::ObjectWriter writer{out};
  writer.raw("Responses", "[]");
  capacity.write(writer);
  writer.finish();
}

Result<void> run_execute_transaction(OperationContext& context, const json::Object& body, std::string& out) {
  TRY_ASSIGN(const auto request, parse_execute_transaction(context.services.statements, body));
  if (const auto* reads = std::get_if<TransactedSelects>(&request)) {
    return run_parsed_read<prepare_selects, take_selected, finish_selects>(context, *reads, out);
  }
  return run_parsed_plan<judge_statements_ahead, prepare_statements, apply_statements, write_transacted>(
      context, std::get<TransactedStatements>(request), out);
}

}  // namespace

extern const Operation kExecuteTransaction{"DynamoDB_20120810.ExecuteTransaction", run_execute_transaction,
                                           kExecuteTransactionMembers, FaultPoint::kDynamodbThrottle};

}  // namespace millrace::api
