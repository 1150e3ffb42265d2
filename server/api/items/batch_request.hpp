// What batches have in common, and transactions with them: the tables of `RequestItems`, and answers for several items.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/items/consumed_capacity.hpp"
#include "server/api/operation.hpp"
#include "server/json/document.hpp"
#include "server/json/object_writer.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {

/// Whether a key of RequestItems is a table's name or ARN.
bool is_batch_table_name(std::string_view name);

/// Adds a violation for each of the `count` keys that is neither; it echoes the whole of RequestItems as JSON.
void add_bad_table_names(validation::Constraints& constraints, const json::Object& body, std::size_t count,
                         const std::function<std::string_view(std::size_t)>& name_at);

/// Refuses a request that names one table twice, by its name and by its ARN. The text is that of AWS's own client.
/// `Tables` is a list of structures with a `model::TableReference table`.
template <class Tables>
Result<void> check_tables_differ(const Tables& tables, const model::Caller& caller) {
  std::set<std::string_view> names;
  for (const auto& entry : tables) {
    if (!entry.table.may_be_of(caller) || names.insert(entry.table.name()).second) continue;
    return base::validation_error("Provided list of table names contains duplicates");
  }
  return {};
}

/// Writes the member `ConsumedCapacity`, a list with one entry per table, unless `detail` is kNone.
void write_batch_capacity(json::ObjectWriter& answer, CapacityDetail detail,
                          const std::vector<plan::ConsumedCapacity>& capacity,
                          CapacityKind kind = CapacityKind::kUnits);

/// The item collections that several writes have touched: ItemCollectionMetrics of their answer.
class TouchedCollections {
 public:
  /// That of an item, or of its key. `table_name` as the request names it.
  void add(std::string_view table_name, const model::KeySchema& schema, const model::Item& item);
  /// Writes the member, unless there are none.
  void write(json::ObjectWriter& answer) const;

 private:
  struct Table {
    std::string name;
    std::vector<std::string> keys_json;  ///< ItemCollectionKey of each
  };
  std::vector<Table> tables_;
};

}  // namespace millrace::api
