#include "server/api/tables/index_rules.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "server/model/attribute_name.hpp"

namespace millrace::api {
namespace {

using base::invalid_parameter_values;
using base::validation_error;

model::AttributeType key_type_from(std::string_view text) {
  if (text == "N") return model::AttributeType::kN;
  if (text == "B") return model::AttributeType::kB;
  return model::AttributeType::kS;
}

const model::KeyAttribute* find_definition(const std::vector<model::KeyAttribute>& definitions, std::string_view name) {
  const auto found = std::find_if(definitions.begin(), definitions.end(),
                                  [name](const model::KeyAttribute& known) { return known.name == name; });
  return found == definitions.end() ? nullptr : &*found;
}

ApiError not_defined(std::span<const KeyElementInput> elements, const std::vector<model::KeyAttribute>& definitions) {
  std::vector<std::string_view> keys;
  for (const auto& element : elements) keys.push_back(*element.name);
  std::vector<std::string_view> defined;
  for (const auto& definition : definitions) defined.push_back(definition.name);
  return invalid_parameter_values("Some index key attributes are not defined in AttributeDefinitions. Keys: " +
                                  model::bracketed(keys) + ", AttributeDefinitions: " + model::bracketed(defined));
}

Result<void> check_key_order(std::span<const KeyElementInput> elements, SchemaOwner owner) {
  if (*elements.front().type != "HASH") {
    return validation_error("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  }
  if (owner != SchemaOwner::kGlobalIndex) {
    if (elements.size() > 1 && *elements[1].type != "RANGE") {
      return validation_error("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
    }
    return {};
  }
  const auto is_hash = [](const KeyElementInput& element) { return *element.type == "HASH"; };
  if (!std::is_partitioned(elements.begin(), elements.end(), is_hash)) {
    return invalid_parameter_values("All HASH key attributes must precede RANGE key attributes in the KeySchema");
  }
  constexpr std::ptrdiff_t kMaxOfEachKind = 4;
  const auto hash_keys = std::count_if(elements.begin(), elements.end(), is_hash);
  const auto range_keys = static_cast<std::ptrdiff_t>(elements.size()) - hash_keys;
  if (hash_keys > kMaxOfEachKind || range_keys > kMaxOfEachKind) {
    return invalid_parameter_values(std::string{"The KeySchema exceeds the maximum allowed number of "}
                                        .append(hash_keys > kMaxOfEachKind ? "HASH" : "RANGE")
                                        .append(" key attributes"));
  }
  return {};
}

}  // namespace

std::vector<model::KeyAttribute> definitions_from(std::span<const AttributeDefinitionInput> definitions) {
  std::vector<model::KeyAttribute> known;
  std::set<std::string_view> names;
  for (const auto& definition : definitions) {
    if (!names.insert(*definition.name).second) continue;
    known.push_back({std::string{*definition.name}, key_type_from(*definition.type)});
  }
  return known;
}

Result<void> check_no_repeated_definition(std::span<const AttributeDefinitionInput> definitions) {
  std::set<std::string_view> seen;
  for (const auto& definition : definitions) {
    if (!seen.insert(*definition.name).second) {
      return validation_error(std::string{"Attribute Name is duplicated: "}.append(*definition.name));
    }
  }
  return {};
}

Result<model::KeySchema> resolve_key_schema(std::span<const KeyElementInput> elements,
                                            const std::vector<model::KeyAttribute>& definitions, SchemaOwner owner) {
  if (owner == SchemaOwner::kTable && elements.size() > definitions.size()) {
    return validation_error("Invalid KeySchema: Some index key attribute have no definition");
  }
  model::KeySchema schema;
  for (const auto& element : elements) {
    const auto* definition = find_definition(definitions, *element.name);
    if (definition == nullptr) return not_defined(elements, definitions);
    (*element.type == "HASH" ? schema.hash : schema.range).push_back(*definition);
  }
  std::set<std::string_view> names;
  for (const auto& element : elements) {
    if (!names.insert(*element.name).second) {
      const bool is_many = owner == SchemaOwner::kGlobalIndex && elements.size() > 2;
      return validation_error(is_many
                                  ? "The KeySchema contains multiple key attributes with the same name"
                                  : "Both the Hash Key and the Range Key element in the KeySchema have the same name");
    }
  }
  TRY(check_key_order(elements, owner));
  return schema;
}

Result<model::Projection> resolve_projection_of(const ProjectionInput& input) {
  if (!input.type) return invalid_parameter_values("Unknown ProjectionType: null");
  model::Projection projection;
  projection.type = *model::projection_type_from(*input.type);
  if (projection.type == model::ProjectionType::kInclude) {
    if (!input.non_key_attributes) {
      return invalid_parameter_values("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
    }
    projection.non_key_attributes = *input.non_key_attributes;
    std::set<std::string_view> seen;
    for (const auto& name : projection.non_key_attributes) {
      if (!seen.insert(name).second) {
        return invalid_parameter_values("Duplicate element in NonKeyAttributes: " + name);
      }
    }
  } else if (input.non_key_attributes) {
    return invalid_parameter_values(std::string{"ProjectionType is "}
                                        .append(model::to_text(projection.type))
                                        .append(", but NonKeyAttributes is specified"));
  }
  return projection;
}

Result<model::IndexDefinition> resolve_index(const IndexInput& input,
                                             const std::vector<model::KeyAttribute>& definitions,
                                             const model::KeySchema& table_key, model::IndexKind kind) {
  const bool local = kind == model::IndexKind::kLocal;
  model::IndexDefinition index;
  index.name = *input.name;
  index.kind = kind;
  TRY_ASSIGN(index.key_schema, resolve_key_schema(*input.key_schema, definitions,
                                                  local ? SchemaOwner::kLocalIndex : SchemaOwner::kGlobalIndex));
  if (local) {
    if (index.key_schema.range.empty()) {
      return invalid_parameter_values("Index KeySchema does not have a range key for index: " + index.name);
    }
    const auto& own_hash = index.key_schema.hash.front().name;
    const auto& table_hash = table_key.hash.front().name;
    if (own_hash != table_hash) {
      return invalid_parameter_values(
          "Index KeySchema does not have the same leading hash key as table KeySchema for index: " + index.name +
          ". index hash key: " + own_hash + ", table hash key: " + table_hash);
    }
  }
  TRY_ASSIGN(index.projection, resolve_projection_of(*input.projection));
  return index;
}

Result<void> check_throughput_bounds(const ThroughputInput& throughput, std::string_view index_name) {
  constexpr std::int64_t kMaxUnits = 1'000'000'000'000;
  const auto out_of_bounds = [&](std::int64_t value, std::string_view member) {
    auto text = "Given value " + std::to_string(value) + " for ";
    text.append(member).append(" is out of bounds");
    if (!index_name.empty()) text.append(" for index ").append(index_name);
    return validation_error(std::move(text));
  };
  if (throughput.read.value_or(0) > kMaxUnits) return out_of_bounds(*throughput.read, "ReadCapacityUnits");
  if (throughput.write.value_or(0) > kMaxUnits) return out_of_bounds(*throughput.write, "WriteCapacityUnits");
  return {};
}

ApiError on_demand_with_throughput() {
  return invalid_parameter_values(
      "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
}

Result<model::Throughput> resolve_index_throughput(const IndexInput& index, model::BillingMode mode) {
  const std::string name{*index.name};
  if (mode == model::BillingMode::kPayPerRequest) {
    if (!index.throughput) return model::Throughput{};
    return invalid_parameter_values("ProvisionedThroughput should not be specified for index: " + name +
                                    " when BillingMode is PAY_PER_REQUEST");
  }
  if (!index.throughput) {
    return invalid_parameter_values("ProvisionedThroughput must be specified for index: " + name);
  }
  TRY(check_throughput_bounds(*index.throughput, name));
  return model::Throughput{*index.throughput->read, *index.throughput->write};
}

ApiError on_demand_limit_out_of_range(std::string_view member, std::string_view index_name) {
  const std::string of = index_name.empty() ? "table" : std::string{"index "}.append(index_name);
  return invalid_parameter_values(std::string{"Requested "}.append(member) + " for OnDemandThroughput for " + of +
                                  " is outside of valid range");
}

Result<model::OnDemandThroughput> resolve_on_demand_limits(const std::optional<model::OnDemandThroughput>& limits,
                                                           model::BillingMode mode, std::string_view index_name) {
  if (!limits) return model::OnDemandThroughput{};
  for (const auto& [member, units] : {std::pair{"MaxReadRequestUnits", limits->max_read_request_units},
                                      std::pair{"MaxWriteRequestUnits", limits->max_write_request_units}}) {
    if (!units) continue;
    if (mode == model::BillingMode::kProvisioned) {
      return invalid_parameter_values(
          std::string{member} + " for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED.");
    }
    if (*units < 1) return on_demand_limit_out_of_range(member, index_name);
  }
  return *limits;
}

Result<void> check_projected_attributes(const model::TableDefinition& table) {
  constexpr std::size_t kMaxProjected = 100;
  std::size_t projected = 0;
  for (const auto& index : table.indexes) projected += index.projection.non_key_attributes.size();
  for (const auto& index : table.vector_indexes) {
    const bool has_hash = index.hash() != nullptr;
    projected += index.projection.non_key_attributes.size() + 1 + index.search_schema.size() - (has_hash ? 1 : 0);
  }
  if (projected <= kMaxProjected) return {};
  return invalid_parameter_values("Number of NonKeyAttributes over all indexes exceeds per-table limit of 100");
}

ApiError one_online_index() {
  return {ErrorKind::kLimitExceeded,
          "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"};
}

}  // namespace millrace::api
