// ExecuteStatement (API reference, 3.14): a SELECT is a page of rows as Query and Scan read them, anything else is one
// write as PutItem, UpdateItem and DeleteItem make it.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "server/api/items/consumed_capacity.hpp"
#include "server/api/items/item_write.hpp"
#include "server/api/items/items_read.hpp"
#include "server/api/items/request_fingerprint.hpp"
#include "server/api/items/request_members.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/members/statement_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/statements/next_token.hpp"
#include "server/api/statements/statement_request.hpp"
#include "server/json/object_reader.hpp"
#include "server/json/object_writer.hpp"
#include "server/partiql/lowering.hpp"
#include "server/plan/key_range.hpp"
#include "server/plan/page_read.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {
namespace {

using base::validation_error;

constexpr std::int64_t kMostTokenCharacters = 32'768;

constexpr std::array kExecuteStatementMembers{
    of_statements::kStatement,
    of_statements::kParameters,
    of_items::kConsistentRead,
    members::Member{.name = "NextToken", .shape = &members::kString, .bounds = {1, kMostTokenCharacters}},
    of_items::kReturnConsumedCapacity,
    of_items::kLimit,
    of_items::kReturnValuesOnConditionCheckFailure,
};

struct SelectRequest {
  partiql::BoundSelect select;
  plan::Consistency consistency{plan::Consistency::kEventual};
  std::optional<std::size_t> limit;
  std::optional<model::Item> begin_behind;  ///< where the page before has ended
  std::string fingerprint;
  CapacityDetail capacity_detail{CapacityDetail::kNone};
};

struct WriteRequest {
  model::TableReference table;
  partiql::BoundWrite write;
  CapacityDetail capacity_detail{CapacityDetail::kNone};
};

using StatementRequest = std::variant<SelectRequest, WriteRequest>;

/// The request as its JSON says it.
struct ExecuteStatementInput {
  StatementInput statement;
  OptionalText next_token;
  OptionalText return_consumed_capacity;
  std::optional<std::int64_t> limit;
};

ExecuteStatementInput read_execute_statement(json::ObjectReader& in) {
  ExecuteStatementInput input;
  input.statement.statement = in.string("Statement");
  input.statement.parameters = in.values("Parameters", kParametersSeen);
  input.statement.consistent_read = in.boolean("ConsistentRead");
  input.next_token = in.string("NextToken");
  input.return_consumed_capacity = in.string("ReturnConsumedCapacity");
  input.limit = in.integer("Limit");
  input.statement.values_on_failure = in.string("ReturnValuesOnConditionCheckFailure");
  return input;
}

Result<StatementRequest> parse_execute_statement(OperationContext& context, const json::Object& body) {
  json::ObjectReader in{body};
  auto input = read_execute_statement(in);
  if (in.failed()) return in.error();
  validation::Constraints constraints;
  check_return_consumed_capacity(constraints, input.return_consumed_capacity);
  check_statement(constraints, "", input.statement);
  constraints.length("nextToken", input.next_token, 1, kMostTokenCharacters);
  constraints.range("limit", input.limit, 1, INT32_MAX);
  TRY(constraints.finish());

  const auto capacity_detail = capacity_detail_from(input.return_consumed_capacity);
  TRY_ASSIGN(auto bound, bind_statement(context.services.statements, input.statement));
  if (auto* write = std::get_if<partiql::BoundWrite>(&bound)) {
    if (write->kind == plan::ItemWrite::Kind::kConditionCheck) {
      return validation_error("EXISTS can only be used in ExecuteTransaction write requests.");
    }
    if (input.next_token) return foreign_next_token();
    TRY_ASSIGN(auto table, table_of(*write));
    return StatementRequest{WriteRequest{std::move(table), std::move(*write), capacity_detail}};
  }
  SelectRequest request;
  request.select = std::get<partiql::BoundSelect>(std::move(bound));
  request.consistency = input.statement.consistency();
  if (input.limit) request.limit = static_cast<std::size_t>(*input.limit);
  request.fingerprint = fingerprint_of(body, {"Statement", "Parameters"});
  if (input.next_token) {
    TRY_ASSIGN(request.begin_behind, read_next_token(context.stored_parser, request.fingerprint, *input.next_token));
  }
  request.capacity_detail = capacity_detail;
  return StatementRequest{std::move(request)};
}

// --- SELECT ---

struct PreparedSelect {
  std::unique_ptr<const partiql::Selection> selection;  ///< to which the page refers
  plan::PreparedPageRead page;
};

/// What the gate was needed for.
struct FoundRows {
  std::unique_ptr<const partiql::Selection> selection;
  plan::CollectedPage page;
};

bool is_within(const storage::KeyRange& range, const storage::EncodedKey& key) {
  return key >= range.begin && (range.end.empty() || key < range.end);
}

/// Leaves of the ranges what is read behind the row at `position`.
Result<void> begin_behind(partiql::Selection& selection, const plan::ReadTarget& target, const model::Item& position) {
  if (check_start_key(ItemsRead::kQuery, target, position).has_error()) return invalid_next_token();
  auto key = target.encode_position(position);
  auto& ranges = selection.ranges;
  const auto at = std::ranges::find_if(ranges, [&](const storage::KeyRange& range) { return is_within(range, key); });
  if (at == ranges.end()) return foreign_next_token();
  ranges.erase(ranges.begin(), at);
  plan::begin_behind(ranges.front(), std::move(key), selection.read.direction);
  return {};
}

Result<PreparedSelect> prepare_select(const PrepareContext& context, const SelectRequest& request) {
  TRY_ASSIGN(auto target, find_source(context, request.select.from, request.consistency));
  TRY_ASSIGN(auto lowered, partiql::lower(request.select, target));
  if (request.begin_behind) TRY(begin_behind(lowered, target, *request.begin_behind));
  lowered.read.consistency = request.consistency;
  if (!lowered.is_one_item) lowered.read.limit = request.limit;
  auto selection = std::make_unique<partiql::Selection>(std::move(lowered));
  auto ranges = std::move(selection->ranges);
  TRY_ASSIGN(auto page,
             plan::prepare_ranges(context.read, std::move(target), std::move(ranges), std::as_const(selection->read)));
  return PreparedSelect{std::move(selection), std::move(page)};
}

StorageResult<FoundRows> read_select(const plan::ReadContext& context, PreparedSelect prepared,
                                     json::ObjectWriter& answer) {
  auto page = read_items(context, prepared.page, answer);
  if (page.has_error()) return std::move(page).error();
  return FoundRows{std::move(prepared.selection), *std::move(page)};
}

void finish_select(OperationContext& context, const SelectRequest& request, FoundRows found,
                   json::ObjectWriter& answer) {
  const auto& read = found.selection->read;
  if (context.lane == Lane::kIo && is_long_work(found.page.to_finish.text.size(), plan::looks_of(read))) {
    context.wants_aside = true;
    return;
  }
  const auto page = plan::finish_page(context.stored_parser, read, std::move(found.page), answer.buffer());
  if (!page.last_evaluated_key.empty()) {
    answer.string("NextToken", make_next_token(request.fingerprint, page.last_evaluated_key));
  }
  context.charge_read(page.capacity);
  write_consumed_capacity(answer, request.capacity_detail, page.capacity);
  if (!page.last_evaluated_key.empty()) answer.raw("LastEvaluatedKey", page.last_evaluated_key);
}

// --- INSERT, UPDATE, DELETE ---

struct PreparedStatement {
  std::shared_ptr<const plan::ItemWrite> write;  ///< to which the next refers
  plan::PreparedWrite prepared;
};

struct WriteResponse {
  std::optional<std::string> items_json;  ///< without RETURNING there is none
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  plan::ConsumedCapacity capacity;
};

/// The write, as long as the table is what it is now: in an entry into the gate of its own.
Result<std::shared_ptr<const plan::ItemWrite>> lower_ahead(OperationContext& context, const WriteRequest& request) {
  const auto entry = context.services.gate.enter(storage::Access::kRead);
  TRY_ASSIGN(const auto table, context.tables().require(request.table));
  return partiql::lower(request.write, table->definition.key_schema);
}

void judge_statement_ahead(OperationContext& context, const WriteRequest& request) {
  if (!request.write.where) return;
  const auto lowered = lower_ahead(context, request);
  if (lowered.has_value()) judge_write_ahead(context, request.table, **lowered);
}

Result<PreparedStatement> prepare_statement(const PrepareContext& context, const WriteRequest& request) {
  TRY_ASSIGN(auto table, context.tables.require(request.table));
  TRY_ASSIGN(auto write, partiql::lower(request.write, table->definition.key_schema));
  if (context.faults.fires(FaultPoint::kDynamodbConflict)) return plan::transaction_conflict();
  TRY_ASSIGN(auto prepared, plan::prepare(context.read, std::move(table), *write));
  return PreparedStatement{std::move(write), std::move(prepared)};
}

StorageResult<WriteResponse> apply_statement(const plan::WriteContext& context, const WriteRequest& request,
                                             PreparedStatement statement) {
  auto capacity = plan::apply(context, statement.prepared);
  if (capacity.has_error()) return std::move(capacity).error();
  WriteResponse response;
  if (request.write.returning != partiql::Returning::kNothing) {
    const auto shown = shown_attributes(return_values_of(request.write.returning), statement.prepared);
    response.items_json = "[" + shown + "]";
  }
  response.capacity_detail = request.capacity_detail;
  response.capacity = *std::move(capacity);
  return response;
}

void write_statement(std::string& out, const WriteResponse& response) {
  json::ObjectWriter writer{out};
  if (response.items_json) writer.raw("Items", *response.items_json);
  write_consumed_capacity(writer, response.capacity_detail, response.capacity);
  writer.finish();
}

Result<void> run_execute_statement(OperationContext& context, const json::Object& body, std::string& out) {
  TRY_ASSIGN(const auto request, parse_execute_statement(context, body));
  if (const auto* select = std::get_if<SelectRequest>(&request)) {
    return run_parsed_read<prepare_select, read_select, finish_select>(context, *select, out);
  }
  return run_parsed_plan<judge_statement_ahead, prepare_statement, apply_statement, write_statement>(
      context, std::get<WriteRequest>(request), out);
}

}  // namespace

extern const Operation kExecuteStatement{"DynamoDB_20120810.ExecuteStatement", run_execute_statement,
                                         kExecuteStatementMembers, FaultPoint::kDynamodbThrottle};

}  // namespace millrace::api
