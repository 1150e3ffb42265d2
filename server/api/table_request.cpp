#include "server/api/table_request.hpp"

#include "server/model/arn.hpp"

namespace millrace::api {
namespace {

constexpr std::int64_t kMaxLong = INT64_MAX;
constexpr std::size_t kMaxAttributeName = 255;
constexpr std::size_t kMinTableName = 3;
constexpr std::size_t kMaxTableName = 255;

std::string member_path(const std::string& list, std::size_t position) {
  return list + "." + std::to_string(position + 1) + ".member";
}

std::string_view or_null(OptionalText text) { return text.value_or("null"); }

std::string printed(const std::vector<KeyElementInput>& schema) {
  std::string text{"["};
  for (const auto& element : schema) {
    if (text.size() > 1) text.append(", ");
    text.append("KeySchemaElement(attributeName=").append(or_null(element.name));
    text.append(", keyType=").append(or_null(element.type)).append(")");
  }
  return text.append("]");
}

std::string printed(const std::vector<std::string>& names) {
  std::string text{"["};
  for (const auto& name : names) {
    if (text.size() > 1) text.append(", ");
    text.append(name);
  }
  return text.append("]");
}

void check_projection(validation::Constraints& constraints, const std::string& path,
                      const ProjectionInput& projection) {
  constraints.one_of(path + ".projectionType", projection.type, {"ALL", "INCLUDE", "KEYS_ONLY"});
  if (!projection.non_key_attributes) return;
  const auto& names = *projection.non_key_attributes;
  const std::string list = path + ".nonKeyAttributes";
  constexpr std::size_t kMaxPerIndex = 20;
  constraints.count(list, names.size(), printed(names), 1, kMaxPerIndex);
  for (std::size_t at = 0; at < names.size(); ++at) {
    constraints.length(member_path(list, at), names[at], 1, kMaxAttributeName);
  }
}

}  // namespace

std::optional<std::vector<AttributeDefinitionInput>> read_attribute_definitions(json::ObjectReader& in) {
  std::vector<AttributeDefinitionInput> definitions;
  const auto count = in.structures("AttributeDefinitions", "AttributeDefinition", [&](json::ObjectReader& element) {
    definitions.push_back({element.string("AttributeName"), element.string("AttributeType")});
  });
  if (!count) return std::nullopt;
  return definitions;
}

std::optional<std::vector<KeyElementInput>> read_key_schema(json::ObjectReader& in) {
  std::vector<KeyElementInput> schema;
  const auto count = in.structures("KeySchema", "KeySchemaElement", [&](json::ObjectReader& element) {
    schema.push_back({element.string("AttributeName"), element.string("KeyType")});
  });
  if (!count) return std::nullopt;
  return schema;
}

std::optional<ThroughputInput> read_throughput(json::ObjectReader& in) {
  auto structure = in.structure("ProvisionedThroughput", "ProvisionedThroughput");
  if (!structure) return std::nullopt;
  const ThroughputInput throughput{structure->integer("ReadCapacityUnits", "Long"),
                                   structure->integer("WriteCapacityUnits", "Long")};
  in.adopt(*structure);
  return throughput;
}

std::optional<model::OnDemandThroughput> read_on_demand_throughput(json::ObjectReader& in) {
  auto structure = in.structure("OnDemandThroughput", "OnDemandThroughput");
  if (!structure) return std::nullopt;
  const model::OnDemandThroughput limits{structure->integer("MaxReadRequestUnits", "Long"),
                                         structure->integer("MaxWriteRequestUnits", "Long")};
  in.adopt(*structure);
  return limits;
}

std::optional<EncryptionInput> read_encryption(json::ObjectReader& in) {
  auto structure = in.structure("SSESpecification", "SSESpecification");
  if (!structure) return std::nullopt;
  const EncryptionInput encryption{structure->boolean("Enabled"), structure->string("SSEType"),
                                   structure->string("KMSMasterKeyId")};
  in.adopt(*structure);
  return encryption;
}

std::optional<StreamInput> read_stream_specification(json::ObjectReader& in) {
  auto structure = in.structure("StreamSpecification", "StreamSpecification");
  if (!structure) return std::nullopt;
  const StreamInput stream{structure->boolean("StreamEnabled"), structure->string("StreamViewType")};
  in.adopt(*structure);
  return stream;
}

IndexInput read_index(json::ObjectReader& in) {
  IndexInput index;
  index.name = in.string("IndexName");
  index.key_schema = read_key_schema(in);
  if (auto structure = in.structure("Projection", "Projection")) {
    index.projection = ProjectionInput{structure->string("ProjectionType"), structure->string_list("NonKeyAttributes")};
    in.adopt(*structure);
  }
  index.throughput = read_throughput(in);
  index.on_demand = read_on_demand_throughput(in);
  return index;
}

void check_attribute_definitions(validation::Constraints& constraints,
                                 const std::vector<AttributeDefinitionInput>& definitions) {
  for (std::size_t at = 0; at < definitions.size(); ++at) {
    const auto path = member_path("attributeDefinitions", at);
    const auto& definition = definitions[at];
    constraints.required(path + ".attributeName", definition.name.has_value());
    constraints.length(path + ".attributeName", definition.name, 1, kMaxAttributeName);
    constraints.required(path + ".attributeType", definition.type.has_value());
    constraints.one_of(path + ".attributeType", definition.type, {"B", "N", "S"});
  }
}

void check_key_schema(validation::Constraints& constraints, const std::string& path,
                      const std::vector<KeyElementInput>& schema, std::size_t maximum) {
  constraints.count(path, schema.size(), printed(schema), 1, maximum);
  for (std::size_t at = 0; at < schema.size(); ++at) {
    const auto element = member_path(path, at);
    constraints.required(element + ".attributeName", schema[at].name.has_value());
    constraints.length(element + ".attributeName", schema[at].name, 1, kMaxAttributeName);
    constraints.required(element + ".keyType", schema[at].type.has_value());
    constraints.one_of(element + ".keyType", schema[at].type, {"HASH", "RANGE"});
  }
}

void check_throughput(validation::Constraints& constraints, const std::string& path,
                      const ThroughputInput& throughput) {
  constraints.required(path + ".writeCapacityUnits", throughput.write.has_value());
  constraints.range(path + ".writeCapacityUnits", throughput.write, 1, kMaxLong);
  constraints.required(path + ".readCapacityUnits", throughput.read.has_value());
  constraints.range(path + ".readCapacityUnits", throughput.read, 1, kMaxLong);
}

void check_stream_specification(validation::Constraints& constraints, const std::optional<StreamInput>& stream) {
  if (!stream) return;
  constraints.required("streamSpecification.streamEnabled", stream->enabled.has_value());
  constraints.one_of("streamSpecification.streamViewType", stream->view,
                     {"NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"});
}

void check_encryption(validation::Constraints& constraints, const std::optional<EncryptionInput>& encryption) {
  if (encryption) constraints.one_of("sSESpecification.sSEType", encryption->type, {"AES256", "KMS"});
}

void check_index(validation::Constraints& constraints, const std::string& path, const IndexInput& index,
                 std::size_t maximum_keys) {
  constraints.required(path + ".indexName", index.name.has_value());
  constraints.resource_name(path + ".indexName", index.name);
  constraints.required(path + ".keySchema", index.key_schema.has_value());
  if (index.key_schema) check_key_schema(constraints, path + ".keySchema", *index.key_schema, maximum_keys);
  constraints.required(path + ".projection", index.projection.has_value());
  if (index.projection) check_projection(constraints, path + ".projection", *index.projection);
  if (index.throughput) check_throughput(constraints, path + ".provisionedThroughput", *index.throughput);
}

Result<model::TableReference> finish_with_table(validation::Constraints& constraints, OptionalText table_name) {
  model::TableReference table{std::string{table_name.value_or("")}};
  if (table.is_foreign_arn()) {
    constexpr std::size_t kMaxArn = 1024;
    constraints.length("tableName", table.text(), 1, kMaxArn);
    TRY(constraints.finish());
    return table;  // the catalog says that it is no table's
  }
  const auto name = table.name();
  constraints.pattern("tableName", name, validation::is_resource_name(name), "[a-zA-Z0-9_.-]+");
  TRY(constraints.finish());
  if (!table_name) {
    return base::validation_error("The parameter 'TableName' is required but was not present in the request");
  }
  if (name.size() < kMinTableName || name.size() > kMaxTableName) {
    return base::validation_error("TableName must be at least 3 characters long and at most 255 characters long");
  }
  return table;
}

}  // namespace millrace::api
