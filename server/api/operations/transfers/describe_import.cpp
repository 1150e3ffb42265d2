// DescribeImport (API reference, 3.18).
#include "server/api/transfers/transfer_answers.hpp"
#include "server/api/transfers/transfer_members.hpp"

namespace millrace::api {
namespace {

constexpr auto kDescribeImportMembers = named_transfer("DescribeImportInput", "ImportArn");

}  // namespace

extern const Operation kDescribeImport{"DynamoDB_20120810.DescribeImport",
                                       run_operation<parse_named_transfer<kDescribeImportMembers>,
                                                     storage::Access::kRead, require_import, append_import_answer>,
                                       kDescribeImportMembers.members};

}  // namespace millrace::api
