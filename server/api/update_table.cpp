#include "server/api/update_table.hpp"

#include <set>
#include <utility>

#include "server/api/index_rules.hpp"
#include "server/api/table_changes.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_reader.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {
namespace {

using base::invalid_parameter_values;
using base::validation_error;
using IndexUpdate = UpdateTableRequest::IndexUpdate;

/// An element of GlobalSecondaryIndexUpdates as its JSON says it; any of the three may be absent.
struct IndexUpdateInput {
  std::optional<IndexInput> update;
  std::optional<IndexInput> create;
  std::optional<IndexInput> erase;
};

struct Members {
  OptionalText table_name;
  std::optional<std::vector<AttributeDefinitionInput>> definitions;
  OptionalText billing_mode;
  std::optional<ThroughputInput> throughput;
  std::optional<std::vector<IndexUpdateInput>> index_updates;
  std::optional<StreamInput> stream;
  std::optional<EncryptionInput> encryption;
  std::optional<model::OnDemandThroughput> on_demand;
  OptionalText table_class;
  std::optional<bool> deletion_protection;
};

std::optional<IndexInput> read_action(json::ObjectReader& in, std::string_view member, std::string_view shape) {
  auto structure = in.structure(member, shape);
  if (!structure) return std::nullopt;
  auto index = read_index(*structure);
  in.adopt(*structure);
  return index;
}

Members read_members(json::ObjectReader& in) {
  Members members;
  members.definitions = read_attribute_definitions(in);
  members.table_name = in.string("TableName");
  members.billing_mode = in.string("BillingMode");
  members.throughput = read_throughput(in);
  std::vector<IndexUpdateInput> updates;
  const auto count =
      in.structures("GlobalSecondaryIndexUpdates", "GlobalSecondaryIndexUpdate", [&](json::ObjectReader& element) {
        updates.push_back({read_action(element, "Update", "UpdateGlobalSecondaryIndexAction"),
                           read_action(element, "Create", "CreateGlobalSecondaryIndexAction"),
                           read_action(element, "Delete", "DeleteGlobalSecondaryIndexAction")});
      });
  if (count) members.index_updates = std::move(updates);
  members.stream = read_stream_specification(in);
  members.encryption = read_encryption(in);
  members.table_class = in.string("TableClass");
  members.deletion_protection = in.boolean("DeletionProtectionEnabled");
  members.on_demand = read_on_demand_throughput(in);
  return members;
}

void check_index_name(validation::Constraints& constraints, const std::string& path, const IndexInput& index) {
  constraints.required(path + ".indexName", index.name.has_value());
  constraints.resource_name(path + ".indexName", index.name);
}

void check_index_updates(validation::Constraints& constraints, const std::vector<IndexUpdateInput>& updates) {
  for (std::size_t at = 0; at < updates.size(); ++at) {
    const auto path = "globalSecondaryIndexUpdates." + std::to_string(at + 1) + ".member";
    const auto& [update, create, erase] = updates[at];
    if (update) {
      check_index_name(constraints, path + ".update", *update);
      if (update->throughput)
        check_throughput(constraints, path + ".update.provisionedThroughput", *update->throughput);
    }
    if (create) check_index(constraints, path + ".create", *create, kMaxGlobalIndexKeys);
    if (erase) check_index_name(constraints, path + ".delete", *erase);
  }
}

Result<model::TableReference> check_constraints(const Members& members) {
  validation::Constraints constraints;
  if (members.definitions) check_attribute_definitions(constraints, *members.definitions);
  if (members.throughput) check_throughput(constraints, "provisionedThroughput", *members.throughput);
  constraints.one_of("billingMode", members.billing_mode, {"PROVISIONED", "PAY_PER_REQUEST"});
  if (members.index_updates) check_index_updates(constraints, *members.index_updates);
  check_stream_specification(constraints, members.stream);
  check_encryption(constraints, members.encryption);
  constraints.one_of("tableClass", members.table_class, {"STANDARD", "STANDARD_INFREQUENT_ACCESS"});
  return finish_with_table(constraints, members.table_name);
}

bool changes_something(const Members& members) {
  return members.billing_mode || members.throughput || members.stream || members.table_class ||
         members.deletion_protection || members.encryption || members.on_demand ||
         (members.index_updates && !members.index_updates->empty());
}

Result<IndexUpdate> take_index_update(IndexUpdateInput& input) {
  if (input.update.has_value() + input.create.has_value() + input.erase.has_value() > 1) {
    return invalid_parameter_values(
        "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object");
  }
  if (input.update) return IndexUpdate{IndexUpdate::Action::kUpdate, *std::move(input.update)};
  if (input.create) return IndexUpdate{IndexUpdate::Action::kCreate, *std::move(input.create)};
  if (input.erase) return IndexUpdate{IndexUpdate::Action::kDelete, *std::move(input.erase)};
  return invalid_parameter_values(
      "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete "
      "must not be null");
}

Result<void> resolve_index_updates(UpdateTableRequest& request, std::vector<IndexUpdateInput>& inputs) {
  std::size_t online_changes = 0;
  std::set<OptionalText> names;
  for (auto& input : inputs) {
    TRY_ASSIGN(auto update, take_index_update(input));
    if (!names.insert(update.index.name).second) {
      return invalid_parameter_values(
          std::string{"Only one global secondary index update per index is allowed simultaneously. Index: "}.append(
              *update.index.name));
    }
    if (update.action != IndexUpdate::Action::kUpdate) ++online_changes;
    request.index_updates.push_back(std::move(update));
  }
  if (online_changes <= 1) return {};
  return ApiError{ErrorKind::kLimitExceeded,
                  "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"};
}

Result<void> check_stream(const Members& members) {
  if (!members.stream) return {};
  if (*members.stream->enabled && !members.stream->view) {
    return invalid_parameter_values("If stream is being enabled then UpdateViewType is required");
  }
  if (!*members.stream->enabled && members.stream->view) {
    return invalid_parameter_values("If stream is being disabled, then UpdateViewType must not be specified");
  }
  if (members.throughput) {
    return invalid_parameter_values("You cannot modify stream status while updating table IOPS");
  }
  if (members.index_updates && !members.index_updates->empty()) {
    return invalid_parameter_values("You cannot create or delete index while changing stream status");
  }
  return {};
}

}  // namespace

Result<UpdateTableRequest> parse_update_table(const json::Object& body) {
  json::ObjectReader in{body};
  Members members = read_members(in);
  if (in.failed()) return in.error();
  UpdateTableRequest request;
  TRY_ASSIGN(request.table, check_constraints(members));
  if (!changes_something(members)) {
    return validation_error(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
        "SSESpecification or ReplicaUpdates is required");
  }
  if (members.billing_mode) {
    request.billing_mode = *members.billing_mode == "PAY_PER_REQUEST" ? model::BillingMode::kPayPerRequest
                                                                      : model::BillingMode::kProvisioned;
  }
  if (members.throughput) {
    if (request.billing_mode == model::BillingMode::kPayPerRequest) return on_demand_with_throughput();
    TRY(check_throughput_bounds(*members.throughput, {}));
    request.throughput = model::Throughput{*members.throughput->read, *members.throughput->write};
  }
  if (members.index_updates) TRY(resolve_index_updates(request, *members.index_updates));
  TRY(check_stream(members));
  if (members.definitions) request.definitions = definitions_from(*members.definitions);
  request.stream = members.stream;
  request.encryption = members.encryption;
  request.on_demand = members.on_demand;
  if (members.table_class) request.table_class = std::string{*members.table_class};
  request.deletion_protection = members.deletion_protection;
  return request;
}

Result<TableDescription> execute_update_table(OperationContext& context, const UpdateTableRequest& request) {
  TRY_ASSIGN(const auto table, context.tables().require_named(request.table));
  TRY_ASSIGN(auto changes, plan_changes(*table, request, context.services.clock.now()));
  TRY_ASSIGN(const auto changed, perform_changes(context, *table, std::move(changes), request));
  return changed;
}

void write_update_table(std::string& out, const TableDescription& response) {
  append_table_description_answer(out, response);
}

}  // namespace millrace::api
