// GET /_millrace/status: version and a report on every mapping; with `Accept: text/event-stream` again whenever
// something has changed.
#include <utility>
#include <vector>

#include "harness/admin/admin_operations.hpp"
#include "harness/admin/report_json.hpp"
#include "harness/admin/status_stream.hpp"
#include "server/rest/awaiting.hpp"
#include "server/rest/event_stream.hpp"

namespace millrace::admin {
namespace {

rest::Answer status(const AdminServices& services, rest::Call& call) {
  if (rest::wants_events(call.request)) co_return rest::event_stream(StatusStream::follow(services));
  auto start = [&](auto done) { services.live_mappings.report(std::move(done)); };
  auto reporting = rest::answered<std::vector<esm::MappingReport>>(std::move(start));
  const auto reports = co_await std::move(reporting);
  http::Response response;
  append_status_json(response.body, MILLRACE_VERSION, reports);
  co_return response;
}

}  // namespace

extern const AdminOperation kStatus{.name = "Status", .method = "GET", .path = "/_millrace/status", .run = status};

}  // namespace millrace::admin
