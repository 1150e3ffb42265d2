#include "server/api/tables/warm_throughput.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace millrace::api {
namespace {

constexpr model::Throughput kInitialOnDemand{12000, 4000};

model::Throughput higher(const model::Throughput& left, const model::Throughput& right) {
  return {std::max(left.read_capacity_units, right.read_capacity_units),
          std::max(left.write_capacity_units, right.write_capacity_units)};
}

/// What the billing mode gives.
const model::Throughput& given_by(model::BillingMode mode, const model::Throughput& provisioned) {
  return mode == model::BillingMode::kPayPerRequest ? kInitialOnDemand : provisioned;
}

ApiError lower_than(std::string_view member, std::string_view index_name, std::string_view what) {
  return base::invalid_parameter_values(fmt::format("Requested {} for WarmThroughput for {}{} is lower than {}", member,
                                                    index_name.empty() ? "table" : "index ", index_name, what));
}

}  // namespace

model::Throughput warm_throughput_of(const model::TableDefinition& table) {
  return higher(table.warm_throughput, given_by(table.billing_mode, table.throughput));
}

model::Throughput warm_throughput_of(const model::TableDefinition& table, const model::IndexDefinition& index) {
  return higher(index.warm_throughput, given_by(table.billing_mode, index.throughput));
}

void keep_warm_throughput(model::TableDefinition& table) {
  table.warm_throughput = warm_throughput_of(table);
  for (auto& index : table.indexes) {
    if (index.kind == model::IndexKind::kGlobal) index.warm_throughput = warm_throughput_of(table, index);
  }
}

Result<model::Throughput> resolve_warm_throughput(const std::optional<WarmThroughputInput>& input,
                                                  model::BillingMode mode, const model::Throughput& provisioned,
                                                  std::string_view index_name) {
  if (!input) return model::Throughput{};
  const bool on_demand = mode == model::BillingMode::kPayPerRequest;
  constexpr std::string_view kInitial =
      "initial throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
      "on-demand-capacity-mode.html#on-demand-capacity-mode-initial";
  const auto& least = given_by(mode, provisioned);
  const model::Throughput wanted{input->read.value_or(least.read_capacity_units),
                                 input->write.value_or(least.write_capacity_units)};
  if (wanted.read_capacity_units < least.read_capacity_units) {
    return lower_than("ReadUnitsPerSecond", index_name,
                      on_demand ? kInitial : "ReadCapacityUnits of ProvisionedThroughput");
  }
  if (wanted.write_capacity_units < least.write_capacity_units) {
    return lower_than("WriteUnitsPerSecond", index_name,
                      on_demand ? kInitial : "WriteCapacityUnits of ProvisionedThroughput");
  }
  return wanted;
}

Result<model::Throughput> raise_warm_throughput(const WarmThroughputInput& input, const model::Throughput& current,
                                                std::string_view index_name) {
  constexpr std::string_view kCurrent = "current WarmThroughput, decreasing WarmThroughput is not supported";
  const model::Throughput wanted{input.read.value_or(current.read_capacity_units),
                                 input.write.value_or(current.write_capacity_units)};
  if (wanted.read_capacity_units < current.read_capacity_units) {
    return lower_than("ReadUnitsPerSecond", index_name, kCurrent);
  }
  if (wanted.write_capacity_units < current.write_capacity_units) {
    return lower_than("WriteUnitsPerSecond", index_name, kCurrent);
  }
  return wanted;
}

Result<void> check_warm_throughput_given(const WarmThroughputInput& input, std::string_view index_name) {
  if (input.read || input.write) return {};
  return base::invalid_parameter_values(fmt::format(
      "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for {}{}",
      index_name.empty() ? "table" : "index: ", index_name));
}

}  // namespace millrace::api
