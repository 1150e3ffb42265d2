// ListExports (API reference, 3.18): the newest first, of the last 90 days.
#include <optional>
#include <string>
#include <vector>

#include "server/api/transfers/transfer_answers.hpp"
#include "server/api/transfers/transfer_members.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

constexpr std::int64_t kMostExports = 25;

struct ListExportsMembers {
  OptionalText table;
  std::optional<std::int64_t> limit;
  OptionalText next;
};
constexpr of_tables::MemberTable kListExportsMembers{
    "ListExportsInput",
    of_tables::row(&ListExportsMembers::table, {.name = "TableArn", .bounds = {1, 1024}}),
    of_tables::row(&ListExportsMembers::limit, {.name = "MaxResults", .bounds = {1, kMostExports}}),
    of_tables::row(&ListExportsMembers::next, {.name = "NextToken"}),
};

struct ListExportsRequest {
  std::optional<model::TableReference> table;
  std::size_t limit{kMostExports};
  std::string after;
};

struct ListExportsResponse {
  std::vector<transfers::ExportCatalog::Pointer> entries;
  bool more{false};
};

Result<ListExportsRequest> parse_list_exports(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<ListExportsMembers>(body, kListExportsMembers));
  ListExportsRequest request;
  if (members.table) request.table.emplace(std::string{*members.table});
  if (members.limit) request.limit = static_cast<std::size_t>(*members.limit);
  TRY_ASSIGN(request.after, arn_of_next_token(members.next));
  return request;
}

Result<ListExportsResponse> execute_list_exports(OperationContext& context, const ListExportsRequest& request) {
  if (request.table) TRY(context.tables().check_place(*request.table));
  const auto is_wanted = [&request](const transfers::ExportCatalog::Entry& entry) {
    return !request.table || entry.request->table.name == request.table->name();
  };
  ListExportsResponse response;
  response.entries = context.services.transfers.exports.list(context.caller, context.services.clock.now(),
                                                             request.after, request.limit + 1, is_wanted);
  response.more = response.entries.size() > request.limit;
  if (response.more) response.entries.pop_back();
  return response;
}

void write_list_exports(std::string& out, const ListExportsResponse& response) {
  json::ObjectWriter writer{out};
  json::append_list(writer.key("ExportSummaries"), response.entries, [&out](const auto& entry) {
    json::ObjectWriter member{out};
    member.string("ExportArn", entry->request->arn);
    member.string("ExportStatus", to_text(entry->state.status));
    member.string("ExportType", entry->request->increment ? "INCREMENTAL_EXPORT" : "FULL_EXPORT");
    member.finish();
  });
  if (response.more) writer.string("NextToken", next_token_of(response.entries.back()->request->arn));
  writer.finish();
}

}  // namespace

extern const Operation kListExports{
    "DynamoDB_20120810.ListExports",
    run_operation<parse_list_exports, storage::Access::kRead, execute_list_exports, write_list_exports>,
    kListExportsMembers.members};

}  // namespace millrace::api
