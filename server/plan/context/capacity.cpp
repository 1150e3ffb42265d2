#include "server/plan/context/capacity.hpp"

#include <algorithm>

namespace millrace::plan {
namespace {

std::size_t blocks(std::size_t bytes, std::size_t block) {
  return std::max<std::size_t>(1, (bytes + block - 1) / block);
}

/// Adds to what is there of `index`; nothing for zero.
template <class Charge>
void add_charge(std::vector<Charge>& charges, decltype(Charge::index) index, double Charge::*amount, double more) {
  if (more == 0) return;
  const auto known = std::ranges::find(charges, index, &Charge::index);
  if (known == charges.end()) {
    charges.push_back({index, more});
  } else {
    (*known).*amount += more;
  }
}

}  // namespace

void ConsumedCapacity::charge(const model::IndexDefinition& index, double units) {
  add_charge(indexes, &index, &IndexUnits::units, units);
}

void ConsumedCapacity::charge(const model::VectorIndexDefinition& index, double bytes) {
  add_charge(vector_indexes, &index, &VectorWriteBytes::bytes, bytes);
}

void ConsumedCapacity::add(const ConsumedCapacity& other) {
  table_units += other.table_units;
  refused_units += other.refused_units;
  for (const auto& entry : other.indexes) charge(*entry.index, entry.units);
  for (const auto& entry : other.vector_indexes) charge(*entry.index, entry.bytes);
}

ConsumedCapacity& capacity_of(std::vector<ConsumedCapacity>& all, const catalog::TablePointer& table) {
  const auto found = std::ranges::find(all, table, &ConsumedCapacity::table);
  if (found != all.end()) return *found;
  auto& added = all.emplace_back();
  added.table = table;
  return added;
}

double read_units(std::size_t bytes, Consistency consistency) {
  constexpr std::size_t kReadBlock = 4096;
  return static_cast<double>(blocks(bytes, kReadBlock)) * (consistency == Consistency::kStrong ? 1.0 : 0.5);
}

double write_units(std::size_t bytes) {
  constexpr std::size_t kWriteBlock = 1024;
  return static_cast<double>(blocks(bytes, kWriteBlock));
}

}  // namespace millrace::plan
