#include "server/streams/stream_record.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <stdexcept>

#include "server/base/api_error.hpp"

namespace millrace::streams {
namespace {

constexpr char kMarkRequest = 'r';
constexpr char kMarkTimeToLive = 't';

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
  for (unsigned shift = 64; shift > 0;) {
    shift -= 4;
    out.push_back(kDigits[(value >> shift) & 0xFU]);
  }
}

bool is_by_time_to_live(std::string_view payload) {
  if (payload.empty()) throw std::logic_error{"an empty record payload"};
  return payload.front() == kMarkTimeToLive;
}

}  // namespace

void append_payload(std::string& out, const RecordContent& content) {
  out.push_back(content.cause == ChangeCause::kTimeToLive ? kMarkTimeToLive : kMarkRequest);
  out.append(R"({"eventID":")");
  append_hex(out, content.event_id_high);
  append_hex(out, content.event_id_low);
  out.append(R"(","eventName":")").append(to_text(content.event));
  out.append(R"(","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":)");
  base::append_json_string(out, content.region);
  out.append(R"(,"dynamodb":{"ApproximateCreationDateTime":)");
  append_integer(out, base::to_epoch_seconds(content.created));
  out.append(R"(.0,"Keys":)").append(content.keys_json);
  if (!content.new_image_json.empty()) out.append(R"(,"NewImage":)").append(content.new_image_json);
  if (!content.old_image_json.empty()) out.append(R"(,"OldImage":)").append(content.old_image_json);
  out.append(R"(,"SequenceNumber":")");
  append_sequence_number(out, content.sequence);
  out.append(R"(","SizeBytes":)");
  append_integer(out, content.size_bytes);
  out.append(R"(,"StreamViewType":")").append(model::to_text(content.view)).append(R"("})");
}

void append_get_records_json(std::string& out, std::string_view payload) {
  const bool by_service = is_by_time_to_live(payload);
  out.append(payload.substr(1));
  if (by_service) out.append(kServiceIdentity);
  out.push_back('}');
}

void append_lambda_event_json(std::string& out, std::string_view payload, std::string_view stream_arn) {
  const bool by_service = is_by_time_to_live(payload);
  out.append(payload.substr(1));
  if (by_service) out.append(kServiceIdentityInEvent);
  out.append(R"(,"eventSourceARN":)");
  base::append_json_string(out, stream_arn);
  out.push_back('}');
}

}  // namespace millrace::streams
