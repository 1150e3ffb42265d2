#include "server/base/fault_points.hpp"

#include <algorithm>
#include <array>

namespace millrace::base {
namespace {

constexpr std::array<FaultPointTraits, kFaultPointCount> kPoints{{
    {FaultPoint::kStorageBegin, "storage.begin",
     "no transaction can begin: a write is answered InternalServerError and has not happened"},
    {FaultPoint::kStorageWrite, "storage.write",
     "one write of a transaction fails, and with it all that share the transaction"},
    {FaultPoint::kStorageCommit, "storage.commit",
     "a transaction cannot be committed: none of its writes has happened, and each is answered InternalServerError"},
    {FaultPoint::kStorageCheckpoint, "storage.checkpoint",
     "the log of a database file cannot be copied into the file; it is tried again"},
    {FaultPoint::kDynamodbThrottle, "dynamodb.throttle",
     "an operation on items is answered ProvisionedThroughputExceededException and has not happened"},
    {FaultPoint::kDynamodbConflict, "dynamodb.conflict",
     "a transaction is ongoing for an item: a write is answered TransactionConflictException, a transaction is "
     "cancelled "
     "for its first member, and neither has happened"},
    {FaultPoint::kDynamodbTransactionInProgress, "dynamodb.transaction.in_progress",
     "TransactWriteItems with a token is answered TransactionInProgressException and has not happened"},
    {FaultPoint::kStreamsThrottle, "streams.throttle", "GetRecords is answered LimitExceededException"},
    {FaultPoint::kHttpAnswerLost, "http.answer.lost",
     "a request to DynamoDB, Streams or Lambda is done, and its connection ends without an answer"},
    {FaultPoint::kEsmRead, "esm.read", "an event source mapping cannot read its shard; it tries again"},
    {FaultPoint::kEsmSave, "esm.save", "an event source mapping cannot save how far it is; it tries again"},
    {FaultPoint::kLambdaInvokeThrottle, "lambda.invoke.throttle",
     "an invocation is throttled (TooManyRequestsException) and the function does not run"},
    {FaultPoint::kLambdaInvokeError, "lambda.invoke.error",
     "an invocation ends with a function error and the function does not run"},
    {FaultPoint::kLambdaInvokeTimeoutAfter, "lambda.invoke.timeout_after",
     "the function runs to its end, and its invocation is reported as timed out"},
    {FaultPoint::kLambdaRuntimeAnswerLost, "lambda.runtime.answer.lost",
     "what a runtime answers does not arrive: its connection to the Runtime API ends instead"},
}};

constexpr bool list_is_in_order() {
  for (std::size_t at = 0; at < kPoints.size(); ++at) {
    if (static_cast<std::size_t>(kPoints[at].point) != at) return false;
  }
  return true;
}
static_assert(list_is_in_order());

}  // namespace

std::span<const FaultPointTraits> fault_points() { return kPoints; }

std::string_view name_of(FaultPoint point) { return kPoints[static_cast<std::size_t>(point)].name; }

std::optional<FaultPoint> find_fault_point(std::string_view name) {
  const auto found =
      std::find_if(kPoints.begin(), kPoints.end(), [&](const auto& point) { return point.name == name; });
  if (found == kPoints.end()) return std::nullopt;
  return found->point;
}

std::string list_fault_points() {
  std::string names;
  for (const FaultPointTraits& point : kPoints) names.append(names.empty() ? "" : ", ").append(point.name);
  return names;
}

}  // namespace millrace::base
