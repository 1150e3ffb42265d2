// TableDescription: what CreateTable, DescribeTable, UpdateTable and DeleteTable answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/operation.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/table_definition.hpp"
#include "server/storage/storage.hpp"

namespace millrace::api {

/// What an answer says of one index. A transition that is immediate here is still told as AWS tells it: `CREATING` in
/// the answer that made the index, `ACTIVE` ever after.
struct IndexState {
  model::TableStatus status{model::TableStatus::kActive};
  std::optional<bool> backfilling{};
  storage::KeyspaceStatistics statistics{};
  std::optional<model::Throughput> updating_warm_throughput{};  ///< as the table's
};

/// A table at the moment of an answer.
struct TableDescription {
  model::TableDefinition definition;
  model::TableStatus status{model::TableStatus::kActive};
  storage::KeyspaceStatistics statistics;
  std::vector<IndexState> indexes;  ///< of definition.indexes, one by one
  /// In the answer to a request that asked for another one: what AWS tells while it makes the table ready.
  std::optional<model::Throughput> updating_warm_throughput{};
  /// In the answer to a request that turned encryption with a KMS key off: the key that the table is leaving.
  std::string kms_key_given_up{};
  std::vector<IndexState> vector_indexes{};       ///< of definition.vector_indexes, one by one
  std::vector<catalog::TablePointer> replicas{};  ///< the other ones of its global table
};

/// The error of deleting a table that is protected; AWS words it otherwise for a replica.
ApiError protected_against_deletion(const model::TableDefinition& table);

/// A description with `status`, every index ACTIVE unless it is still being filled, and the live statistics of table
/// and indexes, and the other replicas as they are.
Result<TableDescription> describe(OperationContext& context, const model::TableDefinition& definition,
                                  model::TableStatus status);

/// Appends `[{"AttributeName":…,"KeyType":…},…]`.
void append_key_schema(std::string& out, const model::KeySchema& schema);

/// Appends the Projection of an index.
void append_projection(std::string& out, const model::Projection& projection);
/// Appends ProvisionedThroughput as a request gives it.
void append_throughput_setting(std::string& out, const model::Throughput& throughput);
/// Write the members `OnDemandThroughput` and `SSEDescription`, unless there is nothing to tell. `status` is that of
/// the encryption, ENABLED or UPDATING.
void append_on_demand_limits(json::ObjectWriter& writer, const model::OnDemandThroughput& limits);
void write_encryption(json::ObjectWriter& writer, const std::string& kms_key_arn, std::string_view status = "ENABLED");

enum class WarmThroughput : bool { kOmitted, kShown };

/// Appends the TableDescription object. DescribeTable alone shows a WarmThroughput that nobody asked for.
void append_table_description(std::string& out, const TableDescription& table, WarmThroughput warm);

/// Appends `{"TableDescription":{…}}`.
void append_table_description_answer(std::string& out, const TableDescription& table);

/// Appends the short description of a table that is going away (reference, 3.3).
void append_deleted_table_description(std::string& out, const TableDescription& table);

}  // namespace millrace::api
