#include "server/api/describe_endpoints.hpp"

#include "server/json/object_writer.hpp"

namespace millrace::api {

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

}  // namespace millrace::api
