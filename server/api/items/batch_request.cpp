#include "server/api/items/batch_request.hpp"

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
                          const std::vector<plan::ConsumedCapacity>& capacity) {
  if (detail == CapacityDetail::kNone) return;
  std::string& out = answer.key("ConsumedCapacity");
  json::append_list(out, capacity,
                    [&](const plan::ConsumedCapacity& of_table) { append_consumed_capacity(out, detail, of_table); });
}

}  // namespace millrace::api
