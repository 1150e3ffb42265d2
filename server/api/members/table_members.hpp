// The structures of which requests of operations on tables are made, and their tables (API reference, 2.1 to 2.5). What
// they mean together is checked in index_rules.hpp.
//
// The texts are views into the request's body, which outlives the request.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/members/member_table.hpp"
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
struct WarmThroughputInput {
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
  std::optional<WarmThroughputInput> warm;
};
struct TagInput {
  OptionalText key;
  OptionalText value;
};

// --- Texts -----------------------------------------------------------------------------------------------------------

/// Member::check of a resource's name: 3 to 255 of [a-zA-Z0-9_.-].
void check_resource_name(validation::Constraints& constraints, std::string_view path, std::string_view text);
/// The same of a table that is named, or whose ARN is given.
void check_name_of_table(validation::Constraints& constraints, std::string_view path, std::string_view text);
/// Member::check of what the operation checks by itself.
void check_apart(validation::Constraints& constraints, std::string_view path, std::string_view text);

/// The table that an operation on tables names, once its other constraints are satisfied: adds the pattern violation to
/// `constraints`, ends them, and answers a wrong length with its own text (reference, 2.5).
Result<model::TableReference> finish_with_table(validation::Constraints& constraints, OptionalText table_name);

// --- Tables ----------------------------------------------------------------------------------------------------------

namespace of_tables {

using members::long_row;
using members::Member;
using members::MemberTable;
using members::row;
using members::row_of;
using members::rows_of;
using members::unread_row;
using enum members::Presence;

inline constexpr std::string_view kNamePattern = "[a-zA-Z0-9_.-]+";
inline constexpr members::Bounds kAttributeName{1, 255};

inline constexpr std::array<std::string_view, 3> kAttributeTypes{"B", "N", "S"};
inline constexpr std::array<std::string_view, 2> kKeyTypes{"HASH", "RANGE"};
inline constexpr std::array<std::string_view, 3> kProjectionTypes{"ALL", "INCLUDE", "KEYS_ONLY"};
inline constexpr std::array<std::string_view, 2> kBillingModes{"PROVISIONED", "PAY_PER_REQUEST"};
inline constexpr std::array<std::string_view, 2> kTableClasses{"STANDARD", "STANDARD_INFREQUENT_ACCESS"};
inline constexpr std::array<std::string_view, 4> kStreamViews{"NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES",
                                                              "KEYS_ONLY"};
inline constexpr std::array<std::string_view, 2> kEncryptionTypes{"AES256", "KMS"};

/// `TableName` of an operation on a table that exists: finish_with_table() checks it.
inline constexpr Member kTableName{.name = "TableName",
                                   .presence = kRequiredApart,
                                   .bounds = {1, 1024},
                                   .pattern = kNamePattern,
                                   .check = check_apart};
inline constexpr Member kIndexName{.name = "IndexName",
                                   .presence = kRequired,
                                   .bounds = {3, 255},
                                   .pattern = kNamePattern,
                                   .check = check_resource_name};
inline constexpr Member kBillingMode{.name = "BillingMode", .values = kBillingModes};
inline constexpr Member kTableClass{.name = "TableClass", .values = kTableClasses};

inline constexpr MemberTable kAttributeDefinition{
    "AttributeDefinition",
    row(&AttributeDefinitionInput::name, {.name = "AttributeName", .presence = kRequired, .bounds = kAttributeName}),
    row(&AttributeDefinitionInput::type, {.name = "AttributeType", .presence = kRequired, .values = kAttributeTypes}),
};
inline constexpr MemberTable kKeyElement{
    "KeySchemaElement",
    row(&KeyElementInput::name, {.name = "AttributeName", .presence = kRequired, .bounds = kAttributeName}),
    row(&KeyElementInput::type, {.name = "KeyType", .presence = kRequired, .values = kKeyTypes}),
};
/// One hash and one range key; of a global index up to eight attributes (reference, 6.6).
inline constexpr Member kKeySchema{.name = "KeySchema", .presence = kRequired, .bounds = {1, 2}};
inline constexpr Member kGlobalKeySchema{.name = "KeySchema", .presence = kRequired, .bounds = {1, 8}};

inline constexpr MemberTable kThroughput{
    "ProvisionedThroughput",
    long_row(&ThroughputInput::read,
             {.name = "ReadCapacityUnits", .presence = kRequired, .bounds = {1, INT64_MAX}, .order = 1}),
    long_row(&ThroughputInput::write, {.name = "WriteCapacityUnits", .presence = kRequired, .bounds = {1, INT64_MAX}}),
};
inline constexpr MemberTable kOnDemandThroughput{
    "OnDemandThroughput",
    long_row(&model::OnDemandThroughput::max_read_request_units, {.name = "MaxReadRequestUnits"}),
    long_row(&model::OnDemandThroughput::max_write_request_units, {.name = "MaxWriteRequestUnits"}),
};
inline constexpr MemberTable kWarmThroughput{
    "WarmThroughput",
    long_row(&WarmThroughputInput::read, {.name = "ReadUnitsPerSecond"}),
    long_row(&WarmThroughputInput::write, {.name = "WriteUnitsPerSecond"}),
};
inline constexpr MemberTable kProjection{
    "Projection",
    row(&ProjectionInput::type, {.name = "ProjectionType", .values = kProjectionTypes}),
    row(&ProjectionInput::non_key_attributes,
        {.name = "NonKeyAttributes", .bounds = {1, 20}, .elements = kAttributeName}),
};
inline constexpr MemberTable kStreamSpecification{
    "StreamSpecification",
    row(&StreamInput::enabled, {.name = "StreamEnabled", .presence = kRequired}),
    row(&StreamInput::view, {.name = "StreamViewType", .values = kStreamViews}),
};
inline constexpr MemberTable kEncryption{
    "SSESpecification",
    row(&EncryptionInput::enabled, {.name = "Enabled"}),
    row(&EncryptionInput::type, {.name = "SSEType", .values = kEncryptionTypes}),
    row(&EncryptionInput::key_id, {.name = "KMSMasterKeyId"}),
};
/// Its rules have texts of their own: check_tags().
inline constexpr MemberTable kTag{
    "Tag",
    row(&TagInput::key, {.name = "Key", .presence = kRequiredApart, .bounds = {1, 128}, .check = check_apart}),
    row(&TagInput::value, {.name = "Value", .presence = kRequiredApart, .bounds = {0, 256}, .check = check_apart}),
};

inline constexpr MemberTable kLocalIndex{
    "LocalSecondaryIndex",
    row(&IndexInput::name, kIndexName),
    rows_of<kKeyElement>(&IndexInput::key_schema, kKeySchema),
    row_of<kProjection>(&IndexInput::projection, {.name = "Projection", .presence = kRequired}),
};
inline constexpr MemberTable kGlobalIndex{
    "GlobalSecondaryIndex",
    row(&IndexInput::name, kIndexName),
    rows_of<kKeyElement>(&IndexInput::key_schema, kGlobalKeySchema),
    row_of<kProjection>(&IndexInput::projection, {.name = "Projection", .presence = kRequired}),
    row_of<kThroughput>(&IndexInput::throughput, {.name = "ProvisionedThroughput"}),
    row_of<kOnDemandThroughput>(&IndexInput::on_demand, {.name = "OnDemandThroughput"}),
    row_of<kWarmThroughput>(&IndexInput::warm, {.name = "WarmThroughput"}),
};

/// The request of an operation that names one table and asks for nothing else.
struct NamedTable {
  OptionalText table_name;
};
constexpr auto named_table(std::string_view structure) {
  return MemberTable{structure, row(&NamedTable::table_name, kTableName)};
}
/// The table that the request names. Errors: those of finish_with_table().
template <const auto& kMembers>
Result<model::TableReference> parse_named_table(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read<NamedTable>(body, kMembers));
  validation::Constraints constraints;
  return finish_with_table(constraints, members.table_name);
}

}  // namespace of_tables

}  // namespace millrace::api
