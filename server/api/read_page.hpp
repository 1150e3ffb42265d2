// One page of a Query or Scan: which rows are evaluated, where it ends, what it shows (API reference, 3.9 and 3.10).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/consumed_capacity.hpp"
#include "server/api/operation.hpp"
#include "server/api/read_request.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::api {

/// What a request reads: a table or one of its indexes.
struct ReadTarget {
  catalog::TablePointer table;
  const model::IndexDefinition* index{nullptr};  ///< null: the table itself

  [[nodiscard]] const model::KeySchema& key_schema() const {
    return index != nullptr ? index->key_schema : table->definition.key_schema;
  }
  [[nodiscard]] model::KeyspaceId keyspace() const {
    return index != nullptr ? index->keyspace : table->definition.keyspace;
  }
  /// Whether `item` has exactly the attributes that a LastEvaluatedKey of this target has.
  [[nodiscard]] bool has_position_size(const model::Item& item) const;
  /// The row key of such a position.
  [[nodiscard]] storage::EncodedKey encode_position(const model::Item& position) const;
};

/// Finds table and index. Errors: either does not exist, or a consistent read of a global index.
Result<ReadTarget> resolve_target(const catalog::TableCatalog& tables, const ReadRequest& request);

/// Checks the attributes of ExclusiveStartKey against the target; its place in the range is the caller's to check.
Result<void> check_start_key(ItemsRead read, const ReadTarget& target, const model::Item& start_key);

/// Refuses attributes that a global index does not have: ALL_ATTRIBUTES, or names in projection and filter.
Result<void> check_projected(const ReadTarget& target, const ReadRequest& request);

/// Stored items, one behind the other.
struct RowTexts {
  std::string text;
  std::vector<std::size_t> ends;  ///< behind each of them

  void add(std::string_view item_json) {
    text.append(item_json);
    ends.push_back(text.size());
  }
};

struct ReadResponse {
  bool shows_items{true};          ///< false with Select COUNT
  std::string items_json;          ///< the JSON array; open at its end until finish_read()
  RowTexts unfiltered;             ///< what finish_read() has still to filter or to cut
  std::size_t count{0};            ///< after the filter
  std::size_t scanned_count{0};    ///< before it
  std::string last_evaluated_key;  ///< JSON; empty: the page did not stop early
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  plan::ConsumedCapacity capacity;
};

/// Collects rows of `range`, which already begins behind ExclusiveStartKey. Without filter and projection a row's
/// stored text goes into the answer as it is.
Result<ReadResponse> read_page(OperationContext& context, const ReadRequest& request, const ReadTarget& target,
                               const storage::KeyRange& range);

/// Filters and projects the page, outside the gate: it is the same whoever writes meanwhile, and may cost much.
Result<void> finish_read(OperationContext& context, const ReadRequest& request, ReadResponse& response);

void write_read_response(std::string& out, const ReadResponse& response);

}  // namespace millrace::api
