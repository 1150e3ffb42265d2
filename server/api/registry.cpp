// The one list of what is served.
#include <algorithm>
#include <array>

#include "server/api/operation.hpp"

// One row an operation, sorted by target: DynamoDBStreams_20120810 before DynamoDB_20120810. Each is defined in
// operations/<name>.cpp.
#define MILLRACE_OPERATIONS(ROW)        \
  ROW(kDescribeStream)                  \
  ROW(kGetRecords)                      \
  ROW(kGetShardIterator)                \
  ROW(kListStreams)                     \
  ROW(kBatchExecuteStatement)           \
  ROW(kBatchGetItem)                    \
  ROW(kBatchWriteItem)                  \
  ROW(kCancelBulkOperation)             \
  ROW(kCreateBackup)                    \
  ROW(kCreateGlobalTable)               \
  ROW(kCreateTable)                     \
  ROW(kDeleteBackup)                    \
  ROW(kDeleteItem)                      \
  ROW(kDeleteResourcePolicy)            \
  ROW(kDeleteTable)                     \
  ROW(kDescribeBackup)                  \
  ROW(kDescribeBulkOperation)           \
  ROW(kDescribeContinuousBackups)       \
  ROW(kDescribeContributorInsights)     \
  ROW(kDescribeEndpoints)               \
  ROW(kDescribeExport)                  \
  ROW(kDescribeGlobalTable)             \
  ROW(kDescribeGlobalTableSettings)     \
  ROW(kDescribeImport)                  \
  ROW(kDescribeKinesisDestination)      \
  ROW(kDescribeLimits)                  \
  ROW(kDescribeTable)                   \
  ROW(kDescribeTableReplicaAutoScaling) \
  ROW(kDescribeTimeToLive)              \
  ROW(kDisableKinesisDestination)       \
  ROW(kEnableKinesisDestination)        \
  ROW(kExecuteStatement)                \
  ROW(kExecuteTransaction)              \
  ROW(kExportTableToPointInTime)        \
  ROW(kGetItem)                         \
  ROW(kGetResourcePolicy)               \
  ROW(kImportTable)                     \
  ROW(kListBackups)                     \
  ROW(kListBulkOperations)              \
  ROW(kListContributorInsights)         \
  ROW(kListExports)                     \
  ROW(kListGlobalTables)                \
  ROW(kListImports)                     \
  ROW(kListTables)                      \
  ROW(kListTagsOfResource)              \
  ROW(kPutItem)                         \
  ROW(kPutResourcePolicy)               \
  ROW(kQuery)                           \
  ROW(kRestoreTableFromBackup)          \
  ROW(kRestoreTableToPointInTime)       \
  ROW(kScan)                            \
  ROW(kSearchVectors)                   \
  ROW(kStartBulkPutItems)               \
  ROW(kTagResource)                     \
  ROW(kTransactGetItems)                \
  ROW(kTransactWriteItems)              \
  ROW(kUntagResource)                   \
  ROW(kUpdateContinuousBackups)         \
  ROW(kUpdateContributorInsights)       \
  ROW(kUpdateGlobalTable)               \
  ROW(kUpdateGlobalTableSettings)       \
  ROW(kUpdateItem)                      \
  ROW(kUpdateKinesisDestination)        \
  ROW(kUpdateTable)                     \
  ROW(kUpdateTableReplicaAutoScaling)   \
  ROW(kUpdateTimeToLive)

namespace millrace::api {

#define MILLRACE_DECLARED(name) extern const Operation name;
MILLRACE_OPERATIONS(MILLRACE_DECLARED)

namespace {

#define MILLRACE_LISTED(name) &name,
constexpr std::array kOperations{MILLRACE_OPERATIONS(MILLRACE_LISTED)};

}  // namespace

std::span<const Operation* const> operations() { return kOperations; }

const Operation* find_operation(std::string_view target) {
  const auto* const found =
      std::lower_bound(kOperations.begin(), kOperations.end(), target,
                       [](const Operation* operation, std::string_view wanted) { return operation->target < wanted; });
  return found != kOperations.end() && (*found)->target == target ? *found : nullptr;
}

}  // namespace millrace::api
