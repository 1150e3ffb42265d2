#include "server/api/scan.hpp"

#include <utility>

#include "server/api/items_read.hpp"
#include "server/plan/key_range.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::api {
namespace {

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

}  // namespace

Result<ReadRequest> parse_scan(expression::ExpressionCache& expressions, const json::Object& body) {
  return parse_items_read(ItemsRead::kScan, expressions, body);
}

Result<plan::PreparedPageRead> prepare_scan(const PrepareContext& context, const ReadRequest& request) {
  TRY_ASSIGN(auto target, find_target(context, request));
  auto range = storage::segment_range(request.segment, request.total_segments);
  if (request.exclusive_start_key) {
    TRY(check_start_key(ItemsRead::kScan, target, *request.exclusive_start_key));
    TRY(begin_behind(range, request, target.encode_position(*request.exclusive_start_key)));
  }
  return plan::prepare(std::move(target), std::move(range), request.read);
}

}  // namespace millrace::api
