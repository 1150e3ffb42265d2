#include "server/api/items/consumed_capacity.hpp"

#include <algorithm>
#include <numeric>

namespace millrace::api {
namespace {

using plan::IndexUnits;

void write_units_of(json::ObjectWriter& writer, std::string_view name, double units) {
  json::ObjectWriter arm{writer.key(name)};
  arm.decimal("CapacityUnits", units);
  arm.finish();
}

void write_index_arms(json::ObjectWriter& writer, std::string_view member, const std::vector<IndexUnits>& charged,
                      model::IndexKind kind) {
  const auto is_of_kind = [kind](const IndexUnits& units) { return units.index->kind == kind; };
  if (std::none_of(charged.begin(), charged.end(), is_of_kind)) return;
  json::ObjectWriter arms{writer.key(member)};
  for (const auto& units : charged) {
    if (is_of_kind(units)) write_units_of(arms, units.index->name, units.units);
  }
  arms.finish();
}

}  // namespace

void append_consumed_capacity(std::string& out, CapacityDetail detail, const plan::ConsumedCapacity& capacity) {
  const double total = std::accumulate(capacity.indexes.begin(), capacity.indexes.end(), capacity.table_units,
                                       [](double sum, const IndexUnits& entry) { return sum + entry.units; });
  json::ObjectWriter writer{out};
  writer.string("TableName", capacity.table->definition.name);
  writer.decimal("CapacityUnits", total);
  if (detail == CapacityDetail::kIndexes) {
    write_units_of(writer, "Table", capacity.table_units);
    write_index_arms(writer, "LocalSecondaryIndexes", capacity.indexes, model::IndexKind::kLocal);
    write_index_arms(writer, "GlobalSecondaryIndexes", capacity.indexes, model::IndexKind::kGlobal);
  }
  writer.finish();
}

void write_consumed_capacity(json::ObjectWriter& answer, CapacityDetail detail,
                             const plan::ConsumedCapacity& capacity) {
  if (detail == CapacityDetail::kNone) return;
  append_consumed_capacity(answer.key("ConsumedCapacity"), detail, capacity);
}

}  // namespace millrace::api
