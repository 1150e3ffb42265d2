// The documents of the reference, 4.7, to the letter.
#include "harness/esm/delivery/failure_record.hpp"

#include <gtest/gtest.h>

namespace millrace::esm {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// 2025-11-25T15:53:08.123Z
constexpr TimePoint kToldAt{std::chrono::milliseconds{1'764'085'988'123}};

Discard exhausted() {
  Discard discard{DiscardReason::kRetryAttemptsExhausted, 2, 4, 7, 3};
  discard.first_created = kToldAt - 28s - 23ms;
  discard.last_created = kToldAt - 27s;
  discard.event = std::make_shared<const std::string>(R"({"Records":[]})");
  return discard;
}

DiscardCircumstances circumstances() {
  return {"316aa6d0-0000-4000-8000-000000000000",
          "arn:aws:lambda:us-east-1:000000000000:function:echo",
          "$LATEST",
          "shardId-1",
          "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L",
          kToldAt};
}

constexpr std::string_view kHead = R"({"requestContext":{"requestId":"316aa6d0-0000-4000-8000-000000000000",)"
                                   R"("functionArn":"arn:aws:lambda:us-east-1:000000000000:function:echo",)";
constexpr std::string_view kTail =
    R"("version":"1.0","timestamp":"2025-11-25T15:53:08.123Z",)"
    R"("DDBStreamBatchInfo":{"shardId":"shardId-1","startSequenceNumber":"100000000000000000004",)"
    R"("endSequenceNumber":"100000000000000000007",)"
    R"("approximateArrivalOfFirstRecord":"2025-11-25T15:52:40Z",)"
    R"("approximateArrivalOfLastRecord":"2025-11-25T15:52:41Z","batchSize":2,)"
    R"("streamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L"}})";

TEST(FailureRecordTest, ExhaustedRetriesTellWhatTheFunctionAnswered) {
  const FailureRecord record = make_failure_record(exhausted(), circumstances());
  EXPECT_EQ(to_json(record),
            R"({"requestContext":{"requestId":"316aa6d0-0000-4000-8000-000000000000",)"
            R"("functionArn":"arn:aws:lambda:us-east-1:000000000000:function:echo",)"
            R"("condition":"RetryAttemptsExhausted","approximateInvokeCount":3},)"
            R"("responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},)"
            R"("version":"1.0","timestamp":"2025-11-25T15:53:08.123Z",)"
            R"("DDBStreamBatchInfo":{"shardId":"shardId-1","startSequenceNumber":"100000000000000000004",)"
            R"("endSequenceNumber":"100000000000000000007",)"
            R"("approximateArrivalOfFirstRecord":"2025-11-25T15:52:40Z",)"
            R"("approximateArrivalOfLastRecord":"2025-11-25T15:52:41Z","batchSize":2,)"
            R"("streamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L"}})");
  ASSERT_NE(record.event, nullptr);
  EXPECT_EQ(*record.event, R"({"Records":[]})");
}

TEST(FailureRecordTest, AReportOfFailedItemsIsNoErrorOfTheFunction) {
  Discard discard = exhausted();
  discard.reported = true;
  EXPECT_EQ(to_json(make_failure_record(discard, circumstances())),
            std::string{kHead} +
                R"("condition":"RetryAttemptsExhausted","approximateInvokeCount":3},)"
                R"("responseContext":{"statusCode":200,"executedVersion":"$LATEST",)"
                R"("functionError":null},)" +
                std::string{kTail});
}

TEST(FailureRecordTest, OldRecordsHaveNoAnswerAndCountOneMore) {
  Discard discard = exhausted();
  discard.reason = DiscardReason::kRecordAgeExceeded;
  discard.invocations = 0;
  discard.event = nullptr;
  const FailureRecord record = make_failure_record(discard, circumstances());
  EXPECT_FALSE(record.response.has_value());
  EXPECT_EQ(to_json(record), std::string{kHead} + R"("condition":"RecordAgeExceeded","approximateInvokeCount":1},)" +
                                 std::string{kTail});
}

TEST(FailureRecordTest, NobodyIsToldOfRecordsThatLeftTheStreamOrCannotBeRead) {
  const auto told = [](const Discard& discard) { return is_told(make_failure_record(discard, circumstances())); };
  Discard discard = exhausted();
  EXPECT_TRUE(told(discard));
  discard.reason = DiscardReason::kRecordAgeExceeded;
  EXPECT_TRUE(told(discard));
  discard.reason = DiscardReason::kRetentionExceeded;
  EXPECT_FALSE(told(discard));
  discard.reason = DiscardReason::kRetryAttemptsExhausted;
  discard.unreadable = true;
  EXPECT_FALSE(told(discard));
}

}  // namespace
}  // namespace millrace::esm
