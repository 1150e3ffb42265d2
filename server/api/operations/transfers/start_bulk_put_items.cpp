// StartBulkPutItems (API reference, 3.18): puts the items of a bucket into a table that is there, as PutItem does.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/api/items/request_fingerprint.hpp"
#include "server/api/transfers/transfer_answers.hpp"
#include "server/api/transfers/transfer_members.hpp"

namespace millrace::api {
namespace {

constexpr std::array<std::string_view, 2> kBulkFormats{"DYNAMODB_JSON", "ION"};
constexpr std::array<std::string_view, 2> kPerformanceTiers{"STANDARD", "ACCELERATED"};
constexpr std::array<std::string_view, 2> kOutputTypes{"ERROR", "CONDITION_CHECK_FAILURE"};
constexpr std::int64_t kFewestUnits = 1024;

struct BulkSourceInput {
  OptionalText owner;
  OptionalText bucket;
  OptionalText prefix;
  OptionalText format;
  OptionalText compression;
};
constexpr of_tables::MemberTable kBulkSource{
    "InputS3Configuration",
    of_tables::row(&BulkSourceInput::owner, kS3BucketOwner),
    of_tables::row(&BulkSourceInput::bucket, kS3Bucket),
    of_tables::row(&BulkSourceInput::prefix, {.name = "S3KeyPrefix", .bounds = {0, 1024}}),
    of_tables::row(&BulkSourceInput::format,
                   {.name = "InputFormat", .presence = members::Presence::kRequired, .values = kBulkFormats}),
    of_tables::row(&BulkSourceInput::compression, kInputCompressionType),
};

struct BulkOutputInput {
  OptionalText owner;
  OptionalText bucket;
  OptionalText prefix;
  OptionalText algorithm;
  OptionalText key_id;
  std::optional<std::vector<std::string>> types;
};
constexpr members::Member optional_member(members::Member member) {
  member.presence = members::Presence::kOptional;
  return member;
}
constexpr of_tables::MemberTable kBulkOutput{
    "OutputS3Configuration",
    of_tables::row(&BulkOutputInput::owner, kS3BucketOwner),
    of_tables::row(&BulkOutputInput::bucket, optional_member(kS3Bucket)),
    of_tables::row(&BulkOutputInput::prefix, {.name = "S3KeyPrefix", .bounds = {0, 1024}}),
    of_tables::row(&BulkOutputInput::algorithm, kS3SseAlgorithm),
    of_tables::row(&BulkOutputInput::key_id, kS3SseKmsKeyId),
    of_tables::row(&BulkOutputInput::types, {.name = "OutputType", .presence = members::Presence::kRequired}),
};

struct BulkPutMembers {
  OptionalText token;
  std::optional<BulkSourceInput> source;
  std::optional<BulkOutputInput> output;
  OptionalText table;
  std::optional<std::int64_t> most_units;
  OptionalText tier;
};
constexpr of_tables::MemberTable kBulkPutMembers{
    "StartBulkPutItemsInput",
    of_tables::row(&BulkPutMembers::token, kClientToken),
    of_tables::row_of<kBulkSource>(&BulkPutMembers::source,
                                   {.name = "InputS3Configuration", .presence = members::Presence::kRequired}),
    of_tables::row_of<kBulkOutput>(&BulkPutMembers::output,
                                   {.name = "OutputS3Configuration", .presence = members::Presence::kRequired}),
    of_tables::row(&BulkPutMembers::table,
                   {.name = "TableName", .presence = members::Presence::kRequired, .bounds = {1, 1024}}),
    of_tables::long_row(&BulkPutMembers::most_units,
                        {.name = "MaxWriteRequestUnits", .bounds = {kFewestUnits, INT64_MAX}}),
    of_tables::row(&BulkPutMembers::tier, {.name = "PerformanceTier", .values = kPerformanceTiers}),
};

struct BulkPutInput {
  model::TableReference table;
  transfers::LoadRequest request;  ///< what it decides of it
};

Result<void> check_bulk_put_members(const BulkPutMembers& members) {
  validation::Constraints constraints;
  members::check(constraints, kBulkPutMembers, members);
  if (members.output && members.output->types) {
    const auto& types = *members.output->types;
    for (std::size_t at = 0; at < types.size(); ++at) {
      constraints.one_of(members::element_path("outputS3Configuration.outputType", at), types[at], kOutputTypes);
    }
  }
  TRY(constraints.finish());
  const auto& output = *members.output;
  if (output.types->empty()) return base::invalid_parameter_values("OutputType must have at least one value");
  if (!output.bucket) return base::invalid_parameter_values("OutputS3Configuration must have an S3Bucket");
  if (output.key_id && output.algorithm != "KMS") {
    return base::invalid_parameter_values("S3SseKmsKeyId can only be specified when S3SseAlgorithm is KMS");
  }
  return {};
}

Result<BulkPutInput> parse_start_bulk_put_items(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read<BulkPutMembers>(body, kBulkPutMembers));
  TRY(check_bulk_put_members(members));
  BulkPutInput input{.table = model::TableReference{std::string{*members.table}}, .request = {}};
  auto& request = input.request;
  if (members.token) request.token = std::string{*members.token};
  request.fingerprint = fingerprint_of(
      body, {"InputS3Configuration", "OutputS3Configuration", "TableName", "MaxWriteRequestUnits", "PerformanceTier"});
  const auto& source = *members.source;
  request.source = bucket_place(source.bucket, source.owner, source.prefix);
  request.format = *transfers::record_format_from(*source.format);
  if (source.compression) request.compression = *transfers::compression_from(*source.compression);
  const auto& output = *members.output;
  const auto asks_for = [&](std::string_view type) {
    return std::ranges::find(*output.types, type) != output.types->end();
  };
  request.bulk = {.output = bucket_place(output.bucket, output.owner, output.prefix),
                  .encryption = bucket_encryption(output.algorithm, output.key_id),
                  .reports_errors = asks_for("ERROR"),
                  .reports_conditions = asks_for("CONDITION_CHECK_FAILURE"),
                  .most_units = members.most_units,
                  .accelerated = members.tier == "ACCELERATED"};
  return input;
}

Result<transfers::LoadCatalog::Pointer> execute_start_bulk_put_items(OperationContext& context,
                                                                     const BulkPutInput& input) {
  auto& services = context.services;
  const TimePoint now = services.clock.now();
  auto request = input.request;
  if (request.token) {
    const auto known = services.transfers.loads.find_token(context.caller, *request.token, now);
    if (known && !known->request->is_import()) {
      if (known->request->fingerprint == request.fingerprint) return known;
      return ApiError{ErrorKind::kIdempotentParameterMismatch,
                      "A bulk operation with the same client token and other parameters was requested before"};
    }
  }
  TRY_ASSIGN(const auto table, context.tables().require_settled(input.table));
  const auto& definition = table->definition;
  if (definition.has_backfilling_index()) {
    return ApiError{ErrorKind::kResourceInUse,
                    "Attempt to change a resource which is still in use: Table is being updated: " + definition.name};
  }
  if (definition.replication) {
    return base::validation_error("Items cannot be put in bulk into a replica of a global table: " + definition.name);
  }
  request.table_name = definition.name;
  request.table_arn = definition.arn;
  request.table_id = definition.id;
  request.started = now;
  request.arn =
      model::transfer_arn(definition.arn, "bulk-operation", now, static_cast<std::uint32_t>(services.random.next()));
  services.transfers.note_begun(request.arn);
  TRY_ASSIGN(auto entry, services.transfers.loads.begin(std::move(request), {}));
  return entry;
}

}  // namespace

extern const Operation kStartBulkPutItems{"DynamoDB_20120810.StartBulkPutItems",
                                          run_operation<parse_start_bulk_put_items, storage::Access::kWrite,
                                                        execute_start_bulk_put_items, append_bulk_put_answer>,
                                          kBulkPutMembers.members};

}  // namespace millrace::api
