#include "server/jobs/index_backfill.hpp"

#include <algorithm>
#include <utility>

#include "server/plan/index_entries.hpp"
#include "server/plan/vector_entries.hpp"

namespace millrace::jobs {

StorageResult<void> IndexBackfill::step(const storage::Budget& budget) {
  const auto table = tables_.find_backfilling();
  if (table == nullptr) return {};
  auto definition = table->definition;
  const auto index = std::ranges::find_if(definition.indexes, &model::IndexDefinition::is_backfilling);
  const auto vector_index =
      std::ranges::find_if(definition.vector_indexes, &model::VectorIndexDefinition::is_backfilling);
  auto filled = index != definition.indexes.end()
                    ? plan::backfill_portion(storage_, parser_, table->definition, *index, budget)
                    : plan::backfill_portion(storage_, parser_, table->definition, *vector_index, budget);
  if (filled.has_error()) return filled;
  if (const auto stored = tables_.put(std::move(definition)); stored.has_error()) return stored.error();
  return {};
}

}  // namespace millrace::jobs
