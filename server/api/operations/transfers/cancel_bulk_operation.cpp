// CancelBulkOperation (API reference, 3.18): what was written stays.
#include "server/api/transfers/transfer_answers.hpp"
#include "server/api/transfers/transfer_members.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

constexpr auto kCancelBulkOperationMembers = named_transfer("CancelBulkOperationInput", "BulkOperationArn");

Result<std::string> execute_cancel_bulk_operation(OperationContext& context, const std::string& arn) {
  TRY_ASSIGN(const auto entry, require_bulk_put(context, arn));
  if (entry->state.is_over()) {
    return base::validation_error("The bulk operation has ended and cannot be cancelled: " + arn);
  }
  auto state = entry->state;
  state.status = transfers::LoadState::Status::kCancelling;
  TRY(context.services.transfers.loads.update(arn, std::move(state)));
  return arn;
}

void write_cancel_bulk_operation(std::string& out, const std::string& arn) {
  json::ObjectWriter writer{out};
  writer.string("BulkOperationArn", arn);
  writer.string("BulkOperationStatus", "CANCELLING");
  writer.finish();
}

}  // namespace

extern const Operation kCancelBulkOperation{
    "DynamoDB_20120810.CancelBulkOperation",
    run_operation<parse_named_transfer<kCancelBulkOperationMembers>, storage::Access::kWrite,
                  execute_cancel_bulk_operation, write_cancel_bulk_operation>,
    kCancelBulkOperationMembers.members};

}  // namespace millrace::api
