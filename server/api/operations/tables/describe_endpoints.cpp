// DescribeEndpoints (API reference, 3.3): SDKs with endpoint discovery ask where to send their requests.
#include <array>
#include <string>

#include "server/api/operation.hpp"
#include "server/json/object_writer.hpp"
#include "server/members/member.hpp"

namespace millrace::api {
namespace {

constexpr std::array<members::Member, 0> kDescribeEndpointsMembers{};

struct DescribeEndpointsRequest {};
struct DescribeEndpointsResponse {
  std::string address;
};

Result<DescribeEndpointsRequest> parse_describe_endpoints(const json::Object& /*body*/) {
  return DescribeEndpointsRequest{};
}

Result<DescribeEndpointsResponse> execute_describe_endpoints(OperationContext& context,
                                                             const DescribeEndpointsRequest& /*request*/) {
  return DescribeEndpointsResponse{context.services.options.endpoint};
}

void write_describe_endpoints(std::string& out, const DescribeEndpointsResponse& response) {
  constexpr std::int64_t kCachePeriodInMinutes = 1440;
  json::ObjectWriter writer{out};
  json::append_list(writer.key("Endpoints"), std::initializer_list<std::string_view>{response.address},
                    [&out](std::string_view address) {
                      json::ObjectWriter endpoint{out};
                      endpoint.string("Address", address);
                      endpoint.integer("CachePeriodInMinutes", kCachePeriodInMinutes);
                      endpoint.finish();
                    });
  writer.finish();
}

}  // namespace

extern const Operation kDescribeEndpoints{"DynamoDB_20120810.DescribeEndpoints",
                                          run_operation<parse_describe_endpoints, storage::Access::kRead,
                                                        execute_describe_endpoints, write_describe_endpoints>,
                                          kDescribeEndpointsMembers};

}  // namespace millrace::api
