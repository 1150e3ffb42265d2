// GET /_millrace/kinesis/{Destination}?after=SEQUENCE&limit=N: what tables have delivered to a Kinesis stream, which is
// given by its name or its ARN (percent-encoded), behind `after` (a `sequenceNumber`, or the `next` of a page).
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

#include "harness/admin/admin_operations.hpp"
#include "server/json/object_writer.hpp"
#include "server/streams/delivery_log.hpp"
#include "server/streams/record/sequence_number.hpp"

namespace millrace::admin {
namespace {

struct DeliveriesRequest {
  std::string destination;
  streams::Sequence after{0};
  std::size_t limit{streams::kMaxDeliveriesPerPage};
};

Result<DeliveriesRequest> parse_deliveries(const rest::Call& call) {
  const auto refused = [](std::string text) {
    return ApiError{ErrorKind::kLambdaInvalidParameterValue, std::move(text)};
  };
  DeliveriesRequest request;
  request.destination = call.path.front();
  if (const auto after = http::query_parameter(call.request.query, "after"); after && !after->empty()) {
    const auto sequence = streams::parse_sequence_number(*after);
    if (!sequence) return refused("after is not the sequence number of a record: " + *after);
    request.after = *sequence;
  }
  if (const auto limit = http::query_parameter(call.request.query, "limit")) {
    const char* const end = limit->data() + limit->size();
    const auto read = std::from_chars(limit->data(), end, request.limit);
    if (read.ptr != end || read.ec != std::errc{} || request.limit < 1 ||
        request.limit > streams::kMaxDeliveriesPerPage) {
      return refused("limit is not a number from 1 to " + std::to_string(streams::kMaxDeliveriesPerPage));
    }
  }
  return request;
}

rest::Answer read_deliveries(const AdminServices& services, rest::Call& call) {
  const auto request = parse_deliveries(call);
  if (request.has_error()) co_return request.error();
  storage::Ticket ticket = 0;
  StorageResult<streams::DeliveryPage> page;
  {
    const auto entry = services.engine.gate().enter(storage::Access::kRead);
    ticket = entry.ticket();
    page = streams::read_deliveries(
        services.engine.gate().storage(), services.streams,
        {.destination = request->destination, .after = request->after, .limit = request->limit});
  }
  if (const auto committed = co_await services.engine.committed(ticket); committed.has_error()) {
    co_return base::to_api_error(committed.error());
  }
  if (page.has_error()) co_return base::to_api_error(page.error());
  std::string body;
  json::ObjectWriter writer{body};
  writer.raw("records", page->to_json());
  writer.string("next", streams::to_sequence_number(page->last));
  writer.boolean("more", page->more);
  writer.finish();
  co_return rest::json_response(200, std::move(body));
}

}  // namespace

extern const AdminOperation kReadDeliveries{
    .name = "ReadDeliveries", .method = "GET", .path = "/_millrace/kinesis/{Destination}", .run = read_deliveries};

}  // namespace millrace::admin
