#include "server/api/items/items_read.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "server/catalog/table_catalog.hpp"

namespace millrace::api {
namespace {

using base::validation_error;

constexpr std::string_view kInvalidStart = "The provided starting key is invalid";

bool has_type(const model::KeyAttribute& attribute, const model::Item& item) {
  const auto* value = item.find(attribute.name);
  return value != nullptr && value->type() == attribute.type;
}

bool has_types(const model::KeySchema& schema, const model::Item& item) {
  const auto fits = [&item](const model::KeyAttribute& attribute) { return has_type(attribute, item); };
  return std::all_of(schema.hash.begin(), schema.hash.end(), fits) &&
         std::all_of(schema.range.begin(), schema.range.end(), fits);
}

/// Of a Query: who reads its partition.
void count_partition_read(const OperationContext& context, const ReadRequest& request,
                          const plan::ConsumedCapacity& capacity) {
  if (!plan::Contributors::counts(capacity.table->definition)) return;
  model::Item partition;
  for (const auto& term : request.key_terms) {
    if (term.op == expression::KeyOperator::kEqual && term.values[0]) partition.set(term.attribute, *term.values[0]);
  }
  if (capacity.indexes.empty()) {
    context.count_read(*capacity.table, nullptr, partition, capacity.table_units);
  }
  for (const auto& [index, units] : capacity.indexes) context.count_read(*capacity.table, index, partition, units);
}

}  // namespace

Result<plan::ReadTarget> find_target(ItemsRead read, const PrepareContext& context, const ReadRequest& request) {
  TRY_ASSIGN(auto table, context.tables.require(request.table));
  if (request.index_name && table->definition.find_vector_index(*request.index_name) != nullptr) {
    return validation_error(read == ItemsRead::kQuery ? "Query operation not supported on this index type."
                                                      : "Scan operation not supported on this index type");
  }
  return plan::find_target(std::move(table), request.index_name, request.read.consistency);
}

Result<void> check_start_key(ItemsRead read, const plan::ReadTarget& target, const model::Item& start_key) {
  const auto mismatch = [] {
    return validation_error(std::string{kInvalidStart}.append(": The provided key element does not match the schema"));
  };
  if (!target.has_position_size(start_key)) {
    if (read == ItemsRead::kScan && target.index == nullptr) return mismatch();
    return validation_error(std::string{kInvalidStart});
  }
  if (!has_types(target.table->definition.key_schema, start_key)) return mismatch();
  if (!has_types(target.key_schema(), start_key)) return validation_error(std::string{kInvalidStart});
  return {};
}

StorageResult<plan::CollectedPage> read_items(const plan::ReadContext& context, const plan::PreparedPageRead& prepared,
                                              json::ObjectWriter& answer) {
  if (prepared.read().shows_items) answer.key("Items");
  return plan::read_page(context, prepared, answer.buffer());
}

void finish_items_read(OperationContext& context, const ReadRequest& request, plan::CollectedPage collected,
                       json::ObjectWriter& answer) {
  if (context.lane == Lane::kIo && is_long_work(collected.to_finish.text.size(), plan::looks_of(request.read))) {
    context.wants_aside = true;
    return;
  }
  const auto page = plan::finish_page(context.stored_parser, request.read, std::move(collected), answer.buffer());
  answer.integer("Count", static_cast<std::int64_t>(page.count));
  answer.integer("ScannedCount", static_cast<std::int64_t>(page.scanned_count));
  if (!page.last_evaluated_key.empty()) answer.raw("LastEvaluatedKey", page.last_evaluated_key);
  context.charge_read(page.capacity);
  count_partition_read(context, request, page.capacity);
  write_consumed_capacity(answer, request.capacity_detail, page.capacity);
}

}  // namespace millrace::api
