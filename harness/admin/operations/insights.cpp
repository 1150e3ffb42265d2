// GET /_millrace/insights/{TableName}?index=INDEX&limit=N: which keys of a table, or of a global index, consumed most
// capacity units (PKC the partition keys, SKC both keys together) and were throttled most (PKT, SKT), as the rules of
// AWS's contributor insights are called. Counted while they are ENABLED (UpdateContributorInsights). The table may be
// given by its ARN (percent-encoded).
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "harness/admin/admin_operations.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/table_reference.hpp"

namespace millrace::admin {
namespace {

using Rule = plan::Contributors::Rule;

constexpr std::array<std::pair<std::string_view, Rule>, 4> kRules{{{"PKC", Rule::kPartitionKeyConsumed},
                                                                   {"SKC", Rule::kSortKeyConsumed},
                                                                   {"PKT", Rule::kPartitionKeyThrottled},
                                                                   {"SKT", Rule::kSortKeyThrottled}}};

struct InsightsRequest {
  std::string index;
  std::size_t limit{10};
};

Result<InsightsRequest> parse_insights(const rest::Call& call) {
  InsightsRequest request;
  request.index = http::query_parameter(call.request.query, "index").value_or("");
  if (const auto limit = http::query_parameter(call.request.query, "limit")) {
    const char* const end = limit->data() + limit->size();
    const auto read = std::from_chars(limit->data(), end, request.limit);
    if (read.ptr != end || read.ec != std::errc{} || request.limit < 1 ||
        request.limit > plan::Contributors::kMostKeys) {
      return ApiError{ErrorKind::kLambdaInvalidParameterValue,
                      "limit is not a number from 1 to " + std::to_string(plan::Contributors::kMostKeys)};
    }
  }
  return request;
}

Result<catalog::TablePointer> find_table(const AdminServices& services, const rest::Call& call,
                                         const InsightsRequest& request) {
  const auto entry = services.engine.gate().enter(storage::Access::kRead);
  auto table = services.tables.of(call.caller).require_named(model::TableReference{call.path.front()});
  if (table.has_error()) return ApiError{ErrorKind::kLambdaResourceNotFound, table.error().message};
  if (!request.index.empty() && (*table)->definition.find_index(request.index) == nullptr) {
    return ApiError{ErrorKind::kLambdaResourceNotFound,
                    "the table " + (*table)->definition.name + " has no index " + request.index};
  }
  return table;
}

rest::Answer read_insights(const AdminServices& services, rest::Call& call) {
  const auto request = parse_insights(call);
  if (request.has_error()) co_return request.error();
  const auto table = find_table(services, call, *request);
  if (table.has_error()) co_return table.error();
  const auto& definition = (*table)->definition;
  const auto& insights = definition.settings.contributor_insights;
  const auto setting = insights.find(request->index);
  std::string body;
  json::ObjectWriter writer{body};
  writer.string("tableName", definition.name);
  if (!request->index.empty()) writer.string("indexName", request->index);
  writer.boolean("enabled", setting != insights.end() && setting->second.enabled);
  for (const auto& [name, rule] : kRules) {
    std::string& list = writer.key(name);
    json::append_list(list, services.contributors.top(definition, request->index, rule, request->limit),
                      [&list](const plan::Contributors::Key& key) {
                        json::ObjectWriter element{list};
                        element.raw("key", key.json);
                        element.decimal("count", key.count);
                        element.finish();
                      });
  }
  writer.finish();
  co_return rest::json_response(200, std::move(body));
}

}  // namespace

extern const AdminOperation kReadInsights{
    .name = "ReadInsights", .method = "GET", .path = "/_millrace/insights/{TableName}", .run = read_insights};

}  // namespace millrace::admin
