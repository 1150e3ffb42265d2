#include "server/plan/context/context.hpp"

namespace millrace::plan {

Result<void> admit_read_of(const ReadContext& context, const catalog::TableEntry& table,
                           const model::IndexDefinition* index, const model::Item& key, double pending) {
  auto admitted = admit_read(context, table, index, pending);
  if (admitted.has_error() && context.contributors != nullptr && Contributors::counts(table.definition)) {
    context.contributors->throttled(table.definition, index, key);
  }
  return admitted;
}

}  // namespace millrace::plan
