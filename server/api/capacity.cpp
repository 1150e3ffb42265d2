#include "server/api/capacity.hpp"

#include <algorithm>
#include <numeric>

namespace millrace::api {
namespace {

std::size_t blocks(std::size_t bytes, std::size_t block) {
  return std::max<std::size_t>(1, (bytes + block - 1) / block);
}

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

void ConsumedCapacity::charge(const model::IndexDefinition& index, double units) {
  if (units == 0) return;
  const auto known =
      std::find_if(indexes.begin(), indexes.end(), [&](const IndexUnits& entry) { return entry.index == &index; });
  if (known == indexes.end()) {
    indexes.push_back({&index, units});
  } else {
    known->units += units;
  }
}

void ConsumedCapacity::add(const ConsumedCapacity& other) {
  table_units += other.table_units;
  for (const auto& entry : other.indexes) charge(*entry.index, entry.units);
}

double read_units(std::size_t bytes, Consistency consistency) {
  constexpr std::size_t kReadBlock = 4096;
  return static_cast<double>(blocks(bytes, kReadBlock)) * (consistency == Consistency::kStrong ? 1.0 : 0.5);
}

double write_units(std::size_t bytes) {
  constexpr std::size_t kWriteBlock = 1024;
  return static_cast<double>(blocks(bytes, kWriteBlock));
}

void append_consumed_capacity(std::string& out, CapacityDetail detail, const ConsumedCapacity& capacity) {
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

void write_consumed_capacity(json::ObjectWriter& answer, CapacityDetail detail, const ConsumedCapacity& capacity) {
  if (detail == CapacityDetail::kNone) return;
  append_consumed_capacity(answer.key("ConsumedCapacity"), detail, capacity);
}

}  // namespace millrace::api
