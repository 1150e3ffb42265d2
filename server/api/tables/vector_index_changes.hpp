// What UpdateTable does to vector indexes: one is made or deleted at a time (API reference, 3.13).
#pragma once

#include <optional>
#include <vector>

#include "server/api/members/vector_index_members.hpp"
#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

/// An element of VectorIndexUpdates as its JSON says it.
struct VectorIndexUpdateInput {
  std::optional<VectorIndexInput> create;
  std::optional<VectorIndexInput> erase;  ///< its name alone
};

namespace of_tables {

inline constexpr auto kCreateVectorIndex = vector_index("CreateVectorIndexAction");
inline constexpr MemberTable kDeleteVectorIndex{"DeleteVectorIndexAction", row(&VectorIndexInput::name, kIndexName)};
inline constexpr MemberTable kVectorIndexUpdate{
    "VectorIndexUpdate",
    row_of<kCreateVectorIndex>(&VectorIndexUpdateInput::create, {.name = "Create"}),
    row_of<kDeleteVectorIndex>(&VectorIndexUpdateInput::erase, {.name = "Delete"}),
};

}  // namespace of_tables

/// Each element says one thing, and of different indexes. Errors: the ValidationExceptions for what is not so.
Result<void> check_vector_index_updates(const std::vector<VectorIndexUpdateInput>& updates);

/// What is to become of the vector indexes of a table.
struct VectorIndexChange {
  bool creates{false};  ///< the last one of the table, which has no keyspace yet
  std::optional<model::VectorIndexDefinition> deleted{};
};

/// Changes `table`, which is otherwise as it will be. `definitions` are those of the request. Errors: whatever the
/// table does not allow.
Result<VectorIndexChange> plan_vector_index_update(model::TableDefinition& table, const VectorIndexUpdateInput& update,
                                                   const std::vector<model::KeyAttribute>& definitions);

/// No attribute may be defined that is a vector in an index of the table.
Result<void> check_defines_no_vector(const model::TableDefinition& table,
                                     const std::vector<model::KeyAttribute>& definitions);

}  // namespace millrace::api
