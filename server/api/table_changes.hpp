// From an UpdateTable request to a new definition: first a plan that is checked against the table and changes nothing,
// then the work in storage. UpdateTable's second half.
#pragma once

#include <optional>
#include <string>

#include "server/api/operation.hpp"
#include "server/api/table_description.hpp"
#include "server/api/update_table.hpp"
#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"

namespace millrace::api {

struct TableChanges {
  /// The table as it will be; a new index has no keyspace yet, the stream is not made or closed yet.
  model::TableDefinition definition;
  std::optional<std::string> created_index;
  std::optional<model::IndexDefinition> deleted_index;
  std::vector<std::string> updated_indexes;
};

/// Errors: whatever the table does not allow (reference, 3.2).
Result<TableChanges> plan_changes(const catalog::TableEntry& table, const UpdateTableRequest& request, TimePoint now);

/// Makes keyspaces and stream, fills a new index (or begins to), stores the definition. Returns the description to
/// answer.
Result<TableDescription> perform_changes(OperationContext& context, const catalog::TableEntry& table,
                                         TableChanges changes, const UpdateTableRequest& request);

}  // namespace millrace::api
