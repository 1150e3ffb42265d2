#include "server/api/batch_request.hpp"

namespace millrace::api {

bool is_batch_table_name(std::string_view name) {
  constexpr std::size_t kMinName = 3;
  constexpr std::size_t kMaxName = 255;
  if (name.starts_with("arn:")) return true;
  return validation::is_resource_name(name) && name.size() >= kMinName && name.size() <= kMaxName;
}

void add_bad_table_name(validation::Constraints& constraints, const std::string& printed) {
  constraints.violated(
      "Value '" + printed +
      "' at 'requestItems' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length "
      "less than or equal to 255, Member must have length greater than or equal to 3, Member must satisfy regular "
      "expression pattern: [a-zA-Z0-9_.-]+]");
}

void write_batch_capacity(json::ObjectWriter& answer, CapacityDetail detail,
                          const std::vector<ConsumedCapacity>& capacity) {
  if (detail == CapacityDetail::kNone) return;
  std::string& out = answer.key("ConsumedCapacity");
  json::append_list(out, capacity,
                    [&](const ConsumedCapacity& of_table) { append_consumed_capacity(out, detail, of_table); });
}

}  // namespace millrace::api
