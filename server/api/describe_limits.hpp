// DescribeLimits (API reference, 3.3): the default quotas of a new account. SDKs and consoles ask; nothing depends on
// it.
#pragma once

#include <string>

#include "server/api/operation.hpp"
#include "server/json/document.hpp"

namespace millrace::api {

struct DescribeLimitsRequest {};
struct DescribeLimitsResponse {
  std::int64_t account_units{80'000};  ///< read and write alike
  std::int64_t table_units{40'000};
};

Result<DescribeLimitsRequest> parse_describe_limits(const json::Object& body);
Result<DescribeLimitsResponse> execute_describe_limits(OperationContext& context, const DescribeLimitsRequest& request);
void write_describe_limits(std::string& out, const DescribeLimitsResponse& response);

}  // namespace millrace::api
