#include "server/plan/read_target.hpp"

#include <string>
#include <utility>
#include <vector>

#include "server/plan/index_entries.hpp"

namespace millrace::plan {

using base::validation_error;

bool ReadTarget::shows(std::string_view attribute) const {
  return index == nullptr || is_projected(table->definition, *index, attribute);
}

model::Item ReadTarget::position_of(const model::Item& item) const {
  auto position = model::key_of(table->definition.key_schema, item);
  if (index == nullptr) return position;
  for (const auto& attribute : model::key_of(index->key_schema, item)) position.set(attribute.name, attribute.value);
  return position;
}

bool ReadTarget::has_position_size(const model::Item& item) const {
  std::vector<std::string_view> names;
  model::add_key_names(names, table->definition.key_schema);
  if (index != nullptr) model::add_key_names(names, index->key_schema);
  return item.size() == names.size();
}

storage::EncodedKey ReadTarget::encode_position(const model::Item& position) const {
  const auto& table_key = table->definition.key_schema;
  return index != nullptr ? storage::encode_index_key(index->key_schema, table_key, position)
                          : storage::encode_key(table_key, position);
}

Result<ReadTarget> find_target(catalog::TablePointer table, std::optional<std::string_view> index_name,
                               Consistency consistency) {
  ReadTarget target{std::move(table)};
  if (!index_name) return target;
  target.index = target.table->definition.find_index(*index_name);
  if (target.index == nullptr) {
    return validation_error(std::string{"The table does not have the specified index: "}.append(*index_name));
  }
  if (target.table->definition.is_creating(*target.index)) {
    return validation_error("Cannot read from backfilling global secondary index: " + target.index->name);
  }
  if (target.index->kind == model::IndexKind::kGlobal && consistency == Consistency::kStrong) {
    return validation_error("Consistent reads are not supported on global secondary indexes");
  }
  return target;
}

}  // namespace millrace::plan
