#include "server/api/items/batch_request.hpp"

#include <algorithm>

#include "server/api/items/item_write.hpp"

namespace millrace::api {

bool is_batch_table_name(std::string_view name) {
  constexpr std::size_t kMinName = 3;
  constexpr std::size_t kMaxName = 255;
  if (name.starts_with("arn:")) return true;
  return validation::is_resource_name(name) && name.size() >= kMinName && name.size() <= kMaxName;
}

void add_bad_table_names(validation::Constraints& constraints, const json::Object& body, std::size_t count,
                         const std::function<std::string_view(std::size_t)>& name_at) {
  std::string printed;  // the whole request: once is enough
  std::size_t reported = 0;
  for (std::size_t at = 0; at < count && reported < validation::kMaxReported; ++at) {
    if (is_batch_table_name(name_at(at))) continue;
    json::Element tables;
    if (printed.empty() && body.at_key("RequestItems").get(tables) == simdjson::SUCCESS) {
      printed = base::cut_message(simdjson::minify(tables));
    }
    constraints.violated("Value '" + printed +
                         "' at 'requestItems' failed to satisfy constraint: Map keys must satisfy constraint: [Member "
                         "must have length less than or equal to 255, Member must have length greater than or equal to "
                         "3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]");
    ++reported;
  }
}

void write_batch_capacity(json::ObjectWriter& answer, CapacityDetail detail,
                          const std::vector<plan::ConsumedCapacity>& capacity, CapacityKind kind) {
  if (detail == CapacityDetail::kNone) return;
  std::string& out = answer.key("ConsumedCapacity");
  json::append_list(out, capacity, [&](const plan::ConsumedCapacity& of_table) {
    append_consumed_capacity(out, detail, of_table, kind);
  });
}

void TouchedCollections::add(std::string_view table_name, const model::KeySchema& schema, const model::Item& item) {
  auto table = std::ranges::find(tables_, table_name, &Table::name);
  if (table == tables_.end()) table = tables_.insert(table, {std::string{table_name}, {}});
  auto key = collection_key_json(schema, item);
  if (std::ranges::find(table->keys_json, key) == table->keys_json.end()) table->keys_json.push_back(std::move(key));
}

void TouchedCollections::write(json::ObjectWriter& answer) const {
  if (tables_.empty()) return;
  json::ObjectWriter tables{answer.key("ItemCollectionMetrics")};
  for (const auto& table : tables_) {
    std::string& out = tables.key(table.name);
    json::append_list(out, table.keys_json, [&out](const std::string& key) { append_collection_metrics(out, key); });
  }
  tables.finish();
}

}  // namespace millrace::api
