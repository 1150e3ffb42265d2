#include "server/api/describe_limits.hpp"

#include "server/json/object_writer.hpp"

namespace millrace::api {

Result<DescribeLimitsRequest> parse_describe_limits(const json::Object& /*body*/) { return DescribeLimitsRequest{}; }

Result<DescribeLimitsResponse> execute_describe_limits(OperationContext& /*context*/,
                                                       const DescribeLimitsRequest& /*request*/) {
  return DescribeLimitsResponse{};
}

void write_describe_limits(std::string& out, const DescribeLimitsResponse& response) {
  json::ObjectWriter writer{out};
  writer.integer("AccountMaxReadCapacityUnits", response.account_units);
  writer.integer("AccountMaxWriteCapacityUnits", response.account_units);
  writer.integer("TableMaxReadCapacityUnits", response.table_units);
  writer.integer("TableMaxWriteCapacityUnits", response.table_units);
  writer.finish();
}

}  // namespace millrace::api
