// Scan (API reference, 3.10): rows in the order of the hash that leads every row key, which is also what segments share
// out.
#include <array>
#include <utility>

#include "server/api/items/items_read.hpp"
#include "server/api/items/read_request.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/operation.hpp"
#include "server/plan/key_range.hpp"
#include "server/plan/page_read.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::api {
namespace {

constexpr std::array kScanMembers{
    of_items::kTableName,
    of_items::kIndexName,
    of_items::kSelect,
    of_items::kAttributesToGet,
    of_items::kLimit,
    of_items::kConsistentRead,
    members::Member{.name = "ScanFilter", .shape = &of_items::kConditions},
    of_items::kConditionalOperator,
    of_items::kExclusiveStartKey,
    of_items::kReturnConsumedCapacity,
    members::Member{.name = "TotalSegments", .shape = &members::kInteger, .bounds = {1, 1'000'000}},
    members::Member{.name = "Segment", .shape = &members::kInteger, .bounds = {0, 999'999}},
    of_items::kProjectionExpression,
    of_items::kFilterExpression,
    of_items::kAttributeNames,
    of_items::kExpressionValues,
};

/// Moves the beginning of the segment's range behind the start key.
Result<void> begin_behind(storage::KeyRange& range, const ReadRequest& request, storage::EncodedKey position) {
  const bool inside = position >= range.begin && (range.end.empty() || position < range.end);
  if (!inside) {
    return base::validation_error(
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct "
        "Segment. TotalSegments: " +
        std::to_string(request.total_segments) + " Segment: " + std::to_string(request.segment));
  }
  plan::begin_behind(range, std::move(position), request.read.direction);
  return {};
}

Result<ReadRequest> parse_scan(expression::ExpressionCache& expressions, const json::Object& body) {
  return parse_items_read(ItemsRead::kScan, expressions, body);
}

Result<plan::PreparedPageRead> prepare_scan(const PrepareContext& context, const ReadRequest& request) {
  TRY_ASSIGN(auto target, find_target(ItemsRead::kScan, context, request));
  auto range = storage::segment_range(request.segment, request.total_segments);
  if (request.exclusive_start_key) {
    TRY(check_start_key(ItemsRead::kScan, target, *request.exclusive_start_key));
    TRY(begin_behind(range, request, target.encode_position(*request.exclusive_start_key)));
  }
  return plan::prepare(context.read, std::move(target), std::move(range), request.read);
}

}  // namespace

extern const Operation kScan{"DynamoDB_20120810.Scan",
                             run_read<parse_scan, prepare_scan, read_items, finish_items_read>, kScanMembers,
                             FaultPoint::kDynamodbThrottle};

}  // namespace millrace::api
