#include "server/api/global_tables/old_global_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/api/global_tables/replica_following.hpp"
#include "server/json/object_writer.hpp"
#include "server/replication/replica_group.hpp"

namespace millrace::api {
namespace {

using base::invalid_parameter_values;
using json::ObjectWriter;
using model::TableDefinition;

bool has_same_indexes(const TableDefinition& one, const TableDefinition& other) {
  return one.indexes.size() == other.indexes.size() &&
         std::ranges::all_of(one.indexes, [&](const model::IndexDefinition& index) {
           const auto* const same = other.find_index(index.name);
           return same != nullptr && same->kind == index.kind && same->key_schema == index.key_schema;
         });
}

ApiError no_candidate(const std::string& name, const std::string& region, std::string_view problem) {
  return invalid_parameter_values(fmt::format("Table with name: '{}' in region: '{}' {}", name, region, problem));
}

}  // namespace

Replicas find_global_table(const OperationContext& context, std::string_view name) {
  Replicas found;
  for (auto& table : context.services.tables.replicated()) {
    const auto& definition = table->definition;
    const auto arn = model::parse_table_arn(definition.arn);
    if (definition.name == name && definition.replication->version == model::GlobalTableVersion::k2017 && arn &&
        arn->account_id == context.caller.account.id) {
      found.push_back(table);
    }
  }
  return found;
}

Result<Replicas> require_global_table(const OperationContext& context, const std::string& name,
                                      std::string_view prefix) {
  auto found = find_global_table(context, name);
  if (!found.empty()) return found;
  return ApiError{ErrorKind::kGlobalTableNotFound,
                  fmt::format("{}Global table with name: '{}' does not exist.", prefix, name)};
}

Result<catalog::TablePointer> require_candidate(OperationContext& context, const std::string& name,
                                                const std::string& region, const TableDefinition* model) {
  model::Caller there = context.caller;
  there.account.region = region;
  auto table = context.services.tables.of(there).find(name);
  if (table == nullptr) {
    return ApiError{ErrorKind::kTableNotFound,
                    fmt::format("Table not found: Table with name: '{}' does not exist in region: '{}'", name, region)};
  }
  const auto& definition = table->definition;
  if (definition.is_being_filled()) return no_candidate(name, region, "is being created");
  if (definition.replication) return no_candidate(name, region, "is already a replica of a global table");
  if (definition.stream_view != model::StreamViewType::kNewAndOldImages) {
    return no_candidate(name, region, "must have a stream that is enabled with NEW_AND_OLD_IMAGES");
  }
  if (!definition.vector_indexes.empty()) return no_vectors_of_replicas();
  TRY_ASSIGN(const auto size, context.services.gate.storage().measure_keyspace(definition.keyspace));
  if (size.row_count > 0) return no_candidate(name, region, "must be empty");
  if (model == nullptr) return table;
  if (definition.key_schema != model->key_schema) return no_candidate(name, region, "has another key schema");
  if (!has_same_indexes(*model, definition)) {
    return no_candidate(name, region, "must have the same indexes, with the same keys");
  }
  return table;
}

Result<void> found_global_table(OperationContext& context, const TableDefinition& table) {
  auto first = table;
  first.replication = model::Replication{
      .version = model::GlobalTableVersion::k2017, .since = context.services.clock.now(), .others = {}};
  TRY(replication::prepare_sending(context.replication(), first));
  TRY(context.services.tables.put(std::move(first)));
  return {};
}

Result<void> join_global_table(OperationContext& context, const TableDefinition& member, const TableDefinition& table) {
  const auto self = context.services.tables.find_namesake(member, replication::region_of(member));
  auto joining = table;
  joining.replication = model::Replication{
      .version = model::GlobalTableVersion::k2017, .since = self->definition.replication->since, .others = {}};
  TRY(replication::join(context.replication(), self->definition, std::move(joining), std::nullopt));
  return {};
}

GlobalTableDescription describe_global_table(const OperationContext& context, const std::string& name,
                                             const Replicas& replicas, std::string_view status) {
  GlobalTableDescription description{
      .name = name,
      .arn = fmt::format("arn:aws:dynamodb::{}:global-table/{}", context.caller.account.id, name),
      .created = {},
      .status = status,
      .regions = {}};
  for (const auto& replica : replicas) {
    description.created = replica->definition.replication->since;
    description.regions.push_back(replication::region_of(replica->definition));
  }
  return description;
}

void append_regions(std::string& out, const std::vector<std::string>& regions) {
  json::append_list(out, regions, [&out](const std::string& region) {
    ObjectWriter entry{out};
    entry.string("RegionName", region);
    entry.finish();
  });
}

void append_global_table_answer(std::string& out, const GlobalTableDescription& description) {
  ObjectWriter answer{out};
  ObjectWriter table{answer.key("GlobalTableDescription")};
  append_regions(table.key("ReplicationGroup"), description.regions);
  table.string("GlobalTableArn", description.arn);
  table.timestamp("CreationDateTime", description.created);
  table.string("GlobalTableStatus", description.status);
  table.string("GlobalTableName", description.name);
  table.finish();
  answer.finish();
}

}  // namespace millrace::api
