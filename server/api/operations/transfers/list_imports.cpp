// ListImports (API reference, 3.18): the newest first, of the last 90 days.
#include <optional>
#include <string>
#include <vector>

#include "server/api/transfers/transfer_answers.hpp"
#include "server/api/transfers/transfer_members.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

constexpr std::int64_t kMostImports = 25;

struct ListImportsMembers {
  OptionalText table;
  std::optional<std::int64_t> limit;
  OptionalText next;
};
constexpr of_tables::MemberTable kListImportsMembers{
    "ListImportsInput",
    of_tables::row(&ListImportsMembers::table, {.name = "TableArn", .bounds = {1, 1024}}),
    of_tables::row(&ListImportsMembers::limit, {.name = "PageSize", .bounds = {1, kMostImports}}),
    of_tables::row(
        &ListImportsMembers::next,
        {.name = "NextToken", .bounds = {112, 1024}, .pattern = "([0-9a-f]{16})+", .matches = matches_hex_of_words}),
};

struct ListImportsRequest {
  std::optional<model::TableReference> table;
  std::size_t limit{kMostImports};
  std::string after;
};

struct ListImportsResponse {
  std::vector<transfers::LoadCatalog::Pointer> entries;
  bool more{false};
};

Result<ListImportsRequest> parse_list_imports(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<ListImportsMembers>(body, kListImportsMembers));
  ListImportsRequest request;
  if (members.table) request.table.emplace(std::string{*members.table});
  if (members.limit) request.limit = static_cast<std::size_t>(*members.limit);
  TRY_ASSIGN(request.after, arn_of_next_token(members.next));
  return request;
}

Result<ListImportsResponse> execute_list_imports(OperationContext& context, const ListImportsRequest& request) {
  if (request.table) TRY(context.tables().check_place(*request.table));
  const auto is_wanted = [&request](const transfers::LoadCatalog::Entry& entry) {
    return entry.request->is_import() && (!request.table || entry.request->table_name == request.table->name());
  };
  ListImportsResponse response;
  response.entries = context.services.transfers.loads.list(context.caller, context.services.clock.now(), request.after,
                                                           request.limit + 1, is_wanted);
  response.more = response.entries.size() > request.limit;
  if (response.more) response.entries.pop_back();
  return response;
}

void write_list_imports(std::string& out, const ListImportsResponse& response) {
  json::ObjectWriter writer{out};
  json::append_list(writer.key("ImportSummaryList"), response.entries, [&out](const auto& entry) {
    json::ObjectWriter member{out};
    const auto& request = *entry->request;
    member.string("ImportArn", request.arn);
    member.string("ImportStatus", to_text(entry->state.status));
    member.string("TableArn", request.table_arn);
    append_bucket_source(member.key("S3BucketSource"), request.source);
    member.string("InputFormat", to_text(request.format));
    member.timestamp("StartTime", request.started);
    if (entry->state.ended) member.timestamp("EndTime", *entry->state.ended);
    member.finish();
  });
  if (response.more) writer.string("NextToken", next_token_of(response.entries.back()->request->arn));
  writer.finish();
}

}  // namespace

extern const Operation kListImports{
    "DynamoDB_20120810.ListImports",
    run_operation<parse_list_imports, storage::Access::kRead, execute_list_imports, write_list_imports>,
    kListImportsMembers.members};

}  // namespace millrace::api
