// UpdateTimeToLive (API reference, 3.15). It is done when the answer leaves: there is no ENABLING, and no hour to wait
// between two changes (docs/compatibility.md). What has expired already is found afterwards (jobs/expiry_sweep.hpp).
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_writer.hpp"
#include "server/replication/replica_group.hpp"

namespace millrace::api {
namespace {

struct Specification {
  std::optional<bool> enabled;
  OptionalText attribute_name;
};
constexpr of_tables::MemberTable kSpecification{
    "TimeToLiveSpecification",
    of_tables::row(&Specification::enabled, {.name = "Enabled", .presence = members::Presence::kRequired}),
    of_tables::row(
        &Specification::attribute_name,
        {.name = "AttributeName", .presence = members::Presence::kRequired, .bounds = of_tables::kAttributeName}),
};
struct UpdateTimeToLiveMembers {
  OptionalText table_name;
  std::optional<Specification> specification;
};
constexpr of_tables::MemberTable kUpdateTimeToLiveMembers{
    "UpdateTimeToLiveInput",
    of_tables::row(&UpdateTimeToLiveMembers::table_name, of_tables::kTableName),
    of_tables::row_of<kSpecification>(&UpdateTimeToLiveMembers::specification,
                                      {.name = "TimeToLiveSpecification", .presence = members::Presence::kRequired}),
};

struct UpdateTimeToLiveRequest {
  model::TableReference table;
  bool enabled{false};
  std::string attribute_name;
};

Result<UpdateTimeToLiveRequest> parse_update_time_to_live(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read<UpdateTimeToLiveMembers>(body, kUpdateTimeToLiveMembers));
  validation::Constraints constraints;
  members::check(constraints, kUpdateTimeToLiveMembers, members);
  TRY_ASSIGN(auto table, finish_with_table(constraints, members.table_name));
  const Specification& wanted = *members.specification;
  return UpdateTimeToLiveRequest{std::move(table), *wanted.enabled, std::string{*wanted.attribute_name}};
}

/// Whether `attribute`, empty while it is off, may become what is asked for.
Result<void> check_change(const std::string& attribute, const UpdateTimeToLiveRequest& request) {
  if (attribute.empty()) {
    if (request.enabled) return {};
    return base::validation_error("TimeToLive is already disabled");
  }
  if (request.attribute_name != attribute) {
    return base::validation_error("TimeToLive is active on a different AttributeName: current AttributeName is " +
                                  attribute);
  }
  if (request.enabled) return base::validation_error("TimeToLive is already enabled");
  return {};
}

StorageResult<void> change(OperationContext& context, model::TableDefinition table,
                           const UpdateTimeToLiveRequest& request) {
  const auto& current = table.time_to_live;
  if (current && current->keyspace != 0) {
    if (auto dropped = context.services.gate.storage().drop_keyspace(current->keyspace); dropped.has_error()) {
      return dropped;
    }
  }
  table.time_to_live.reset();
  if (request.enabled) table.time_to_live = model::TimeToLive{.attribute = request.attribute_name};
  const auto stored = context.services.tables.put(std::move(table));
  if (stored.has_error()) return stored.error();
  return {};
}

/// The other replicas of a global table, in which the setting is the same; it comes by itself to one that is being
/// filled.
Result<std::vector<catalog::TablePointer>> replicas_to_follow(const OperationContext& context,
                                                              const model::TableDefinition& table) {
  std::vector<catalog::TablePointer> following;
  if (!table.replication || table.replication->version != model::GlobalTableVersion::k2019) return following;
  if (table.replication->is_strong) {
    return base::validation_error(
        "TimeToLive is not supported for global tables with MultiRegionConsistency set to STRONG");
  }
  following = replication::others_of(context.services.tables, table);
  std::erase_if(following, [](const catalog::TablePointer& other) { return other->definition.is_being_replicated(); });
  return following;
}

/// Answers what was asked for.
Result<UpdateTimeToLiveRequest> execute_update_time_to_live(OperationContext& context,
                                                            const UpdateTimeToLiveRequest& request) {
  TRY_ASSIGN(const auto table, context.tables().require_settled(request.table));
  const auto& current = table->definition.time_to_live;
  TRY(check_change(current ? current->attribute : "", request));
  TRY_ASSIGN(const auto following, replicas_to_follow(context, table->definition));
  TRY(change(context, table->definition, request));
  for (const auto& other : following) TRY(change(context, other->definition, request));
  return request;
}

void write_update_time_to_live(std::string& out, const UpdateTimeToLiveRequest& response) {
  json::ObjectWriter writer{out};
  json::ObjectWriter specification{writer.key("TimeToLiveSpecification")};
  specification.boolean("Enabled", response.enabled);
  specification.string("AttributeName", response.attribute_name);
  specification.finish();
  writer.finish();
}

}  // namespace

extern const Operation kUpdateTimeToLive{"DynamoDB_20120810.UpdateTimeToLive",
                                         run_operation<parse_update_time_to_live, storage::Access::kWrite,
                                                       execute_update_time_to_live, write_update_time_to_live>,
                                         kUpdateTimeToLiveMembers.members};

}  // namespace millrace::api
