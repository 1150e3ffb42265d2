// What must hold between the parts of a table's definition: key schemas against attribute definitions, projections,
// throughput against billing mode. CreateTable's request validation (API reference, 3.1), shared with UpdateTable.
//
// Preconditions: the constraints of members/table_members.hpp hold. All errors are ValidationExceptions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/members/table_members.hpp"
#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

inline constexpr std::size_t kMaxLocalIndexes = 5;
inline constexpr std::size_t kMaxGlobalIndexes = 20;

enum class SchemaOwner : std::uint8_t { kTable, kLocalIndex, kGlobalIndex };

/// The definitions of a request by name, a repeated one once, in the request's order.
std::vector<model::KeyAttribute> definitions_from(std::span<const AttributeDefinitionInput> definitions);

/// Refuses a name that is defined twice.
Result<void> check_no_repeated_definition(std::span<const AttributeDefinitionInput> definitions);

/// A key schema with its types: every key is defined, none twice, hash keys come first.
Result<model::KeySchema> resolve_key_schema(std::span<const KeyElementInput> elements,
                                            const std::vector<model::KeyAttribute>& definitions, SchemaOwner owner);

/// What an index shows. Errors: NonKeyAttributes that are missing, repeated or not allowed.
Result<model::Projection> resolve_projection_of(const ProjectionInput& input);

/// An index without keyspace: key schema, projection and, for a local index, the hash key it shares with the table.
Result<model::IndexDefinition> resolve_index(const IndexInput& index,
                                             const std::vector<model::KeyAttribute>& definitions,
                                             const model::KeySchema& table_key, model::IndexKind kind);

/// "Given value N for ReadCapacityUnits is out of bounds"; with the index's name when it is not empty.
Result<void> check_throughput_bounds(const ThroughputInput& throughput, std::string_view index_name);

/// The error for units on a table whose billing mode is PAY_PER_REQUEST.
ApiError on_demand_with_throughput();

/// The throughput of a global index, or zeros on demand. Errors: it is missing, or given where it may not be.
Result<model::Throughput> resolve_index_throughput(const IndexInput& index, model::BillingMode mode);

/// The ceilings of a new table (empty `index_name`) or index. Errors: the table is provisioned, or a ceiling below 1.
Result<model::OnDemandThroughput> resolve_on_demand_limits(const std::optional<model::OnDemandThroughput>& limits,
                                                           model::BillingMode mode, std::string_view index_name);

/// The error for a ceiling outside its range; `member` is `MaxReadRequestUnits` or `MaxWriteRequestUnits`.
ApiError on_demand_limit_out_of_range(std::string_view member, std::string_view index_name);

/// No more than 100 NonKeyAttributes over all indexes, repeats counted; a vector and an inline filter count as one
/// each.
Result<void> check_projected_attributes(const model::TableDefinition& table);

/// The error for a second index that would be made or deleted while another one is.
ApiError one_online_index();

}  // namespace millrace::api
