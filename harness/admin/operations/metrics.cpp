// GET /metrics: what AWS's metrics of functions and event source mappings count, for Prometheus.
#include <string>
#include <utility>
#include <vector>

#include "harness/admin/admin_operations.hpp"
#include "harness/admin/metrics_text.hpp"
#include "harness/admin/prometheus_text.hpp"
#include "server/rest/awaiting.hpp"

namespace millrace::admin {
namespace {

rest::Answer metrics(const AdminServices& services, rest::Call& /*call*/) {
  auto start = [&](auto done) { services.live_mappings.report(std::move(done)); };
  auto reporting = rest::answered<std::vector<esm::MappingReport>>(std::move(start));
  const auto reports = co_await std::move(reporting);
  http::Response response;
  response.content_type = PrometheusText::kContentType;
  append_metrics(response.body, services.functions.counts(), reports);
  co_return response;
}

}  // namespace

extern const AdminOperation kMetrics{.name = "Metrics", .method = "GET", .path = "/metrics", .run = metrics};

}  // namespace millrace::admin
