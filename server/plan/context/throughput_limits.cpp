#include "server/plan/context/throughput_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

namespace millrace::plan {
namespace {

using Direction = ThroughputLimits::Direction;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr double kBurstSeconds = 300;
constexpr auto kTimeOfPeak = minutes{30};
/// What a new table on demand can take (developer guide, "on-demand initial throughput").
constexpr double kInitialReads = 12'000;
constexpr double kInitialWrites = 4'000;

double seconds_between(TimePoint from, TimePoint to) { return std::chrono::duration<double>(to - from).count(); }

/// Units a second that were asked for.
double provisioned(Direction direction, const model::Throughput& throughput) {
  return static_cast<double>(direction == Direction::kRead ? throughput.read_capacity_units
                                                           : throughput.write_capacity_units);
}

std::optional<double> ceiling(Direction direction, const model::OnDemandThroughput& limits) {
  const auto& most = direction == Direction::kRead ? limits.max_read_request_units : limits.max_write_request_units;
  if (!most) return std::nullopt;
  return static_cast<double>(*most);
}

double initial_peak(Direction direction, const model::Throughput& warm) {
  const double initial = direction == Direction::kRead ? kInitialReads : kInitialWrites;
  return std::max(initial, provisioned(direction, warm)) / 2;
}

/// What stands for the reason `<Table|Index><Read|Write><…>`, and whose it is.
std::string reason_members(std::string_view member, Direction direction, const model::TableDefinition& table,
                           const model::IndexDefinition* index, std::string_view what) {
  std::string resource = table.arn;
  if (index != nullptr) resource.append("/index/").append(index->name);
  return fmt::format(R"("{}":[{{"reason":"{}{}{}","resource":"{}"}}])", member, index == nullptr ? "Table" : "Index",
                     direction == Direction::kRead ? "Read" : "Write", what, resource);
}

ApiError provisioned_exceeded(Direction direction, const model::TableDefinition& table,
                              const model::IndexDefinition* index) {
  constexpr std::string_view kOfTable =
      "The level of configured provisioned throughput for the table was exceeded. Consider increasing your "
      "provisioning level with the UpdateTable API.";
  constexpr std::string_view kOfIndex =
      "The level of configured provisioned throughput for one or more global secondary indexes of the table was "
      "exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with "
      "the UpdateTable API.";
  return {ErrorKind::kProvisionedThroughputExceeded, std::string{index == nullptr ? kOfTable : kOfIndex},
          reason_members("ThrottlingReasons", direction, table, index, "ProvisionedThroughputExceeded")};
}

ApiError on_demand_exceeded(Direction direction, const model::TableDefinition& table,
                            const model::IndexDefinition* index, bool is_ceiling) {
  constexpr std::string_view kCeiling =
      "Throughput exceeds the maximum OnDemandThroughput configured on table or index.";
  constexpr std::string_view kOfTable =
      "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or "
      "index so please try again shortly. If exceptions persist, check if you have a hot key: "
      "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html.";
  constexpr std::string_view kOfIndex =
      "Throughput exceeds the current capacity for one or more global secondary indexes. DynamoDB is automatically "
      "scaling your index so please try again shortly.";
  const auto text = is_ceiling ? kCeiling : index == nullptr ? kOfTable : kOfIndex;
  return {ErrorKind::kThrottling, std::string{text},
          reason_members("throttlingReasons", direction, table, index,
                         is_ceiling ? "MaxOnDemandThroughputExceeded" : "KeyRangeThroughputExceeded")};
}

}  // namespace

ThroughputLimits::Bucket& ThroughputLimits::filled(Direction direction, const model::TableDefinition& table,
                                                   const model::IndexDefinition* index, TimePoint now) {
  if (buckets_.size() >= look_at_) {
    std::erase_if(buckets_, [&](const auto& entry) {
      return std::max(entry.second.read.as_of, entry.second.write.as_of) + kTimeOfPeak < now;
    });
    look_at_ = std::max(kManyBuckets, 2 * buckets_.size());  // or each request would look at all of them
  }
  auto& both = buckets_[index == nullptr ? table.keyspace : index->keyspace];
  Bucket& bucket = direction == Direction::kRead ? both.read : both.write;
  const bool on_demand = table.billing_mode == model::BillingMode::kPayPerRequest;
  const auto& limits = index == nullptr ? table.on_demand_limits : index->on_demand_limits;
  const auto& throughput = index == nullptr ? table.throughput : index->throughput;
  if (on_demand) {
    if (bucket.peak == 0) {
      bucket.peak = initial_peak(direction, index == nullptr ? table.warm_throughput : index->warm_throughput);
      bucket.recent_since = now;
    }
    if (now - bucket.recent_since >= kTimeOfPeak) {
      bucket.peak = std::max(bucket.peak, bucket.recent);
      bucket.recent = 0;
      bucket.recent_since = now;
    }
    bucket.rate = 2 * bucket.peak;
    if (const auto most = ceiling(direction, limits)) bucket.rate = std::min(bucket.rate, *most);
  } else {
    bucket.rate = provisioned(direction, throughput);
  }
  // What was not used is kept by provisioned tables. A new one has a second's worth: nothing was saved yet.
  const double most = bucket.rate * (on_demand ? 1 : kBurstSeconds);
  bucket.units = bucket.is_new ? bucket.rate : bucket.units + bucket.rate * seconds_between(bucket.as_of, now);
  bucket.is_new = false;
  bucket.units = std::min(bucket.units, most);
  bucket.as_of = now;
  return bucket;
}

Result<void> ThroughputLimits::admit(Direction direction, const model::TableDefinition& table,
                                     const model::IndexDefinition* index, double pending) {
  if (index != nullptr && index->kind == model::IndexKind::kLocal) index = nullptr;
  const std::lock_guard lock{mutex_};
  const Bucket& bucket = filled(direction, table, index, clock_.now());
  if (bucket.units > pending) return {};
  if (table.billing_mode == model::BillingMode::kProvisioned) return provisioned_exceeded(direction, table, index);
  const auto most = ceiling(direction, index == nullptr ? table.on_demand_limits : index->on_demand_limits);
  return on_demand_exceeded(direction, table, index, most && *most <= 2 * bucket.peak);
}

void ThroughputLimits::take(Direction direction, const model::TableDefinition& table,
                            const model::IndexDefinition* index, double units, TimePoint now) {
  Bucket& bucket = filled(direction, table, index, now);
  bucket.units -= units;
  if (now - bucket.second >= seconds{1}) {
    bucket.second = now;
    bucket.second_units = 0;
  }
  bucket.second_units += units;
  bucket.recent = std::max(bucket.recent, bucket.second_units);
}

void ThroughputLimits::charge(Direction direction, const ConsumedCapacity& consumed) {
  const std::lock_guard lock{mutex_};
  const auto now = clock_.now();
  const auto& table = consumed.table->definition;
  double table_units = consumed.table_units;
  for (const auto& [index, units] : consumed.indexes) {
    if (index->kind == model::IndexKind::kLocal) {
      table_units += units;
    } else {
      take(direction, table, index, units, now);
    }
  }
  if (table_units > 0) take(direction, table, nullptr, table_units, now);
}

}  // namespace millrace::plan
