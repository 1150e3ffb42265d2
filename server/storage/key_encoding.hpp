// Keys as bytes whose memcmp order is DynamoDB's order.
//
// Layout of a row key: 4 bytes of hash over the encoded partition key, the encoded hash attributes, the encoded range
// attributes; index entries add the encoded table key behind, so that entries with equal index keys stay distinct.
// The hash in front spreads a Scan over segments and gives it DynamoDB's "by hash of the partition key" order.
// Every encoded value is free of prefixes: S and B escape 0x00 as 00 FF and end in 00 00; N is a sign and exponent
// followed by its digits. Written down in docs/storage-format.md; changing it changes the database's format.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/model/key_schema.hpp"

namespace millrace::storage {

using EncodedKey = std::string;

/// Appends the encoding of a key value (S, N or B; anything else is a bug of the caller).
void append_encoded(EncodedKey& out, const model::AttributeValue& value);

/// The row key of the item whose key attributes are in `key_attributes` (which may hold others: a whole item works).
/// Precondition: every attribute of `schema` is there with its type; the caller has validated it.
EncodedKey encode_key(const model::KeySchema& schema, const model::Item& key_attributes);

/// The row key of an index entry: index key, then table key.
EncodedKey encode_index_key(const model::KeySchema& index, const model::KeySchema& table, const model::Item& item);

/// What all rows with these hash attributes begin with.
EncodedKey encode_hash_prefix(const model::KeySchema& schema, const model::Item& key_attributes);

/// The hash that leads a row key: FNV-1a over the encoded hash attributes, mixed. Also chooses the shard of a stream.
std::uint32_t partition_hash(std::string_view row_key);

/// The smallest key greater than every key that begins with `prefix`; empty when there is none (all bytes 0xFF).
EncodedKey after_prefix(std::string_view prefix);

/// A half-open range of row keys. An empty `end` means no upper bound.
struct KeyRange {
  EncodedKey begin;  ///< included
  EncodedKey end;    ///< excluded
};

/// Rows of segment `segment` of `total_segments` of a parallel scan: an equal share of the hash space.
KeyRange segment_range(std::uint32_t segment, std::uint32_t total_segments);

}  // namespace millrace::storage
