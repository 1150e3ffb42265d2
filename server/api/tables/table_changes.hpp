// From an UpdateTable request to a new definition: first a plan that is checked against the table and changes nothing,
// then the work in storage. UpdateTable's second half.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/api/global_tables/replica_request.hpp"
#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/tables/table_description.hpp"
#include "server/api/tables/vector_index_changes.hpp"
#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"

namespace millrace::api {

struct UpdateTableRequest {
  struct IndexUpdate {
    enum class Action { kUpdate, kCreate, kDelete };
    Action action{Action::kUpdate};
    IndexInput index;  ///< Update has a name and throughputs, Delete the name alone
  };

  model::TableReference table;
  std::vector<model::KeyAttribute> definitions;  ///< each name once
  std::optional<model::BillingMode> billing_mode;
  std::optional<model::Throughput> throughput;
  std::vector<IndexUpdate> index_updates;
  std::optional<VectorIndexUpdateInput> vector_index_update;
  std::optional<StreamInput> stream;
  std::optional<EncryptionInput> encryption;
  std::optional<model::OnDemandThroughput> on_demand;
  std::optional<WarmThroughputInput> warm;
  std::optional<std::string> table_class;
  std::optional<bool> deletion_protection;
  std::optional<std::string> settings_replication_mode;
  std::optional<bool> disassociation_protection;
  std::optional<ReplicaRequest> replicas;  ///< then it is all there is
};

struct TableChanges {
  /// The table as it will be; a new index has no keyspace yet, the stream is not made or closed yet.
  model::TableDefinition definition;
  std::optional<std::string> created_index;
  std::optional<model::IndexDefinition> deleted_index;
  std::vector<std::string> updated_indexes;
  VectorIndexChange vector_index;
};

/// Errors: whatever the table does not allow (reference, 3.2).
Result<TableChanges> plan_changes(const catalog::TableEntry& table, const UpdateTableRequest& request, TimePoint now);

/// Makes keyspaces and stream, fills a new index (or begins to), stores the definition. Returns the description to
/// answer.
Result<TableDescription> perform_changes(OperationContext& context, const catalog::TableEntry& table,
                                         TableChanges changes, const UpdateTableRequest& request);

}  // namespace millrace::api
