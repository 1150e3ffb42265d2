// ListBulkOperations (API reference, 3.18): the newest first, of the last 90 days.
#include <optional>
#include <string>
#include <vector>

#include "server/api/transfers/transfer_answers.hpp"
#include "server/api/transfers/transfer_members.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

constexpr std::int64_t kMostBulkOperations = 100;
constexpr std::size_t kUsualBulkOperations = 10;

struct ListBulkOperationsMembers {
  std::optional<std::int64_t> limit;
  OptionalText next;
};
constexpr of_tables::MemberTable kListBulkOperationsMembers{
    "ListBulkOperationsInput",
    of_tables::row(&ListBulkOperationsMembers::limit, {.name = "MaxResults", .bounds = {1, kMostBulkOperations}}),
    of_tables::row(&ListBulkOperationsMembers::next, {.name = "NextToken"}),
};

struct ListBulkOperationsRequest {
  std::size_t limit{kUsualBulkOperations};
  std::string after;
};

struct ListBulkOperationsResponse {
  std::vector<transfers::LoadCatalog::Pointer> entries;
  bool more{false};
};

Result<ListBulkOperationsRequest> parse_list_bulk_operations(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<ListBulkOperationsMembers>(body, kListBulkOperationsMembers));
  ListBulkOperationsRequest request;
  if (members.limit) request.limit = static_cast<std::size_t>(*members.limit);
  TRY_ASSIGN(request.after, arn_of_next_token(members.next));
  return request;
}

Result<ListBulkOperationsResponse> execute_list_bulk_operations(OperationContext& context,
                                                                const ListBulkOperationsRequest& request) {
  const auto is_wanted = [](const transfers::LoadCatalog::Entry& entry) { return !entry.request->is_import(); };
  ListBulkOperationsResponse response;
  response.entries = context.services.transfers.loads.list(context.caller, context.services.clock.now(), request.after,
                                                           request.limit + 1, is_wanted);
  response.more = response.entries.size() > request.limit;
  if (response.more) response.entries.pop_back();
  return response;
}

void write_list_bulk_operations(std::string& out, const ListBulkOperationsResponse& response) {
  json::ObjectWriter writer{out};
  json::append_list(writer.key("BulkOperationsSummaryList"), response.entries, [&out](const auto& entry) {
    json::ObjectWriter member{out};
    member.string("BulkOperationArn", entry->request->arn);
    member.string("BulkOperationStatus", to_text(entry->state.status));
    member.timestamp("StartTime", entry->request->started);
    if (entry->state.ended) member.timestamp("EndTime", *entry->state.ended);
    member.finish();
  });
  if (response.more) writer.string("NextToken", next_token_of(response.entries.back()->request->arn));
  writer.finish();
}

}  // namespace

extern const Operation kListBulkOperations{"DynamoDB_20120810.ListBulkOperations",
                                           run_operation<parse_list_bulk_operations, storage::Access::kRead,
                                                         execute_list_bulk_operations, write_list_bulk_operations>,
                                           kListBulkOperationsMembers.members};

}  // namespace millrace::api
