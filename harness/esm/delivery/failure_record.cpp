#include "harness/esm/delivery/failure_record.hpp"

#include <chrono>
#include <utility>

#include "harness/esm/source/timestamp.hpp"
#include "server/json/object_writer.hpp"
#include "server/streams/record/sequence_number.hpp"

namespace millrace::esm {
namespace {

constexpr std::string_view kUnhandled = "Unhandled";

std::string_view to_text(DiscardReason condition) {
  switch (condition) {
    case DiscardReason::kRetryAttemptsExhausted: return "RetryAttemptsExhausted";
    case DiscardReason::kRecordAgeExceeded: return "RecordAgeExceeded";
    case DiscardReason::kRetentionExceeded: break;
  }
  return "";
}

}  // namespace

bool is_told(const Discard& discard) {
  return !discard.unreadable && !discard.ends_window && discard.reason != DiscardReason::kRetentionExceeded;
}

bool is_told(const FailureRecord& record) {
  return !record.unreadable && !record.ends_window && record.condition != DiscardReason::kRetentionExceeded;
}

FailureRecord make_failure_record(const Discard& discard, DiscardCircumstances circumstances) {
  FailureRecord record;
  record.request_id = std::move(circumstances.request_id);
  record.function_arn = std::move(circumstances.function_arn);
  record.condition = discard.reason;
  record.unreadable = discard.unreadable;
  record.ends_window = discard.ends_window;
  // AWS counts the attempt that it does not make any more: a record that was never sent shows 1.
  record.approximate_invoke_count =
      discard.invocations + (discard.reason == DiscardReason::kRecordAgeExceeded ? 1U : 0U);
  if (discard.reason == DiscardReason::kRetryAttemptsExhausted) {
    FailureRecord::Response& response = record.response.emplace();
    response.executed_version = std::move(circumstances.executed_version);
    if (!discard.reported) response.function_error = kUnhandled;
  }
  record.timestamp = circumstances.now;
  record.shard_id = std::move(circumstances.shard_id);
  record.first = discard.first;
  record.last = discard.last;
  record.first_arrival = discard.first_created;
  record.last_arrival = discard.last_created;
  record.batch_size = discard.records;
  record.stream_arn = std::move(circumstances.stream_arn);
  record.event = discard.event;
  return record;
}

std::string to_json(const FailureRecord& record) {
  std::string out;
  json::ObjectWriter object{out};
  json::ObjectWriter request{object.key("requestContext")};
  request.string("requestId", record.request_id);
  request.string("functionArn", record.function_arn);
  request.string("condition", to_text(record.condition));
  request.integer("approximateInvokeCount", record.approximate_invoke_count);
  request.finish();
  if (record.response) {
    json::ObjectWriter response{object.key("responseContext")};
    response.integer("statusCode", record.response->status_code);
    response.string("executedVersion", record.response->executed_version);
    if (record.response->function_error) {
      response.string("functionError", *record.response->function_error);
    } else {
      response.raw("functionError", "null");
    }
    response.finish();
  }
  object.string("version", "1.0");
  object.string("timestamp", to_iso_text(record.timestamp));
  json::ObjectWriter batch{object.key("DDBStreamBatchInfo")};
  batch.string("shardId", record.shard_id);
  batch.string("startSequenceNumber", streams::to_sequence_number(record.first));
  batch.string("endSequenceNumber", streams::to_sequence_number(record.last));
  batch.string("approximateArrivalOfFirstRecord", to_iso_seconds(record.first_arrival));
  batch.string("approximateArrivalOfLastRecord", to_iso_seconds(record.last_arrival));
  batch.integer("batchSize", static_cast<std::int64_t>(record.batch_size));
  batch.string("streamArn", record.stream_arn);
  batch.finish();
  object.finish();
  return out;
}

}  // namespace millrace::esm
