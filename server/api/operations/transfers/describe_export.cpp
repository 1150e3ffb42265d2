// DescribeExport (API reference, 3.18).
#include "server/api/transfers/transfer_answers.hpp"
#include "server/api/transfers/transfer_members.hpp"

namespace millrace::api {
namespace {

constexpr auto kDescribeExportMembers = named_transfer("DescribeExportInput", "ExportArn");

}  // namespace

extern const Operation kDescribeExport{"DynamoDB_20120810.DescribeExport",
                                       run_operation<parse_named_transfer<kDescribeExportMembers>,
                                                     storage::Access::kRead, require_export, append_export_answer>,
                                       kDescribeExportMembers.members};

}  // namespace millrace::api
