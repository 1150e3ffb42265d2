// UpdateTimeToLive (API reference, 3.15). It is done when the answer leaves: there is no ENABLING, and no hour to wait
// between two changes (docs/compatibility.md). What has expired already is found afterwards (jobs/expiry_sweep.hpp).
#include <optional>
#include <string>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_writer.hpp"

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

/// Answers what was asked for.
Result<UpdateTimeToLiveRequest> execute_update_time_to_live(OperationContext& context,
                                                            const UpdateTimeToLiveRequest& request) {
  TRY_ASSIGN(const auto table, context.tables().require_settled(request.table));
  const auto& current = table->definition.time_to_live;
  TRY(check_change(current ? current->attribute : "", request));
  auto definition = table->definition;
  if (current && current->keyspace != 0) TRY(context.services.gate.storage().drop_keyspace(current->keyspace));
  definition.time_to_live.reset();
  if (request.enabled) definition.time_to_live = model::TimeToLive{.attribute = request.attribute_name};
  TRY(context.services.tables.put(std::move(definition)));
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
