// The one list of what is served.
#include <algorithm>
#include <array>

#include "server/api/batch_get_item.hpp"
#include "server/api/batch_write_item.hpp"
#include "server/api/create_table.hpp"
#include "server/api/delete_item.hpp"
#include "server/api/delete_table.hpp"
#include "server/api/describe_endpoints.hpp"
#include "server/api/describe_limits.hpp"
#include "server/api/describe_stream.hpp"
#include "server/api/describe_table.hpp"
#include "server/api/get_item.hpp"
#include "server/api/get_records.hpp"
#include "server/api/get_shard_iterator.hpp"
#include "server/api/item_write.hpp"
#include "server/api/items_read.hpp"
#include "server/api/list_streams.hpp"
#include "server/api/list_tables.hpp"
#include "server/api/operation.hpp"
#include "server/api/put_item.hpp"
#include "server/api/query.hpp"
#include "server/api/scan.hpp"
#include "server/api/update_item.hpp"
#include "server/api/update_table.hpp"

namespace millrace::api {
namespace {

using storage::Access;

template <auto Parse>
constexpr auto run_item_write = run_plan<Parse, judge_ahead, prepare_item_write, apply_item_write, write_item_write>;

// Sorted by target.
constexpr std::array kOperations{
    Operation{"DynamoDBStreams_20120810.DescribeStream",
              run_operation<parse_describe_stream, Access::kRead, execute_describe_stream, write_describe_stream>},
    Operation{"DynamoDBStreams_20120810.GetRecords",
              run_operation<parse_get_records, Access::kRead, execute_get_records, write_get_records>},
    Operation{
        "DynamoDBStreams_20120810.GetShardIterator",
        run_operation<parse_get_shard_iterator, Access::kRead, execute_get_shard_iterator, write_get_shard_iterator>},
    Operation{"DynamoDBStreams_20120810.ListStreams",
              run_operation<parse_list_streams, Access::kRead, execute_list_streams, write_list_streams>},
    Operation{"DynamoDB_20120810.BatchGetItem",
              run_operation<parse_batch_get_item, Access::kRead, execute_batch_get_item, write_batch_get_item,
                            finish_batch_get_item>},
    Operation{"DynamoDB_20120810.BatchWriteItem",
              run_operation<parse_batch_write_item, Access::kWrite, execute_batch_write_item, write_batch_write_item>},
    Operation{"DynamoDB_20120810.CreateTable",
              run_operation<parse_create_table, Access::kWrite, execute_create_table, write_create_table>},
    Operation{"DynamoDB_20120810.DeleteItem", run_item_write<parse_delete_item>},
    Operation{"DynamoDB_20120810.DeleteTable",
              run_operation<parse_delete_table, Access::kWrite, execute_delete_table, write_delete_table>},
    Operation{
        "DynamoDB_20120810.DescribeEndpoints",
        run_operation<parse_describe_endpoints, Access::kRead, execute_describe_endpoints, write_describe_endpoints>},
    Operation{"DynamoDB_20120810.DescribeLimits",
              run_operation<parse_describe_limits, Access::kRead, execute_describe_limits, write_describe_limits>},
    Operation{"DynamoDB_20120810.DescribeTable",
              run_operation<parse_describe_table, Access::kRead, execute_describe_table, write_describe_table>},
    Operation{"DynamoDB_20120810.GetItem", run_read<parse_get_item, prepare_get_item, read_get_item, finish_get_item>},
    Operation{"DynamoDB_20120810.ListTables",
              run_operation<parse_list_tables, Access::kRead, execute_list_tables, write_list_tables>},
    Operation{"DynamoDB_20120810.PutItem", run_item_write<parse_put_item>},
    Operation{"DynamoDB_20120810.Query", run_read<parse_query, prepare_query, read_items, finish_items_read>},
    Operation{"DynamoDB_20120810.Scan", run_read<parse_scan, prepare_scan, read_items, finish_items_read>},
    Operation{"DynamoDB_20120810.UpdateItem", run_item_write<parse_update_item>},
    Operation{"DynamoDB_20120810.UpdateTable",
              run_operation<parse_update_table, Access::kWrite, execute_update_table, write_update_table>},
};

constexpr bool before(const Operation& left, const Operation& right) { return left.target < right.target; }
static_assert(std::is_sorted(kOperations.begin(), kOperations.end(), before));

}  // namespace

const Operation* find_operation(std::string_view target) {
  const auto* const found =
      std::lower_bound(kOperations.begin(), kOperations.end(), target,
                       [](const Operation& operation, std::string_view wanted) { return operation.target < wanted; });
  return found != kOperations.end() && found->target == target ? found : nullptr;
}

}  // namespace millrace::api
