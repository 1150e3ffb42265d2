#include "server/api/tables/throughput_changes.hpp"

namespace millrace::api {

void note_throughput_change(model::TableDefinition& table, const model::Throughput& next, TimePoint now) {
  const auto& current = table.throughput;
  if (next.read_capacity_units > current.read_capacity_units ||
      next.write_capacity_units > current.write_capacity_units) {
    table.last_throughput_increase = now;
  }
  if (next.read_capacity_units < current.read_capacity_units ||
      next.write_capacity_units < current.write_capacity_units) {
    table.last_throughput_decrease = now;
  }
  table.throughput = next;
}

void become_on_demand(model::TableDefinition& table, TimePoint now) {
  if (table.billing_mode == model::BillingMode::kPayPerRequest) return;
  table.billing_mode = model::BillingMode::kPayPerRequest;
  table.last_update_to_pay_per_request = now;
  table.throughput = {};
  for (auto& index : table.indexes) index.throughput = {};
}

}  // namespace millrace::api
