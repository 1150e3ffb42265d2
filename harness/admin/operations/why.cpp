// GET /_millrace/mappings/{UUID}/why?sequenceNumber=N, or ?key={"id":{"S":"a"}} (percent-encoded JSON): why the
// function of a mapping got a record, or did not. For a key of the table the newest ten records with it are told of.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/admin/admin_operations.hpp"
#include "harness/admin/report_json.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/json/object_writer.hpp"
#include "server/rest/awaiting.hpp"
#include "server/streams/record/sequence_number.hpp"

namespace millrace::admin {
namespace {

constexpr std::size_t kMaxKeyBytes = 16'384;

/// The key as records spell it.
Result<std::string> canonical_key(const std::string& text) {
  const auto refused = [](std::string_view why) {
    return ApiError{ErrorKind::kLambdaInvalidParameterValue,
                    std::string{"key is not the key of an item, like {\"id\":{\"S\":\"a\"}}: "}.append(why)};
  };
  if (text.size() > kMaxKeyBytes) return refused("it is too long");
  json::Parser parser;
  const auto document = parser.parse_copy("{\"key\":" + text + "}");
  if (!document) return refused("it is not valid JSON");
  const auto read = json::read_item(document->at_key("key").value_unsafe());
  if (read.has_error()) return refused(read.error().message);
  if (const auto checked = read->check(base::Wording::kNewer); checked.has_error())
    return refused(checked.error().message);
  std::string key;
  json::append_item(key, read->item);
  return key;
}

Result<esm::RecordQuery> parse_why(const rest::Call& call) {
  const auto number = http::query_parameter(call.request.query, "sequenceNumber");
  const auto key = http::query_parameter(call.request.query, "key");
  if (number.has_value() == key.has_value()) {
    return ApiError{ErrorKind::kLambdaInvalidParameterValue,
                    "ask with sequenceNumber=… (of a record) or with key=… (JSON of an item's key)"};
  }
  if (key) {
    TRY_ASSIGN(std::string canonical, canonical_key(*key));
    return esm::RecordQuery{std::move(canonical)};
  }
  const auto sequence = streams::parse_sequence_number(*number);
  if (sequence) return esm::RecordQuery{*sequence};
  return ApiError{ErrorKind::kLambdaInvalidParameterValue,
                  "sequenceNumber is not the sequence number of a record: " + *number};
}

rest::Answer why(const AdminServices& services, rest::Call& call) {
  const std::string uuid = call.path.front();
  auto query = parse_why(call);
  if (query.has_error()) co_return query.error();
  auto start = [&](auto done) { services.live_mappings.why(uuid, *query, std::move(done)); };
  auto asking = rest::answered<StorageResult<std::optional<esm::WhyReport>>>(std::move(start));
  const auto report = co_await std::move(asking);
  if (report.has_error()) co_return base::to_api_error(report.error());
  if (!*report) {
    co_return ApiError{ErrorKind::kLambdaResourceNotFound, "There is no event source mapping with this UUID."};
  }
  std::string body;
  append_why_json(body, **report);
  co_return rest::json_response(200, std::move(body));
}

}  // namespace

extern const AdminOperation kWhy{.name = "Why", .method = "GET", .path = "/_millrace/mappings/{UUID}/why", .run = why};

}  // namespace millrace::admin
