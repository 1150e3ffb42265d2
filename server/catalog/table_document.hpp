// The stored form of a table's definition: one JSON document; docs/storage-format.md shows one.
#pragma once

#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::catalog {

/// The kind of the documents; each is named by the ARN of its table.
inline constexpr std::string_view kTableDocuments = "table";

std::string to_document(const model::TableDefinition& table);

/// The inverse. Errors: kCorrupt when `text` is not such a document.
StorageResult<model::TableDefinition> table_from_document(std::string_view text);

}  // namespace millrace::catalog
