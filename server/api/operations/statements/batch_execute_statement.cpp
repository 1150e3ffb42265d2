// BatchExecuteStatement (API reference, 3.14): statements about one item each, all reads or all writes, that know
// nothing of one another. What is wrong with one is told in its place.
#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "server/api/items/batch_request.hpp"
#include "server/api/items/item_write.hpp"
#include "server/api/items/request_members.hpp"
#include "server/api/items/transact_write.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/members/statement_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/statements/statement_request.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/json/object_reader.hpp"
#include "server/json/object_writer.hpp"
#include "server/partiql/lowering.hpp"
#include "server/plan/item_projection.hpp"
#include "server/plan/item_read.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {
namespace {

using base::validation_error;

constexpr std::size_t kMostStatements = 25;

constexpr std::array kMembersOfBatchStatement{of_statements::kStatement, of_statements::kParameters,
                                              of_items::kConsistentRead,
                                              of_items::kReturnValuesOnConditionCheckFailure};
constexpr members::Shape kBatchStatement{
    .kind = members::Kind::kStructure, .name = "BatchStatementRequest", .members = kMembersOfBatchStatement};
constexpr members::Shape kBatchStatements{.kind = members::Kind::kList, .element = &kBatchStatement};
constexpr std::array kBatchExecuteStatementMembers{
    members::Member{.name = "Statements",
                    .shape = &kBatchStatements,
                    .presence = of_items::kRequired,
                    .bounds = {1, kMostStatements}},
    of_items::kReturnConsumedCapacity,
};

struct BatchStatementRequest {
  struct Member {
    Result<partiql::BoundStatement> statement;  ///< or what is wrong with it by itself
    plan::Consistency consistency{plan::Consistency::kEventual};
  };
  std::vector<Member> members;
  bool writes{false};
  CapacityDetail capacity_detail{CapacityDetail::kNone};
};

/// What became of one statement.
struct BatchStatementAnswer {
  std::string table_name;
  std::string item_json;  ///< empty: none is shown
  std::optional<ApiError> error;
};

/// What is read is cut when the gate has been left.
struct FoundForStatement {
  plan::ItemProjection projection;
  std::size_t item_size{0};
};

struct BatchStatementResponse {
  std::vector<BatchStatementAnswer> answers;
  std::vector<FoundForStatement> found;  ///< of reads, one for each answer
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  std::vector<plan::ConsumedCapacity> capacity;
};

bool is_write(const partiql::BoundStatement& statement) {
  return std::holds_alternative<partiql::BoundWrite>(statement);
}

/// Whether a member can be in a batch at all.
Result<void> check_kind(const partiql::BoundStatement& statement) {
  const auto* write = std::get_if<partiql::BoundWrite>(&statement);
  if (write == nullptr) return {};
  if (write->kind == plan::ItemWrite::Kind::kConditionCheck) {
    return validation_error("EXISTS can only be used in ExecuteTransaction write requests.");
  }
  TRY(table_of(*write));
  return {};
}

Result<partiql::BoundStatement> bind_member(partiql::StatementCache& cache, StatementInput& input) {
  TRY_ASSIGN(auto bound, bind_statement(cache, input));
  TRY(check_kind(bound));
  return bound;
}

Result<BatchStatementRequest> parse_batch_execute_statement(partiql::StatementCache& cache, const json::Object& body) {
  json::ObjectReader in{body};
  std::vector<StatementInput> inputs;
  const auto count = in.structures("Statements", "BatchStatementRequest", [&](json::ObjectReader& element) {
    // One too many is all that needs to be known.
    if (inputs.size() <= kMostStatements) inputs.push_back(read_statement(StatementMembers::kOfBatch, element));
  });
  const auto capacity = in.string("ReturnConsumedCapacity");
  if (in.failed()) return in.error();

  validation::Constraints constraints;
  check_return_consumed_capacity(constraints, capacity);
  constraints.required("statements", count.has_value());
  if (count && (inputs.empty() || inputs.size() > kMostStatements)) {
    constraints.count("statements", inputs.size(), to_java_text(inputs, "BatchStatementRequest"), 1, kMostStatements);
  } else {
    for (std::size_t at = 0; at < inputs.size(); ++at) {
      check_statement(constraints, fmt::format("statements.{}.member.", at + 1), inputs[at]);
    }
  }
  TRY(constraints.finish());

  BatchStatementRequest request;
  request.capacity_detail = capacity_detail_from(capacity);
  bool reads = false;
  for (auto& input : inputs) {
    request.members.push_back({bind_member(cache, input), input.consistency()});
    const auto& statement = request.members.back().statement;
    if (statement.has_error()) continue;
    (is_write(*statement) ? request.writes : reads) = true;
  }
  if (reads && request.writes) {
    return validation_error("Read and write requests together in the same batch is not supported.");
  }
  return request;
}

/// One statement, found out about in the entry into the gate in which it is carried out.
struct LocatedStatement {
  catalog::TablePointer table;
  storage::EncodedKey row_key;
  std::shared_ptr<const plan::ItemWrite> write;  ///< of a write
};

Result<LocatedStatement> locate_read(const PrepareContext& context, const partiql::BoundSelect& select,
                                     plan::Consistency consistency) {
  TRY_ASSIGN(auto source, find_source(context, select.from, consistency));
  LocatedStatement located;
  located.table = std::move(source.table);
  const auto key = partiql::find_item(select, located.table->definition.key_schema);
  if (source.index != nullptr || !key) {
    return validation_error(
        "Select statements within BatchExecuteStatement must specify the primary key in the where clause.");
  }
  TRY_ASSIGN(const auto read, plan::prepare_item_read(located.table, *key));
  located.row_key = read.row_key();
  return located;
}

Result<LocatedStatement> locate_write(const PrepareContext& context, const partiql::BoundWrite& write) {
  TRY_ASSIGN(const auto reference, table_of(write));
  LocatedStatement located;
  TRY_ASSIGN(located.table, context.tables.require(reference));
  TRY_ASSIGN(located.write, partiql::lower(write, located.table->definition.key_schema));
  TRY_ASSIGN(located.row_key, plan::locate(*located.table, *located.write));
  return located;
}

Result<LocatedStatement> locate_statement(const PrepareContext& context, const BatchStatementRequest::Member& member) {
  if (member.statement.has_error()) return member.statement.error();
  if (const auto* write = std::get_if<partiql::BoundWrite>(&*member.statement)) return locate_write(context, *write);
  return locate_read(context, std::get<partiql::BoundSelect>(*member.statement), member.consistency);
}

/// Carries the statements out, one after the other, and lets others in between.
class StatementBatch {
 public:
  StatementBatch(OperationContext& context, const BatchStatementRequest& request)
      : context_{context}, request_{request} {}

  Result<BatchStatementResponse> execute() {
    TRY(check_items_differ());
    response_.capacity_detail = request_.capacity_detail;
    for (const auto& member : request_.members) {
      if (portion_ >= kPortionBytes) {
        TRY(context_.let_others_in());
        portion_ = 0;
      }
      auto answer = execute(member);
      if (answer.has_value()) {
        response_.answers.push_back(*std::move(answer));
      } else {
        TRY(keep(std::move(answer).error()));
      }
    }
    return std::move(response_);
  }

 private:
  Result<void> check_items_differ() {
    std::set<std::pair<model::KeyspaceId, storage::EncodedKey>> seen;
    for (const auto& member : request_.members) {
      const auto located = locate_statement(context_.preparing(), member);
      if (located.has_error()) continue;  // told when its turn comes
      if (!seen.emplace(located->table->definition.keyspace, located->row_key).second) {
        return validation_error("Provided list of item keys contains duplicates");
      }
    }
    return {};
  }

  /// Of an error that ends its statement. Errors: it ends the batch.
  Result<void> keep(ApiError error) {
    if (batch_error_code(error.kind).empty()) return error;
    auto& answer = response_.answers.emplace_back();
    if (request_.writes) answer.table_name = refused_table_;
    refused_table_.clear();
    answer.error = std::move(error);
    if (!request_.writes) response_.found.emplace_back();
    return {};
  }

  Result<BatchStatementAnswer> execute(const BatchStatementRequest::Member& member) {
    TRY_ASSIGN(auto located, locate_statement(context_.preparing(), member));
    if (located.write) return write(located, std::get<partiql::BoundWrite>(*member.statement).returning);
    return read(located, std::get<partiql::BoundSelect>(*member.statement), member.consistency);
  }

  Result<BatchStatementAnswer> write(const LocatedStatement& located, partiql::Returning returning) {
    if (context_.services.faults.fires(FaultPoint::kDynamodbConflict)) return plan::transaction_conflict();
    auto prepared = plan::prepare(context_.preparing().read, located.table, located.row_key, *located.write);
    if (prepared.has_error()) {
      TRY(charge_refused(located, prepared.error()));
      return std::move(prepared).error();
    }
    if (const auto& row = prepared->before().row) portion_ += row->item_size;
    portion_ += prepared->after_size();
    TRY_ASSIGN(const auto consumed, plan::apply(context_.applying(), *prepared));
    plan::capacity_of(response_.capacity, located.table).add(consumed);
    return BatchStatementAnswer{located.table->definition.name,
                                shown_attributes(return_values_of(returning), *prepared), std::nullopt};
  }

  /// What a condition has failed for was read all the same.
  Result<void> charge_refused(const LocatedStatement& located, const ApiError& error) {
    if (error.kind != ErrorKind::kConditionalCheckFailed && error.kind != ErrorKind::kDuplicateItem) return {};
    const auto& definition = located.table->definition;
    refused_table_ = definition.name;
    TRY_ASSIGN(const auto row, context_.services.gate.storage().read_row(definition.keyspace, located.row_key));
    plan::capacity_of(response_.capacity, located.table).refused_units += plan::write_units(row ? row->item_size : 0);
    return {};
  }

  Result<BatchStatementAnswer> read(const LocatedStatement& located, const partiql::BoundSelect& select,
                                    plan::Consistency consistency) {
    const auto& definition = located.table->definition;
    auto& units = plan::capacity_of(response_.capacity, located.table).table_units;
    TRY(plan::admit_read(context_.preparing().read, *located.table, nullptr, units));
    TRY_ASSIGN(auto row, context_.services.gate.storage().read_row(definition.keyspace, located.row_key));
    units += plan::units_of(row, consistency);
    BatchStatementAnswer answer{definition.name, {}, std::nullopt};
    auto& found = response_.found.emplace_back();
    if (!row) return answer;
    portion_ += row->item_size;
    found = {select.projection, row->item_size};
    answer.item_json = std::move(row->item_json);
    return answer;
  }

  OperationContext& context_;
  const BatchStatementRequest& request_;
  BatchStatementResponse response_;
  std::string refused_table_;  ///< of the statement that has just failed, if its error tells it
  std::size_t portion_{0};     ///< bytes read and written since others were let in
};

void leave_if_long(OperationContext& context, const BatchStatementRequest& request) {
  if (context.lane == Lane::kIo) context.wants_aside = is_long_transaction(request.members.size());
}

Result<BatchStatementResponse> execute_batch_statements(OperationContext& context,
                                                        const BatchStatementRequest& request) {
  return StatementBatch{context, request}.execute();
}

Result<void> finish_batch_reads(OperationContext& context, const BatchStatementRequest& /*request*/,
                                BatchStatementResponse& response) {
  std::size_t bytes = 0;
  std::size_t looks = 0;
  for (const auto& found : response.found) {
    if (!found.projection) continue;
    bytes += found.item_size;
    looks = std::max(looks, found.projection->ast->paths.size());
  }
  if (context.lane == Lane::kIo && is_long_work(bytes, looks)) {
    context.wants_aside = true;
    return {};
  }
  for (std::size_t at = 0; at < response.answers.size(); ++at) {
    auto& item_json = response.answers[at].item_json;
    if (!item_json.empty()) {
      item_json = plan::shown_json(response.found[at].projection, context.stored_parser, std::move(item_json));
    }
  }
  for (const auto& capacity : response.capacity) context.charge_read(capacity);
  return {};
}

void append_batch_answer(std::string& out, const BatchStatementAnswer& answer) {
  json::ObjectWriter writer{out};
  if (answer.error) {
    json::ObjectWriter error{writer.key("Error")};
    error.string("Code", batch_error_code(answer.error->kind));
    error.string("Message", base::cut_message(answer.error->message));
    // What a failed condition shows, as ConditionalCheckFailedException has it.
    if (answer.error->kind == ErrorKind::kConditionalCheckFailed && !answer.error->members.empty())
      error.buffer().append(",").append(answer.error->members);
    error.finish();
  }
  if (!answer.table_name.empty()) writer.string("TableName", answer.table_name);
  if (!answer.item_json.empty()) writer.raw("Item", answer.item_json);
  writer.finish();
}

void write_batch_statements(std::string& out, const BatchStatementResponse& response) {
  json::ObjectWriter writer{out};
  std::string& list = writer.key("Responses");
  json::append_list(list, response.answers,
                    [&list](const BatchStatementAnswer& answer) { append_batch_answer(list, answer); });
  write_batch_capacity(writer, response.capacity_detail, response.capacity);
  writer.finish();
}

Result<void> run_batch_execute_statement(OperationContext& context, const json::Object& body, std::string& out) {
  TRY_ASSIGN(const auto request, parse_batch_execute_statement(context.services.statements, body));
  if (request.writes) {
    return run_parsed<storage::Access::kWrite, execute_batch_statements, write_batch_statements, NoStep{},
                      leave_if_long>(context, request, out);
  }
  return run_parsed<storage::Access::kRead, execute_batch_statements, write_batch_statements, finish_batch_reads,
                    leave_if_long>(context, request, out);
}

}  // namespace

extern const Operation kBatchExecuteStatement{"DynamoDB_20120810.BatchExecuteStatement", run_batch_execute_statement,
                                              kBatchExecuteStatementMembers, FaultPoint::kDynamodbThrottle};

}  // namespace millrace::api
