// ListTables (API reference, 3.3).
#include <optional>
#include <string>
#include <vector>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

constexpr std::int64_t kMostNames = 100;

struct ListTablesMembers {
  OptionalText start;
  std::optional<std::int64_t> limit;
};
constexpr of_tables::MemberTable kListTablesMembers{
    "ListTablesInput",
    of_tables::row(&ListTablesMembers::start, {.name = "ExclusiveStartTableName",
                                               .bounds = {3, 255},
                                               .pattern = of_tables::kNamePattern,
                                               .order = 1,
                                               .check = check_resource_name}),
    of_tables::row(&ListTablesMembers::limit, {.name = "Limit", .bounds = {1, kMostNames}}),
};

struct ListTablesRequest {
  std::string exclusive_start_table_name;  ///< empty: from the first; need not exist
  std::size_t limit{kMostNames};
};

struct ListTablesResponse {
  std::vector<std::string> table_names;
  bool more{false};  ///< tables follow the last name
};

Result<ListTablesRequest> parse_list_tables(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<ListTablesMembers>(body, kListTablesMembers));
  return ListTablesRequest{std::string{members.start.value_or("")},
                           static_cast<std::size_t>(members.limit.value_or(kMostNames))};
}

Result<ListTablesResponse> execute_list_tables(OperationContext& context, const ListTablesRequest& request) {
  ListTablesResponse response;
  response.table_names = context.tables().names_after(request.exclusive_start_table_name, request.limit + 1);
  response.more = response.table_names.size() > request.limit;
  if (response.more) response.table_names.pop_back();
  return response;
}

void write_list_tables(std::string& out, const ListTablesResponse& response) {
  json::ObjectWriter writer{out};
  json::append_list(writer.key("TableNames"), response.table_names,
                    [&out](const std::string& name) { base::append_json_string(out, name); });
  if (response.more) writer.string("LastEvaluatedTableName", response.table_names.back());
  writer.finish();
}

}  // namespace

extern const Operation kListTables{
    "DynamoDB_20120810.ListTables",
    run_operation<parse_list_tables, storage::Access::kRead, execute_list_tables, write_list_tables>,
    kListTablesMembers.members};

}  // namespace millrace::api
