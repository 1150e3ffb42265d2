// Bound statements -> what server/plan carries out, once the table is known: the conditions on keys say which item is
// written, or which rows are read; the others remain as a condition or as a filter (API reference, 3.14).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "server/base/result.hpp"
#include "server/model/attribute_value.hpp"
#include "server/model/key_schema.hpp"
#include "server/partiql/bound_statement.hpp"
#include "server/plan/item_write.hpp"
#include "server/plan/page_read.hpp"
#include "server/plan/read_target.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::partiql {

/// The write of one item of a table with this key. An UPDATE, and EXISTS, need an item that is there; a DELETE needs
/// none, whatever else its WHERE says. Errors: "Where clause does not contain a mandatory equality on all key
/// attributes".
[[nodiscard]] Result<std::shared_ptr<const plan::ItemWrite>> lower(const BoundWrite& write,
                                                                   const model::KeySchema& schema);

/// Whether an EXISTS asks something of one item beside its key, as it has to.
[[nodiscard]] bool is_item_condition(const BoundWrite& exists, const model::KeySchema& schema);

/// What a SELECT reads of a table or an index. A value of its own.
struct Selection {
  std::vector<storage::KeyRange> ranges;  ///< in the order in which they are read
  plan::PageRead read;                    ///< without a limit and without consistency: those are the request's
  bool is_one_item{false};                ///< of a table, by its whole key
};

/// A whole partition key (equalities, or IN) makes it a query of as many partitions, anything else a scan.
/// Errors: what a key may not be compared with (those of Query); ORDER BY without a partition, or by what is no key; a
/// query of an index that lacks what it filters by. A scan of one filters by what the index has.
[[nodiscard]] Result<Selection> lower(const BoundSelect& select, const plan::ReadTarget& target);

/// The key of the one item that is read; empty unless WHERE is an equality on each attribute of the key, and no more.
[[nodiscard]] std::optional<model::Item> find_item(const BoundSelect& select, const model::KeySchema& schema);

}  // namespace millrace::partiql
