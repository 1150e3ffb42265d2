// DescribeEndpoints (API reference, 3.3): SDKs with endpoint discovery ask where to send their requests.
#pragma once

#include <string>

#include "server/api/operation.hpp"
#include "server/json/document.hpp"

namespace millrace::api {

struct DescribeEndpointsRequest {};
struct DescribeEndpointsResponse {
  std::string address;
};

Result<DescribeEndpointsRequest> parse_describe_endpoints(const json::Object& body);
Result<DescribeEndpointsResponse> execute_describe_endpoints(OperationContext& context,
                                                             const DescribeEndpointsRequest& request);
void write_describe_endpoints(std::string& out, const DescribeEndpointsResponse& response);

}  // namespace millrace::api
