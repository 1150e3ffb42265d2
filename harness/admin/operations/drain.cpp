// POST /_millrace/drain {"timeoutSeconds":30,"mapping":"<uuid>"}, both optional: answers 200 when every record there is
// has been delivered or discarded, 504 with the reasons when the time is over.
#include <utility>

#include "harness/admin/admin_operations.hpp"
#include "harness/admin/drain_request.hpp"
#include "harness/admin/report_json.hpp"
#include "server/rest/awaiting.hpp"

namespace millrace::admin {
namespace {

rest::Answer drain(const AdminServices& services, rest::Call& call) {
  const auto request = parse_drain_request(call.request.body);
  if (request.has_error()) co_return request.error();
  const RealTime::TimePoint deadline = services.real_time.now() + request->timeout;
  auto start = [&](auto done) { services.live_mappings.drain(request->mapping, deadline, std::move(done)); };
  auto draining = rest::answered<esm::DrainReport>(std::move(start));
  const esm::DrainReport report = co_await std::move(draining);
  http::Response response;
  response.status = report.drained ? 200 : kGatewayTimeout;
  append_json(response.body, report, services.emulated_time);
  co_return response;
}

}  // namespace

extern const AdminOperation kDrain{.name = "Drain", .method = "POST", .path = "/_millrace/drain", .run = drain};

}  // namespace millrace::admin
