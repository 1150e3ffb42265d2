// What pages of rows are read from: a table or one of its indexes.
#pragma once

#include <optional>
#include <string_view>

#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/model/attribute_value.hpp"
#include "server/model/table_definition.hpp"
#include "server/plan/context/capacity.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::plan {

struct ReadTarget {
  catalog::TablePointer table;
  const model::IndexDefinition* index{nullptr};  ///< null: the table itself

  [[nodiscard]] const model::KeySchema& key_schema() const {
    return index != nullptr ? index->key_schema : table->definition.key_schema;
  }
  [[nodiscard]] model::KeyspaceId keyspace() const {
    return index != nullptr ? index->keyspace : table->definition.keyspace;
  }
  /// Whether rows show the attribute, if the item has it.
  [[nodiscard]] bool shows(std::string_view attribute) const;

  // A position says where a page has ended, and the next begins: the keys of the table and of the index.

  /// The position of an item.
  [[nodiscard]] model::Item position_of(const model::Item& item) const;
  /// Whether `item` has exactly as many attributes as a position.
  [[nodiscard]] bool has_position_size(const model::Item& item) const;
  /// The row key of a position.
  [[nodiscard]] storage::EncodedKey encode_position(const model::Item& position) const;
};

/// The table itself, or its index called `index_name`. Errors: there is none, it is still being filled, or a consistent
/// read of a global index (API reference, 3.9).
Result<ReadTarget> find_target(catalog::TablePointer table, std::optional<std::string_view> index_name,
                               Consistency consistency);

}  // namespace millrace::plan
