// The item that every benchmark measures with: about 300 bytes, nested map and list, string and number key. The wire
// benchmark uses the same file, harness/bench/item.json.
#pragma once

#include <string>

#include "server/model/attribute_value.hpp"
#include "server/model/key_schema.hpp"

namespace millrace::bench {

/// Keys in a table, and items that share a partition key (what a Query returns), as in the wire benchmark.
inline constexpr int kKeys = 20'000;
inline constexpr int kKeysPerPartition = 20;

/// The item's wire JSON, compact. Throws std::runtime_error when the file is not there.
const std::string& item_json();

/// The body of a PutItem of that item, as an SDK sends it.
const std::string& put_item_body();

/// The item, with the key of number `index`.
model::Item make_item(int index);

/// `pk` (string) and `sk` (number).
const model::KeySchema& key_schema();

}  // namespace millrace::bench
