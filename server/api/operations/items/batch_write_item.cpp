// BatchWriteItem (API reference, 3.11). Everything is checked before the first write, and all writes happen, unless
// throughput is limited: what there is none for comes back as UnprocessedItems. A large batch is written in portions,
// between which others come in: it is not atomic on AWS either. A table that is dropped or changed meanwhile is checked
// again.
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/api/items/batch_request.hpp"
#include "server/api/items/consumed_capacity.hpp"
#include "server/api/items/item_write.hpp"
#include "server/api/items/java_text.hpp"
#include "server/api/items/request_members.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/operation.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/json/object_reader.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/arn.hpp"
#include "server/plan/item_keys.hpp"
#include "server/plan/item_write.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {
namespace {

using base::validation_error;
using Kind = plan::ItemWrite::Kind;

constexpr Wording kBatchWording = Wording::kClassic;
constexpr std::size_t kMaxWrites = 25;
constexpr std::size_t kWritesSeen = kMaxWrites + 1;  ///< tables, and writes of each: it is too much, whatever follows

constexpr std::array kMembersOfPut{
    members::Member{.name = "Item", .shape = &of_items::kItem, .presence = of_items::kRequired}};
constexpr std::array kMembersOfDelete{of_items::kKey};
constexpr members::Shape kPutRequest{.kind = members::Kind::kStructure, .name = "PutRequest", .members = kMembersOfPut};
constexpr members::Shape kDeleteRequest{
    .kind = members::Kind::kStructure, .name = "DeleteRequest", .members = kMembersOfDelete};
constexpr std::array kMembersOfWrite{
    members::Member{.name = "PutRequest", .shape = &kPutRequest},
    members::Member{.name = "DeleteRequest", .shape = &kDeleteRequest},
};
constexpr members::Shape kWrite{.kind = members::Kind::kStructure, .name = "WriteRequest", .members = kMembersOfWrite};
constexpr members::Shape kWrites{.kind = members::Kind::kList, .element = &kWrite};
constexpr members::Shape kWriteTables{.kind = members::Kind::kMap, .element = &kWrites};
constexpr std::array kBatchWriteItemMembers{
    members::Member{.name = "RequestItems", .shape = &kWriteTables, .presence = of_items::kRequired, .bounds = {1, 25}},
    of_items::kReturnConsumedCapacity,
    of_items::kReturnItemCollectionMetrics,
};

struct BatchWriteItemRequest {
  struct Table {
    model::TableReference table;
    std::vector<plan::ItemWrite> writes;  ///< puts and deletes
  };
  std::vector<Table> tables;
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  bool wants_collection_metrics{false};
};

/// Writes of a table that were left to the caller.
struct UnprocessedWrites {
  const BatchWriteItemRequest::Table* table;
  std::vector<const plan::ItemWrite*> writes;
};

struct BatchWriteItemResponse {
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  std::vector<plan::ConsumedCapacity> capacity;       ///< one per table
  std::vector<catalog::TablePointer> earlier_tables;  ///< keeps alive what the charges of earlier portions refer to
  TouchedCollections collections;                     ///< of tables with local indexes, when asked for
  std::vector<UnprocessedWrites> unprocessed;         ///< refers to the request
};

/// One WriteRequest as its JSON says it.
struct WriteInput {
  bool has_put{false};
  bool has_delete{false};
  std::optional<json::ItemInput> item;
  std::optional<json::ItemInput> key;
};
struct WritesInput {
  std::string name;
  std::vector<WriteInput> writes;
};

WriteInput read_write(json::ObjectReader& in) {
  WriteInput input;
  if (auto put = in.structure("PutRequest", "PutRequest")) {
    input.has_put = true;
    input.item = put->item("Item", plan::kMaxItemBytes);
    in.adopt(*put);
  }
  if (auto deletion = in.structure("DeleteRequest", "DeleteRequest")) {
    input.has_delete = true;
    input.key = deletion->item("Key");
    in.adopt(*deletion);
  }
  return input;
}

std::string to_java_text(const WriteInput& write) {
  const auto item_or_null = [](const std::optional<json::ItemInput>& input) {
    return input ? api::to_java_text(input->item) : std::string{"null"};
  };
  std::string text{"WriteRequest(putRequest="};
  text.append(write.has_put ? "PutRequest(item=" + item_or_null(write.item) + ", workloadProfileName=null)" : "null");
  text.append(", deleteRequest=");
  text.append(write.has_delete ? "DeleteRequest(key=" + item_or_null(write.key) + ")" : "null");
  return text.append(")");
}

std::string to_java_text(const std::vector<WritesInput>& tables) {
  std::string text{"{"};
  for (const auto& table : tables) {
    if (text.size() > 1) text.append(", ");
    text.append(table.name).append("=[");
    for (const auto& write : table.writes) {
      if (text.back() != '[') text.append(", ");
      text.append(to_java_text(write));
    }
    text.append("]");
  }
  return text.append("}");
}

void check_list_lengths(validation::Constraints& constraints, const std::vector<WritesInput>& tables) {
  const auto has_bad_length = [](const WritesInput& table) {
    return table.writes.empty() || table.writes.size() > kMaxWrites;
  };
  if (std::none_of(tables.begin(), tables.end(), has_bad_length)) return;
  constraints.violated(
      "Value '" + to_java_text(tables) +
      "' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member "
      "must have length less than or equal to 25, Member must have length greater than or equal to 1]");
}

void check_members_present(validation::Constraints& constraints, const std::vector<WritesInput>& tables) {
  for (const auto& table : tables) {
    for (std::size_t at = 0; at < table.writes.size(); ++at) {
      const auto& write = table.writes[at];
      const auto path = [&] { return "requestItems." + table.name + ".member." + std::to_string(at + 1) + ".member."; };
      if (write.has_put && !write.item) constraints.required(path() + "putRequest.item", false);
      if (write.has_delete && !write.key) constraints.required(path() + "deleteRequest.key", false);
    }
  }
}

Result<void> check_constraints(const json::Object& body, const std::optional<std::vector<WritesInput>>& tables,
                               OptionalText capacity, OptionalText metrics) {
  validation::Constraints constraints;
  check_return_consumed_capacity(constraints, capacity);
  constraints.one_of("returnItemCollectionMetrics", metrics, of_items::kCollectionMetrics);
  TRY(constraints.finish());  // a wrong enumeration comes alone (additions, row 4)
  constraints.required("requestItems", tables.has_value());
  if (tables) {
    add_bad_table_names(constraints, body, tables->size(),
                        [&](std::size_t at) { return std::string_view{(*tables)[at].name}; });
    check_list_lengths(constraints, *tables);
    check_members_present(constraints, *tables);
  }
  return constraints.finish();
}

/// Moves a checked element into the request.
Result<plan::ItemWrite> take_write(WriteInput& input) {
  if (input.has_put == input.has_delete) {
    return validation_error(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");
  }
  auto& item = input.has_put ? input.item : input.key;
  TRY(item->check(kBatchWording));
  if (!input.has_put) return plan::ItemWrite::of_key(Kind::kDelete, std::move(item->item));
  auto write = plan::ItemWrite::put(std::move(item->item));
  if (write.item_size() > plan::kMaxItemBytes) {
    return validation_error("Item size has exceeded the maximum allowed size");
  }
  return write;
}

/// The writes of a table whose keys are checked.
struct LocatedTable {
  const BatchWriteItemRequest::Table* request{nullptr};
  catalog::TablePointer table;
  std::vector<storage::EncodedKey> row_keys;  ///< one per write
};

/// As plan::locate(), but a put's key is spoken of as a key, too.
Result<storage::EncodedKey> locate_in_batch(const catalog::TableEntry& table, const plan::ItemWrite& write) {
  const auto& schema = table.definition.key_schema;
  if (write.kind() == Kind::kPut && !plan::has_key_shape(schema, model::key_of(schema, write.item()))) {
    return validation_error("The provided key element does not match the schema");
  }
  return plan::locate(table, write);
}

Result<LocatedTable> locate_all(catalog::TablePointer table, const BatchWriteItemRequest::Table& request) {
  LocatedTable located{&request, std::move(table), {}};
  std::set<std::string_view> seen;
  located.row_keys.reserve(request.writes.size());  // `seen` views them
  for (const auto& write : request.writes) {
    TRY_ASSIGN(auto row_key, locate_in_batch(*located.table, write));
    if (!seen.insert(located.row_keys.emplace_back(std::move(row_key))).second) {
      return validation_error("Provided list of item keys contains duplicates");
    }
  }
  return located;
}

/// Bytes that writing a row costs as much as, however small it is: finding its place in a tree, mostly.
constexpr std::size_t kBytesPerRow = std::size_t{16} << 10U;

/// What has to be written for one item: its row, an entry per index, a stream record.
std::size_t rows_per_write(const catalog::TableEntry& table) {
  return 1 + table.definition.indexes.size() + table.definition.vector_indexes.size() +
         (table.stream != nullptr ? 1 : 0);
}

/// Makes the writes of a request, in portions.
class Writer {
 public:
  Writer(OperationContext& context, const BatchWriteItemRequest& request) : context_{context}, request_{request} {}

  Result<BatchWriteItemResponse> write() {
    TRY(locate_all_tables());
    if (context_.lane == Lane::kIo && is_long()) {
      context_.wants_aside = true;
      return BatchWriteItemResponse{};
    }
    BatchWriteItemResponse response;
    response.capacity_detail = request_.capacity_detail;
    for (std::size_t at = 0; at < request_.tables.size(); ++at) {
      TRY_ASSIGN(auto capacity, write_table(at));
      response.capacity.push_back(std::move(capacity));
      if (request_.wants_collection_metrics && tables_[at].table->has_local_index) {
        add_collections(response.collections, at);
      }
    }
    if (refusal_ && !written_any_) return *std::move(refusal_);
    response.unprocessed = std::move(unprocessed_);
    response.earlier_tables = std::move(earlier_);
    return response;
  }

 private:
  void add_collections(TouchedCollections& collections, std::size_t number) const {
    const auto& [table, writes] = request_.tables[number];
    for (const auto& write : writes) {
      collections.add(table.text(), tables_[number].table->definition.key_schema, write.item());
    }
  }

  Result<void> locate_all_tables() {
    for (auto& table : tables_) earlier_.push_back(std::move(table.table));
    tables_.clear();
    std::vector<catalog::TablePointer> found;
    for (const auto& table : request_.tables) {
      TRY_ASSIGN(found.emplace_back(), context_.tables().require(table.table));
    }
    for (std::size_t at = 0; at < found.size(); ++at) {
      TRY_ASSIGN(auto located, locate_all(found[at], request_.tables[at]));
      tables_.push_back(std::move(located));
    }
    return {};
  }

  /// Few rows take little time, whatever their size; what the rows hold that are replaced is not known yet.
  [[nodiscard]] bool is_long() const {
    constexpr std::size_t kManyRows = 32;
    std::size_t rows = 0;
    for (const auto& table : tables_) rows += table.row_keys.size() * rows_per_write(*table.table);
    return rows > kManyRows;
  }

  Result<plan::ConsumedCapacity> write_table(std::size_t number) {
    plan::ConsumedCapacity capacity;
    for (std::size_t at = 0; at < request_.tables[number].writes.size(); ++at) {
      if (portion_ > kPortionBytes) {
        portion_ = 0;
        TRY(context_.let_others_in());
        TRY(locate_all_tables());
      }
      TRY(write_item(tables_[number], at, capacity));
    }
    capacity.table = tables_[number].table;
    return capacity;
  }

  /// Each write is a plan of its own.
  Result<void> write_item(const LocatedTable& located, std::size_t at, plan::ConsumedCapacity& capacity) {
    const auto& write = located.request->writes[at];
    auto reading = context_.preparing().read;
    reading.ongoing = nullptr;  // it has UnprocessedItems for what cannot be done now, and here it can
    const auto prepared = plan::prepare(reading, located.table, located.row_keys[at], write);
    if (prepared.has_error()) return leave(prepared.error(), *located.request, write);
    TRY_ASSIGN(const auto consumed, plan::apply(context_.applying(), *prepared));
    written_any_ = true;
    capacity.add(consumed);
    const auto& before = prepared->before().row;
    portion_ += (write.item_size() + (before ? before->item_size : 0) + kBytesPerRow) * rows_per_write(*located.table);
    return {};
  }

  /// Leaves to the caller what there is no throughput for. Errors: those that end the batch.
  Result<void> leave(const ApiError& error, const BatchWriteItemRequest::Table& table, const plan::ItemWrite& write) {
    if (error.kind != ErrorKind::kProvisionedThroughputExceeded && error.kind != ErrorKind::kThrottling) return error;
    if (!refusal_) refusal_ = error;
    if (unprocessed_.empty() || unprocessed_.back().table != &table) unprocessed_.push_back({&table, {}});
    unprocessed_.back().writes.push_back(&write);
    return {};
  }

  OperationContext& context_;
  const BatchWriteItemRequest& request_;
  std::vector<UnprocessedWrites> unprocessed_;
  std::optional<ApiError> refusal_;  ///< of the first write for which there was no throughput
  bool written_any_{false};
  std::vector<LocatedTable> tables_;
  std::vector<catalog::TablePointer> earlier_;
  std::size_t portion_{0};  ///< bytes written since others were let in, and what rows cost
};

Result<BatchWriteItemRequest> parse_batch_write_item(const json::Object& body) {
  json::ObjectReader in{body};
  std::vector<WritesInput> read;
  const auto table_called = [&read](std::string_view name) -> WritesInput& {
    if (read.empty() || read.back().name != name) read.push_back({std::string{name}, {}});
    return read.back();
  };
  const auto entries = in.structure_list_map(
      "RequestItems", "WriteRequest",
      [&](std::string_view name, json::ObjectReader& element) {
        table_called(name).writes.push_back(read_write(element));
      },
      [&](std::string_view name, std::size_t /*elements*/) { table_called(name); }, kWritesSeen);
  const auto capacity = in.string("ReturnConsumedCapacity");
  const auto metrics = in.string("ReturnItemCollectionMetrics");
  if (in.failed()) return in.error();
  std::optional<std::vector<WritesInput>> tables;
  if (entries) tables = std::move(read);
  TRY(check_constraints(body, tables, capacity, metrics));
  if (tables->empty()) return validation_error("The requestItems parameter is required for BatchWriteItem");

  std::size_t total = 0;
  for (const auto& table : *tables) total += table.writes.size();
  if (total > kMaxWrites) return validation_error("Too many items requested for the BatchWriteItem call");

  BatchWriteItemRequest request;
  request.capacity_detail = capacity_detail_from(capacity);
  request.wants_collection_metrics = metrics == "SIZE";
  for (auto& table : *tables) {
    auto& writes = request.tables.emplace_back();
    writes.table = model::TableReference{table.name};
    for (auto& input : table.writes) {
      TRY_ASSIGN(auto write, take_write(input));
      write.tells_before = request.capacity_detail != CapacityDetail::kNone;
      writes.writes.push_back(std::move(write));
    }
  }
  return request;
}

Result<BatchWriteItemResponse> execute_batch_write_item(OperationContext& context,
                                                        const BatchWriteItemRequest& request) {
  TRY(check_tables_differ(request.tables, context.caller));
  return Writer{context, request}.write();
}

void append_write(std::string& out, const plan::ItemWrite& write) {
  const bool is_put = write.kind() == Kind::kPut;
  json::ObjectWriter request{out};
  json::ObjectWriter inside{request.key(is_put ? "PutRequest" : "DeleteRequest")};
  json::append_item(inside.key(is_put ? "Item" : "Key"), write.item());
  inside.finish();
  request.finish();
}

void write_batch_write_item(std::string& out, const BatchWriteItemResponse& response) {
  json::ObjectWriter writer{out};
  json::ObjectWriter unprocessed{writer.key("UnprocessedItems")};
  for (const auto& [table, writes] : response.unprocessed) {
    std::string& list = unprocessed.key(table->table.text());
    json::append_list(list, writes, [&list](const plan::ItemWrite* write) { append_write(list, *write); });
  }
  unprocessed.finish();
  response.collections.write(writer);
  write_batch_capacity(writer, response.capacity_detail, response.capacity);
  writer.finish();
}

}  // namespace

extern const Operation kBatchWriteItem{
    "DynamoDB_20120810.BatchWriteItem",
    run_operation<parse_batch_write_item, storage::Access::kWrite, execute_batch_write_item, write_batch_write_item>,
    kBatchWriteItemMembers, FaultPoint::kDynamodbThrottle};

}  // namespace millrace::api
