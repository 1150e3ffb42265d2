// A table that does not exist yet, as CreateTable and ImportTable word it (API reference, 3.1): from the members of a
// request to the definition.
#pragma once

#include <optional>
#include <vector>

#include "server/api/members/table_members.hpp"
#include "server/api/members/vector_index_members.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

/// What a request may say of the table itself. Its texts are views into the body.
struct NewTableInput {
  OptionalText table_name;
  std::optional<std::vector<AttributeDefinitionInput>> definitions;
  std::optional<std::vector<KeyElementInput>> key_schema;
  std::optional<std::vector<IndexInput>> local_indexes;
  std::optional<std::vector<IndexInput>> global_indexes;
  std::optional<std::vector<VectorIndexInput>> vector_indexes;
  OptionalText billing_mode;
  std::optional<ThroughputInput> throughput;
  std::optional<model::OnDemandThroughput> on_demand;
  std::optional<StreamInput> stream;
  std::optional<EncryptionInput> encryption;
  OptionalText table_class;
  std::optional<WarmThroughputInput> warm;
};

/// Everything the members decide together; ids, times, keyspaces, the stream's names and the encryption are not set.
/// Precondition: the constraints of each hold. Errors: AWS's, in AWS's order.
Result<model::TableDefinition> resolve_new_table(const NewTableInput& input);

/// Gives the table its identity, and the keyspaces of its items and indexes. Precondition: table.name is set.
Result<void> make_keyspaces(OperationContext& context, model::TableDefinition& table);

}  // namespace millrace::api
