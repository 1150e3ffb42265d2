#include "server/api/read_page.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/api/index_rules.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/json/object_writer.hpp"
#include "server/plan/index_entries.hpp"

namespace millrace::api {
namespace {

using base::invalid_parameter_values;
using base::validation_error;

constexpr std::size_t kMaxPageBytes = std::size_t{1} << 20U;
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

/// The top-level attributes that projection and filter look at and the index does not have.
std::vector<std::string_view> unprojected_attributes(const ReadTarget& target, const ReadRequest& request) {
  std::vector<std::string_view> missing;
  const auto collect = [&](const std::vector<std::string_view>& names) {
    for (const auto name : names) {
      if (plan::is_projected(target.table->definition, *target.index, name)) continue;
      if (std::find(missing.begin(), missing.end(), name) == missing.end()) missing.push_back(name);
    }
  };
  if (request.projection) collect(expression::top_level_attributes(*request.projection));
  if (request.filter) collect(expression::top_level_attributes(*request.filter));
  return missing;
}

/// A local index answers for attributes it does not have by reading the table.
bool must_fetch(const ReadTarget& target, const ReadRequest& request) {
  if (target.index == nullptr || target.index->kind != model::IndexKind::kLocal ||
      target.index->projection.type == model::ProjectionType::kAll) {
    return false;
  }
  return request.select == Select::kAllAttributes || !unprojected_attributes(target, request).empty();
}

/// Whether items are filtered or cut before they are shown.
bool is_cut_later(const ReadRequest& request) {
  return request.filter || (request.select != Select::kCount && request.projection);
}

// Most pages are no longer. A text that grows by doubling is copied each time.
constexpr std::size_t kUsualPageBytes = std::size_t{16} << 10U;

void append_item(ReadResponse& response, std::string_view item_json) {
  ++response.count;
  if (!response.shows_items) return;
  if (response.count > 1) response.items_json.push_back(',');
  response.items_json.append(item_json);
}

/// Parts of an item that filter and projection look at, at most.
std::size_t looks_per_item(const ReadRequest& request) {
  std::size_t looks = 0;
  if (request.filter) looks += expression::operators_of(*request.filter);
  if (request.projection) looks += request.projection->ast->paths.size();
  return looks;
}

/// Collects one page. The visitor of storage holds a pointer to it.
class PageBuilder {
 public:
  PageBuilder(OperationContext& context, const ReadRequest& request, const ReadTarget& target)
      : context_{context}, request_{request}, target_{target}, fetches_{must_fetch(target, request)} {
    response_.shows_items = request.select != Select::kCount;
    response_.capacity_detail = request.capacity_detail;
    if (response_.shows_items && !is_cut_later(request)) response_.items_json.reserve(kUsualPageBytes);
    response_.items_json.push_back('[');
  }

  storage::Visit visit(const storage::RowView& row);
  Result<ReadResponse> finish();

 private:
  /// An entry of a local index whose item is read when the visitor is through: it must leave storage alone.
  struct Fetch {
    std::string entry_json;
    std::size_t entry_size{0};
  };

  void take(std::string_view item_json);
  void end_behind(std::string_view row_json);
  Result<void> fetch_items();
  void charge();

  OperationContext& context_;
  const ReadRequest& request_;
  const ReadTarget& target_;
  const bool fetches_;
  std::vector<Fetch> to_fetch_;
  std::size_t evaluated_bytes_{0};
  double fetched_units_{0};
  ReadResponse response_;
};

storage::Visit PageBuilder::visit(const storage::RowView& row) {
  ++response_.scanned_count;
  evaluated_bytes_ += row.item_size;
  if (fetches_) {
    to_fetch_.push_back({std::string{row.item_json}, row.item_size});
  } else {
    take(row.item_json);
  }
  if (response_.scanned_count != request_.limit && evaluated_bytes_ <= kMaxPageBytes) return storage::Visit::kContinue;
  end_behind(row.item_json);
  return storage::Visit::kStop;
}

void PageBuilder::end_behind(std::string_view row_json) {
  const auto last = json::read_stored_item(context_.stored_parser, row_json);
  auto position = model::key_of(target_.table->definition.key_schema, last);
  if (target_.index != nullptr) {
    for (const auto& attribute : model::key_of(target_.index->key_schema, last)) {
      position.set(attribute.name, attribute.value);
    }
  }
  response_.last_evaluated_key = json::to_json(position);
}

void PageBuilder::take(std::string_view item_json) {
  if (is_cut_later(request_)) return response_.unfiltered.add(item_json);
  append_item(response_, item_json);
}

/// The items count as read, too: a page of small entries could otherwise be gigabytes of items.
Result<void> PageBuilder::fetch_items() {
  const auto& definition = target_.table->definition;
  std::size_t fetched_bytes = 0;
  std::size_t entry_bytes = 0;
  for (std::size_t at = 0; at < to_fetch_.size(); ++at) {
    const auto entry = json::read_stored_item(context_.stored_parser, to_fetch_[at].entry_json);
    TRY_ASSIGN(const auto row, context_.services.gate.storage().read_row(
                                   definition.keyspace, storage::encode_key(definition.key_schema, entry)));
    entry_bytes += to_fetch_[at].entry_size;
    if (!row) continue;
    fetched_units_ += plan::read_units(row->item_size, request_.consistency);
    take(row->item_json);
    fetched_bytes += row->item_size;
    if (fetched_bytes <= kMaxPageBytes || at + 1 == to_fetch_.size()) continue;
    response_.scanned_count = at + 1;
    evaluated_bytes_ = entry_bytes;
    end_behind(to_fetch_[at].entry_json);
    break;
  }
  return {};
}

void PageBuilder::charge() {
  auto& capacity = response_.capacity;
  capacity.table = target_.table;
  const double units = plan::read_units(evaluated_bytes_, request_.consistency);
  if (target_.index != nullptr) {
    capacity.table_units = fetched_units_;
    capacity.charge(*target_.index, units);
  } else {
    capacity.table_units = units;
  }
}

Result<ReadResponse> PageBuilder::finish() {
  TRY(fetch_items());
  charge();
  return std::move(response_);
}

}  // namespace

bool ReadTarget::has_position_size(const model::Item& item) const {
  std::vector<std::string_view> names;
  add_key_names(names, table->definition.key_schema);
  if (index != nullptr) add_key_names(names, index->key_schema);
  return item.size() == names.size();
}

storage::EncodedKey ReadTarget::encode_position(const model::Item& position) const {
  const auto& table_key = table->definition.key_schema;
  return index != nullptr ? storage::encode_index_key(index->key_schema, table_key, position)
                          : storage::encode_key(table_key, position);
}

Result<ReadTarget> resolve_target(const catalog::TableCatalog& tables, const ReadRequest& request) {
  ReadTarget target;
  TRY_ASSIGN(target.table, tables.require(request.table));
  if (!request.index_name) return target;
  target.index = target.table->definition.find_index(*request.index_name);
  if (target.index == nullptr) {
    return validation_error(std::string{"The table does not have the specified index: "}.append(*request.index_name));
  }
  if (target.index->is_backfilling()) {
    return validation_error("Cannot read from backfilling global secondary index: " + target.index->name);
  }
  if (target.index->kind == model::IndexKind::kGlobal && request.consistency == plan::Consistency::kStrong) {
    return validation_error("Consistent reads are not supported on global secondary indexes");
  }
  return target;
}

Result<void> check_start_key(ItemsRead read, const ReadTarget& target, const model::Item& start_key) {
  const auto mismatch = [] {
    return validation_error(std::string{kInvalidStart} + ": The provided key element does not match the schema");
  };
  if (!target.has_position_size(start_key)) {
    if (read == ItemsRead::kScan && target.index == nullptr) return mismatch();
    return validation_error(std::string{kInvalidStart});
  }
  if (!has_types(target.table->definition.key_schema, start_key)) return mismatch();
  if (!has_types(target.key_schema(), start_key)) return validation_error(std::string{kInvalidStart});
  return {};
}

Result<void> check_projected(const ReadTarget& target, const ReadRequest& request) {
  if (target.index == nullptr || target.index->kind != model::IndexKind::kGlobal ||
      target.index->projection.type == model::ProjectionType::kAll) {
    return {};
  }
  if (request.select == Select::kAllAttributes) {
    return invalid_parameter_values("Select type ALL_ATTRIBUTES is not supported for global secondary index " +
                                    target.index->name + " because its projection type is not ALL");
  }
  const auto missing = unprojected_attributes(target, request);
  if (missing.empty()) return {};
  return invalid_parameter_values("Global secondary index " + target.index->name + " does not project " +
                                  bracketed(missing));
}

Result<ReadResponse> read_page(OperationContext& context, const ReadRequest& request, const ReadTarget& target,
                               const storage::KeyRange& range) {
  PageBuilder page{context, request, target};
  TRY(context.services.gate.storage().scan_rows(target.keyspace(), range, request.direction,
                                                [&page](const storage::RowView& row) { return page.visit(row); }));
  return page.finish();
}

Result<void> finish_read(OperationContext& context, const ReadRequest& request, ReadResponse& response) {
  const auto& rows = response.unfiltered;
  if (context.lane == Lane::kIo && is_long_work(rows.text.size(), looks_per_item(request))) {
    context.wants_aside = true;
    return {};
  }
  const bool projects = response.shows_items && request.projection;
  std::size_t begin = 0;
  for (const std::size_t end : rows.ends) {
    const auto item_json = std::string_view{rows.text}.substr(begin, end - begin);
    begin = end;
    const auto item = json::read_stored_item(context.stored_parser, item_json);
    if (request.filter && !expression::evaluate(*request.filter, &item)) continue;
    if (!projects) {
      append_item(response, item_json);
      continue;
    }
    append_item(response, {});
    json::append_item(response.items_json, expression::project(*request.projection, item));
  }
  response.items_json.push_back(']');
  return {};
}

void write_read_response(std::string& out, const ReadResponse& response) {
  json::ObjectWriter writer{out};
  writer.integer("Count", static_cast<std::int64_t>(response.count));
  writer.integer("ScannedCount", static_cast<std::int64_t>(response.scanned_count));
  if (response.shows_items) writer.raw("Items", response.items_json);
  if (!response.last_evaluated_key.empty()) writer.raw("LastEvaluatedKey", response.last_evaluated_key);
  write_consumed_capacity(writer, response.capacity_detail, response.capacity);
  writer.finish();
}

}  // namespace millrace::api
