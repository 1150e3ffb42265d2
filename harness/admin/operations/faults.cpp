// /_millrace/faults: GET tells the plan, and of every point how often it was passed and has fired; PUT puts another
// plan (fault_request.hpp) in its place, and counts begin anew; DELETE takes it away. Each answers what GET then would.
#include <spdlog/spdlog.h>

#include "harness/admin/admin_operations.hpp"
#include "harness/admin/fault_request.hpp"
#include "harness/admin/report_json.hpp"

namespace millrace::admin {
namespace {

constexpr std::string_view kFaults = "/_millrace/faults";

http::Response report(const FaultPlan& faults) {
  http::Response response;
  append_faults_json(response.body, faults.report());
  return response;
}

rest::Answer read_faults(const AdminServices& services, rest::Call& /*call*/) { co_return report(services.faults); }

rest::Answer put_faults(const AdminServices& services, rest::Call& call) {
  const auto settings = parse_fault_plan(call.request.body);
  if (settings.has_error()) co_return settings.error();
  services.faults.replace(*settings);
  spdlog::info("a fault plan has rules for {} points", settings->rules.size());
  co_return report(services.faults);
}

rest::Answer remove_faults(const AdminServices& services, rest::Call& /*call*/) {
  services.faults.remove();
  spdlog::info("there is no fault plan any more");
  co_return report(services.faults);
}

}  // namespace

extern const AdminOperation kReadFaults{.name = "ReadFaults", .method = "GET", .path = kFaults, .run = read_faults};
extern const AdminOperation kPutFaults{.name = "PutFaults", .method = "PUT", .path = kFaults, .run = put_faults};
extern const AdminOperation kRemoveFaults{
    .name = "RemoveFaults", .method = "DELETE", .path = kFaults, .run = remove_faults};

}  // namespace millrace::admin
