// Vector indexes as answers tell of them: VectorIndexDescription and VectorIndexInfo (API reference, Appendix B).
#pragma once

#include <string>

#include "server/api/tables/table_description.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

/// Writes the member `VectorIndexes` of a table, unless it has none.
void write_vector_indexes(json::ObjectWriter& writer, const TableDescription& table);

/// The same of a table that was backed up: definitions alone.
void write_vector_index_infos(json::ObjectWriter& writer, const model::TableDefinition& table);

}  // namespace millrace::api
