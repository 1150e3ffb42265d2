// DescribeBulkOperation (API reference, 3.18).
#include "server/api/transfers/transfer_answers.hpp"
#include "server/api/transfers/transfer_members.hpp"

namespace millrace::api {
namespace {

constexpr auto kDescribeBulkOperationMembers = named_transfer("DescribeBulkOperationInput", "BulkOperationArn");

}  // namespace

extern const Operation kDescribeBulkOperation{
    "DynamoDB_20120810.DescribeBulkOperation",
    run_operation<parse_named_transfer<kDescribeBulkOperationMembers>, storage::Access::kRead, require_bulk_put,
                  append_bulk_put_answer>,
    kDescribeBulkOperationMembers.members};

}  // namespace millrace::api
