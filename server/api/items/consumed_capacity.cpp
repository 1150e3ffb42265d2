#include "server/api/items/consumed_capacity.hpp"

#include <algorithm>
#include <numeric>

namespace millrace::api {
namespace {

using plan::IndexUnits;

void write_units(json::ObjectWriter& writer, double units, CapacityKind kind) {
  if (kind == CapacityKind::kRead) writer.decimal("ReadCapacityUnits", units);
  if (kind == CapacityKind::kWrite) writer.decimal("WriteCapacityUnits", units);
  writer.decimal("CapacityUnits", units);
}

void write_arm(json::ObjectWriter& writer, std::string_view name, double units, CapacityKind kind) {
  json::ObjectWriter arm{writer.key(name)};
  write_units(arm, units, kind);
  arm.finish();
}

void write_index_arms(json::ObjectWriter& writer, std::string_view member, const std::vector<IndexUnits>& charged,
                      model::IndexKind index_kind, CapacityKind kind) {
  const auto is_of_kind = [index_kind](const IndexUnits& units) { return units.index->kind == index_kind; };
  if (std::none_of(charged.begin(), charged.end(), is_of_kind)) return;
  json::ObjectWriter arms{writer.key(member)};
  for (const auto& units : charged) {
    if (is_of_kind(units)) write_arm(arms, units.index->name, units.units, kind);
  }
  arms.finish();
}

void write_vector_arms(json::ObjectWriter& writer, const std::vector<plan::VectorWriteBytes>& charged) {
  if (charged.empty()) return;
  json::ObjectWriter arms{writer.key("VectorIndexes")};
  for (const auto& [index, bytes] : charged) {
    json::ObjectWriter arm{arms.key(index->name)};
    arm.decimal("VectorWriteRequestBytes", bytes);
    arm.finish();
  }
  arms.finish();
}

}  // namespace

void append_consumed_capacity(std::string& out, CapacityDetail detail, const plan::ConsumedCapacity& capacity,
                              CapacityKind kind) {
  const double total =
      std::accumulate(capacity.indexes.begin(), capacity.indexes.end(), capacity.table_units + capacity.refused_units,
                      [](double sum, const IndexUnits& entry) { return sum + entry.units; });
  json::ObjectWriter writer{out};
  writer.string("TableName", capacity.table->definition.name);
  write_units(writer, total, kind);
  if (detail == CapacityDetail::kIndexes) {
    write_arm(writer, "Table", capacity.table_units, kind);
    write_index_arms(writer, "LocalSecondaryIndexes", capacity.indexes, model::IndexKind::kLocal, kind);
    write_index_arms(writer, "GlobalSecondaryIndexes", capacity.indexes, model::IndexKind::kGlobal, kind);
    write_vector_arms(writer, capacity.vector_indexes);
  }
  writer.finish();
}

void write_consumed_capacity(json::ObjectWriter& answer, CapacityDetail detail,
                             const plan::ConsumedCapacity& capacity) {
  if (detail == CapacityDetail::kNone) return;
  append_consumed_capacity(answer.key("ConsumedCapacity"), detail, capacity);
}

}  // namespace millrace::api
