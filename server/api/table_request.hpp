// The members that CreateTable and UpdateTable share: how they are read from the body, and their constraints (API
// reference, 2.1 to 2.5). What they mean together is checked in index_rules.hpp.
//
// The texts are views into the request's body, which outlives the request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/json/object_reader.hpp"
#include "server/model/table_definition.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {

struct KeyElementInput {
  OptionalText name;
  OptionalText type;
};
struct AttributeDefinitionInput {
  OptionalText name;
  OptionalText type;
};
struct ProjectionInput {
  OptionalText type;
  std::optional<std::vector<std::string>> non_key_attributes;
};
struct ThroughputInput {
  std::optional<std::int64_t> read;
  std::optional<std::int64_t> write;
};
struct EncryptionInput {
  std::optional<bool> enabled;
  OptionalText type;
  OptionalText key_id;
};
struct StreamInput {
  std::optional<bool> enabled;
  OptionalText view;
};
/// A secondary index, local or global; a local one never has a throughput.
struct IndexInput {
  OptionalText name;
  std::optional<std::vector<KeyElementInput>> key_schema;
  std::optional<ProjectionInput> projection;
  std::optional<ThroughputInput> throughput;
  std::optional<model::OnDemandThroughput> on_demand;
};

/// How long a key schema may be: one hash and one range key, or up to eight attributes (reference, 6.6).
inline constexpr std::size_t kMaxTableKeys = 2;
inline constexpr std::size_t kMaxGlobalIndexKeys = 8;

std::optional<std::vector<AttributeDefinitionInput>> read_attribute_definitions(json::ObjectReader& in);
std::optional<std::vector<KeyElementInput>> read_key_schema(json::ObjectReader& in);
std::optional<ThroughputInput> read_throughput(json::ObjectReader& in);
std::optional<model::OnDemandThroughput> read_on_demand_throughput(json::ObjectReader& in);
std::optional<StreamInput> read_stream_specification(json::ObjectReader& in);
std::optional<EncryptionInput> read_encryption(json::ObjectReader& in);
/// One index out of a structure: an element of LocalSecondaryIndexes or GlobalSecondaryIndexes, or a Create action.
IndexInput read_index(json::ObjectReader& in);

void check_attribute_definitions(validation::Constraints& constraints,
                                 const std::vector<AttributeDefinitionInput>& definitions);
void check_key_schema(validation::Constraints& constraints, const std::string& path,
                      const std::vector<KeyElementInput>& schema, std::size_t maximum);
void check_throughput(validation::Constraints& constraints, const std::string& path, const ThroughputInput& throughput);
void check_stream_specification(validation::Constraints& constraints, const std::optional<StreamInput>& stream);
void check_encryption(validation::Constraints& constraints, const std::optional<EncryptionInput>& encryption);
/// `path` is the index itself, such as `globalSecondaryIndexes.1.member`.
void check_index(validation::Constraints& constraints, const std::string& path, const IndexInput& index,
                 std::size_t maximum_keys);

/// The table that an operation on tables names, once its other constraints are satisfied: adds the pattern violation to
/// `constraints`, ends them, and answers a wrong length with its own text (reference, 2.5).
Result<model::TableReference> finish_with_table(validation::Constraints& constraints, OptionalText table_name);

}  // namespace millrace::api
