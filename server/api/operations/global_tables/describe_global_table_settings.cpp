// DescribeGlobalTableSettings, version 2017.11.29 (API reference, 3.21).
#include <string>

#include "server/api/global_tables/old_settings.hpp"
#include "server/api/operation.hpp"

namespace millrace::api {
namespace {

struct GlobalTableOfSettings {
  OptionalText name;
};
constexpr of_tables::MemberTable kDescribeGlobalTableSettingsMembers{
    "DescribeGlobalTableSettingsInput", of_tables::row(&GlobalTableOfSettings::name, of_tables::kGlobalTableName)};

Result<std::string> parse_describe_global_table_settings(const json::Object& body) {
  TRY_ASSIGN(const auto members,
             members::read_checked<GlobalTableOfSettings>(body, kDescribeGlobalTableSettingsMembers));
  return std::string{*members.name};
}

Result<GlobalTableSettings> execute_describe_global_table_settings(OperationContext& context, const std::string& name) {
  TRY_ASSIGN(const auto replicas, require_global_table(context, name));
  GlobalTableSettings settings{.name = name, .replicas = {}};
  for (const auto& replica : replicas) settings.replicas.push_back(replica->definition);
  return settings;
}

}  // namespace

extern const Operation kDescribeGlobalTableSettings{
    "DynamoDB_20120810.DescribeGlobalTableSettings",
    run_operation<parse_describe_global_table_settings, storage::Access::kRead, execute_describe_global_table_settings,
                  append_global_table_settings>,
    kDescribeGlobalTableSettingsMembers.members};

}  // namespace millrace::api
