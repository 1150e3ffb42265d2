// What is kept, shown and put into buckets, to the letter (reference, 4.7).
#include "harness/esm/dead_letters/dead_letter.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace millrace::esm {
namespace {

using std::chrono_literals::operator""s;

constexpr TimePoint kGivenUpAt{std::chrono::milliseconds{1'764'085'988'123}};  // 2025-11-25T15:53:08.123Z
constexpr std::string_view kMapping = "14e0db71-0000-4000-8000-000000000000";
constexpr std::string_view kQueue = "arn:aws:sqs:us-east-1:000000000000:failures";
constexpr std::string_view kDocument =
    R"({"requestContext":{"requestId":"316aa6d0-0000-4000-8000-000000000000",)"
    R"("functionArn":"arn:aws:lambda:us-east-1:000000000000:function:echo",)"
    R"("condition":"RetryAttemptsExhausted","approximateInvokeCount":2},)"
    R"("responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},)"
    R"("version":"1.0","timestamp":"2025-11-25T15:53:08.123Z",)"
    R"("DDBStreamBatchInfo":{"shardId":"shardId-1","startSequenceNumber":"100000000000000000004",)"
    R"("endSequenceNumber":"100000000000000000007",)"
    R"("approximateArrivalOfFirstRecord":"2025-11-25T15:52:40Z",)"
    R"("approximateArrivalOfLastRecord":"2025-11-25T15:52:40Z","batchSize":2,)"
    R"("streamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L"})";

FailureRecord failure() {
  FailureRecord record;
  record.request_id = "316aa6d0-0000-4000-8000-000000000000";
  record.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:echo";
  record.condition = DiscardReason::kRetryAttemptsExhausted;
  record.approximate_invoke_count = 2;
  record.response = FailureRecord::Response{200, "$LATEST", "Unhandled"};
  record.timestamp = kGivenUpAt;
  record.shard_id = "shardId-1";
  record.first = 4;
  record.last = 7;
  record.first_arrival = kGivenUpAt - 28s;
  record.last_arrival = kGivenUpAt - 28s;
  record.batch_size = 2;
  record.stream_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L";
  record.event = std::make_shared<const std::string>(R"({"Records":["é"]})");
  return record;
}

TEST(DeadLetterTest, ABucketGetsTheDocumentWithTheEventAsText) {
  const DeadLetter letter = make_dead_letter(failure(), kMapping, "arn:aws:s3:::failures");
  EXPECT_EQ(letter.document, std::string{kDocument} + "}");
  EXPECT_EQ(object_body(letter, R"({"Records":["é"]})"),
            std::string{kDocument} + R"(,"payload":"{\"Records\":[\"é\"]}"})");
  EXPECT_EQ(object_key(letter, "f3"),
            "aws/lambda/14e0db71-0000-4000-8000-000000000000/shardId-1/2025/11/25/2025-11-25T15.53.08-f3");
}

TEST(DeadLetterTest, ItIsStoredAndReadAgain) {
  DeadLetter letter = make_dead_letter(failure(), kMapping, kQueue);
  EXPECT_EQ(letter.handover, Handover::kPending);
  letter.id = 42;
  letter.handover = Handover::kFailed;
  letter.problem = "404 NotFound";
  letter.redrives = 3;
  letter.redrive_problem = "the function failed";
  const auto read = letter_from_row(42, to_row(letter));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, letter);
  EXPECT_TRUE(letter_from_row(42, "{}").has_error());
  EXPECT_TRUE(letter_from_row(42, "nonsense").has_error());
}

TEST(DeadLetterTest, ItIsShownWithWhatHasBecomeOfIt) {
  DeadLetter letter = make_dead_letter(failure(), kMapping, kQueue);
  letter.id = 42;
  letter.handover = Handover::kFailed;
  letter.problem = "404 NotFound";
  std::string shown;
  append_json(shown, letter, R"({"Records":[]})");
  EXPECT_EQ(shown,
            R"({"id":"42","mapping":"14e0db71-0000-4000-8000-000000000000",)"
            R"("functionArn":"arn:aws:lambda:us-east-1:000000000000:function:echo",)"
            R"("streamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L","shardId":"shardId-1",)"
            R"("reason":"RetryAttemptsExhausted","givenUpAt":"2025-11-25T15:53:08.123Z","records":2,)"
            R"("startSequenceNumber":"100000000000000000004","endSequenceNumber":"100000000000000000007",)"
            R"("destination":{"arn":"arn:aws:sqs:us-east-1:000000000000:failures","state":"failed","delivered":false,)"
            R"("problem":"404 NotFound"},"redrives":0,"document":)" +
                std::string{kDocument} + R"(},"event":{"Records":[]}})");
}

TEST(DeadLetterTest, NoDestinationIsToldOfWhatHasLeftTheStreamCannotBeReadOrEndsAWindow) {
  FailureRecord record = failure();
  record.condition = DiscardReason::kRetentionExceeded;
  DeadLetter letter = make_dead_letter(record, kMapping, kQueue);
  EXPECT_EQ(letter.reason, "RetentionExceeded");
  EXPECT_EQ(letter.document, "");
  EXPECT_EQ(letter.destination, "");
  EXPECT_EQ(letter.handover, Handover::kNone);
  EXPECT_TRUE(letter.has_event);
  record.condition = DiscardReason::kRetryAttemptsExhausted;
  record.ends_window = true;
  record.batch_size = 0;
  letter = make_dead_letter(record, kMapping, kQueue);
  EXPECT_EQ(letter.reason, "RetryAttemptsExhausted");
  EXPECT_EQ(letter.destination, "");
  std::string end_of_window;
  append_json(end_of_window, letter, R"({"Records":[]})");
  EXPECT_NE(end_of_window.find(R"("records":0,"redrives":0,"document":null,"event":{"Records":[]}})"),
            std::string::npos)
      << end_of_window;
  record.unreadable = true;
  record.event = nullptr;
  letter = make_dead_letter(record, kMapping, kQueue);
  EXPECT_EQ(letter.reason, "Unreadable");
  EXPECT_FALSE(letter.has_event);
  std::string shown;
  append_json(shown, letter, {});
  EXPECT_NE(shown.find(R"("redrives":0,"document":null,"event":null})"), std::string::npos) << shown;
}

}  // namespace
}  // namespace millrace::esm
