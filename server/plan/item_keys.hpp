// Keys of items as requests give them: checked against the table's schema and encoded (API reference, 3.4 and 4.3).
// All errors are bare ValidationExceptions: the key texts never carry the envelope (2.4).
#pragma once

#include "server/base/result.hpp"
#include "server/model/attribute_value.hpp"
#include "server/model/table_definition.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::plan {

/// The row key of a whole item. Errors name the attribute: missing, of another type, empty, too long.
Result<storage::EncodedKey> encode_item_key(const model::KeySchema& schema, const model::Item& item);

/// The row key of a `Key` member. Errors: "The provided key element does not match the schema" unless it has exactly
/// the schema's attributes with their types; empty and too long values by name.
Result<storage::EncodedKey> encode_request_key(const model::KeySchema& schema, const model::Item& key);

/// True when `key` has exactly the attributes of `schema`, with their types.
bool has_key_shape(const model::KeySchema& schema, const model::Item& key);

/// Every index key attribute that a new item has must be fit to be one, and every attribute of a vector index for it.
/// Errors: those of PutItem.
Result<void> check_index_keys(const model::TableDefinition& table, const model::Item& item);

/// The type of one value that becomes an index key attribute. Errors: that of PutItem, which an update shares when it
/// assigns a literal.
Result<void> check_index_key_type(const model::IndexDefinition& index, const model::KeyAttribute& attribute,
                                  const model::AttributeValue& value);

/// The attributes of indexes that an update has changed. Errors: those of UpdateItem.
Result<void> check_updated_index_keys(const model::TableDefinition& table, const model::Item& before,
                                      const model::Item& after);

/// Whether the item has an entry in the index: every key attribute is there, of its type and within its limits
/// (reference, 6.1).
bool is_indexed(const model::IndexDefinition& index, const model::Item& item);

}  // namespace millrace::plan
