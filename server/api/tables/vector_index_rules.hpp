// What must hold between the parts of a vector index and the rest of its table: CreateTable's request validation,
// shared with UpdateTable and the restores (API reference, 3.13).
//
// Preconditions: the constraints of members/vector_index_members.hpp hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/api/members/vector_index_members.hpp"
#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

inline constexpr std::size_t kMaxVectorIndexes = 5;

/// An index without keyspace. Errors, ValidationExceptions: an attribute of the search schema is not defined, the
/// vector attribute is, more elements than a search schema may have, one of them twice, the projection.
Result<model::VectorIndexDefinition> resolve_vector_index(const VectorIndexInput& input,
                                                          const std::vector<model::KeyAttribute>& definitions);

/// Errors: a table of this billing mode has no vector indexes.
Result<void> check_may_have_vector_indexes(model::BillingMode mode);

/// All indexes over one attribute have as many dimensions. Errors: `index` and one of `known` differ.
Result<void> check_same_dimensions(const std::vector<model::VectorIndexDefinition>& known,
                                   const model::VectorIndexDefinition& index);

/// The error for an attribute that is a vector in an index, and is defined to be something else.
ApiError conflicts_with_vector(const std::string& attribute);

}  // namespace millrace::api
