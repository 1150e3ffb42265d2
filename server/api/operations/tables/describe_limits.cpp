// DescribeLimits (API reference, 3.3): the default quotas of a new account. SDKs and consoles ask; nothing depends on
// it.
#include <array>
#include <cstdint>

#include "server/api/operation.hpp"
#include "server/json/object_writer.hpp"
#include "server/members/member.hpp"

namespace millrace::api {
namespace {

constexpr std::array<members::Member, 0> kDescribeLimitsMembers{};

struct DescribeLimitsRequest {};
struct DescribeLimitsResponse {
  std::int64_t account_units{80'000};  ///< read and write alike
  std::int64_t table_units{40'000};
};

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

}  // namespace

extern const Operation kDescribeLimits{
    "DynamoDB_20120810.DescribeLimits",
    run_operation<parse_describe_limits, storage::Access::kRead, execute_describe_limits, write_describe_limits>,
    kDescribeLimitsMembers};

}  // namespace millrace::api
