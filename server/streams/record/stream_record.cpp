#include "server/streams/record/stream_record.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <limits>

#include "server/base/api_error.hpp"
#include "server/streams/record/sequence_number.hpp"

namespace millrace::streams {
namespace {

// Of a record's JSON, all that is neither keys nor images nor region, the longer userIdentity included.
constexpr std::size_t kEnvelopeBytes = 448;

constexpr std::string_view kServiceIdentity =
    R"(,"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"})";
constexpr std::string_view kServiceIdentityInEvent =
    R"(,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"})";

std::string_view to_text(EventName event) {
  switch (event) {
    case EventName::kInsert: return "INSERT";
    case EventName::kModify: return "MODIFY";
    case EventName::kRemove: return "REMOVE";
  }
  return {};
}

template <class Integer>
void append_integer(std::string& out, Integer value) {
  std::array<char, std::numeric_limits<Integer>::digits10 + 2> digits{};
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void append_hex(std::string& out, std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 2 * sizeof value> digits{};
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, value >>= 4U) *digit = kDigits[value & 0xFU];
  out.append(digits.data(), digits.size());
}

/// The two halves of an event id in the form in which Kinesis gets it.
void append_uuid(std::string& out, std::uint64_t high, std::uint64_t low) {
  std::string digits;
  append_hex(digits, high);
  append_hex(digits, low);
  for (const std::size_t dash : {20U, 16U, 12U, 8U}) digits.insert(dash, 1, '-');
  out.append(digits);
}

std::size_t size_of_old_image(const StoredRecord& record) {
  std::size_t bytes = 0;
  for (const std::string_view part : record.old_image) bytes += part.size();
  return bytes;
}

bool has_old_image(const StoredRecord& record) { return size_of_old_image(record) > 0; }

void append_images(std::string& out, const StoredRecord& record) {
  const RecordContent& content = record.content;
  out.append(R"(,"Keys":)").append(content.keys_json);
  if (!content.new_image_json.empty()) out.append(R"(,"NewImage":)").append(content.new_image_json);
  if (!has_old_image(record)) return;
  out.append(R"(,"OldImage":)");
  for (const std::string_view part : record.old_image) out.append(part);
}

/// Everything up to the members in which the two readers differ.
void append_common_json(std::string& out, const StoredRecord& record) {
  const RecordContent& content = record.content;
  out.append(R"({"eventID":")");
  append_hex(out, content.event_id_high);
  append_hex(out, content.event_id_low);
  out.append(R"(","eventName":")").append(to_text(content.event));
  out.append(R"(","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":)");
  base::append_json_string(out, content.region);
  out.append(R"(,"dynamodb":{"ApproximateCreationDateTime":)");
  append_integer(out, base::to_epoch_seconds(content.created));
  out.append(".0");
  append_images(out, record);
  out.append(R"(,"SequenceNumber":")");
  append_sequence_number(out, content.sequence);
  out.append(R"(","SizeBytes":)");
  append_integer(out, content.size_bytes);
  out.append(R"(,"StreamViewType":")").append(model::to_text(content.view)).append(R"("})");
}

}  // namespace

std::size_t json_bytes(const StoredRecord& record) {
  const RecordContent& content = record.content;
  return kEnvelopeBytes + content.region.size() + content.keys_json.size() + content.new_image_json.size() +
         size_of_old_image(record);
}

void append_get_records_json(std::string& out, const StoredRecord& record) {
  append_common_json(out, record);
  if (record.content.cause == ChangeCause::kTimeToLive) out.append(kServiceIdentity);
  out.push_back('}');
}

void append_kinesis_json(std::string& out, const StoredRecord& record, std::string_view table_name,
                         model::TimePrecision precision) {
  const RecordContent& content = record.content;
  const bool microseconds = precision == model::TimePrecision::kMicrosecond;
  out.append(R"({"awsRegion":)");
  base::append_json_string(out, content.region);
  out.append(R"(,"eventID":")");
  append_uuid(out, content.event_id_high, content.event_id_low);
  out.append(R"(","eventName":")").append(to_text(content.event));
  out.append(R"(","userIdentity":)");
  out.append(content.cause == ChangeCause::kTimeToLive ? R"({"type":"Service","principalId":"dynamodb.amazonaws.com"})"
                                                       : "null");
  out.append(R"(,"recordFormat":"application/json","tableName":)");
  base::append_json_string(out, table_name);
  out.append(R"(,"dynamodb":{"ApproximateCreationDateTime":)");
  append_integer(out, microseconds
                          ? std::chrono::floor<std::chrono::microseconds>(content.created.time_since_epoch()).count()
                          : base::to_epoch_milliseconds(content.created));
  append_images(out, record);
  out.append(R"(,"SizeBytes":)");
  append_integer(out, content.size_bytes);
  out.append(R"(,"ApproximateCreationDateTimePrecision":")").append(microseconds ? "MICROSECOND" : "MILLISECOND");
  out.append(R"("},"eventSource":"aws:dynamodb"})");
}

void append_lambda_event_json(std::string& out, const StoredRecord& record, std::string_view stream_arn) {
  append_common_json(out, record);
  if (record.content.cause == ChangeCause::kTimeToLive) out.append(kServiceIdentityInEvent);
  out.append(R"(,"eventSourceARN":)");
  base::append_json_string(out, stream_arn);
  out.push_back('}');
}

}  // namespace millrace::streams
