// Key conditions as ranges of rows: where a query begins and ends (API reference, 3.9 and 6).
#pragma once

#include "server/expression/key_condition.hpp"
#include "server/model/key_schema.hpp"
#include "server/storage/key_encoding.hpp"
#include "server/storage/storage.hpp"

namespace millrace::plan {

/// The rows of a table or index with this key schema that satisfy `condition`.
storage::KeyRange range_of(const model::KeySchema& schema, const expression::KeyCondition& condition);

/// Leaves of `range` what is read after the row at `position`, which lies within.
void begin_behind(storage::KeyRange& range, storage::EncodedKey position, storage::Direction direction);

}  // namespace millrace::plan
