#include "server/api/transfers/transfer_answers.hpp"

#include "server/api/transfers/transfer_members.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

using json::ObjectWriter;
using transfers::ExportState;
using transfers::LoadState;

void put_if_given(ObjectWriter& writer, std::string_view name, std::string_view text) {
  if (!text.empty()) writer.string(name, text);
}
void put_token(ObjectWriter& writer, const std::optional<std::string>& token) {
  if (token) writer.string("ClientToken", *token);
}
void put_failure(ObjectWriter& writer, const std::optional<transfers::Failure>& failure) {
  if (!failure) return;
  writer.string("FailureCode", failure->code);
  writer.string("FailureMessage", failure->message);
}

void append_bulk_output(std::string& out, const transfers::LoadRequest::BulkPut& bulk) {
  ObjectWriter writer{out};
  put_if_given(writer, "S3BucketOwner", bulk.output.owner);
  put_if_given(writer, "S3Bucket", bulk.output.bucket);
  put_if_given(writer, "S3KeyPrefix", bulk.output.prefix);
  put_if_given(writer, "S3SseAlgorithm", bulk.encryption.algorithm);
  put_if_given(writer, "S3SseKmsKeyId", bulk.encryption.key_id);
  std::vector<std::string> types;
  if (bulk.reports_errors) types.emplace_back("ERROR");
  if (bulk.reports_conditions) types.emplace_back("CONDITION_CHECK_FAILURE");
  json::append_list(writer.key("OutputType"), types,
                    [&out](const std::string& type) { base::append_json_string(out, type); });
  writer.finish();
}

void append_bulk_input(std::string& out, const transfers::LoadRequest& request) {
  ObjectWriter writer{out};
  put_if_given(writer, "S3BucketOwner", request.source.owner);
  writer.string("S3Bucket", request.source.bucket);
  put_if_given(writer, "S3KeyPrefix", request.source.prefix);
  writer.string("InputFormat", to_text(request.format));
  writer.string("InputCompressionType", to_text(request.compression));
  writer.finish();
}

void append_bulk_usage(std::string& out, const transfers::LoadRequest& request, const LoadState& state) {
  out.push_back('[');
  ObjectWriter writer{out};
  writer.string("TableName", request.table_name);
  writer.integer("BulkPutBytes", state.written_bytes);
  ObjectWriter table{writer.key("Table")};
  table.integer("BulkPutBytes", state.written_bytes);
  table.finish();
  writer.finish();
  out.push_back(']');
}

}  // namespace

Result<transfers::ExportCatalog::Pointer> require_export(OperationContext& context, const std::string& arn) {
  if (auto found = context.services.transfers.exports.find(context.caller, arn)) return found;
  return ApiError{ErrorKind::kExportNotFound, "Export not found: " + arn};
}

Result<transfers::LoadCatalog::Pointer> require_import(OperationContext& context, const std::string& arn) {
  auto found = context.services.transfers.loads.find(context.caller, arn);
  if (found && found->request->is_import()) return found;
  return ApiError{ErrorKind::kImportNotFound, "Import not found: " + arn};
}

Result<transfers::LoadCatalog::Pointer> require_bulk_put(OperationContext& context, const std::string& arn) {
  auto found = context.services.transfers.loads.find(context.caller, arn);
  if (found && !found->request->is_import()) return found;
  return ApiError{ErrorKind::kResourceNotFound, "Requested resource not found: Bulk operation: " + arn + " not found"};
}

void append_export_answer(std::string& out, const transfers::ExportCatalog::Pointer& entry) {
  const auto& request = *entry->request;
  const auto& state = entry->state;
  const auto& increment = request.increment;
  ObjectWriter answer{out};
  ObjectWriter writer{answer.key("ExportDescription")};
  writer.string("ExportArn", request.arn);
  writer.string("ExportStatus", to_text(state.status));
  writer.timestamp("StartTime", request.started);
  if (state.ended) writer.timestamp("EndTime", *state.ended);
  if (state.status == ExportState::Status::kCompleted) writer.string("ExportManifest", request.manifest_key());
  writer.string("TableArn", request.table_arn);
  writer.string("TableId", request.table_id);
  if (!increment) writer.timestamp("ExportTime", request.time);
  put_token(writer, request.token);
  writer.string("S3Bucket", request.place.bucket);
  put_if_given(writer, "S3BucketOwner", request.place.owner);
  put_if_given(writer, "S3Prefix", request.place.prefix);
  writer.string("S3SseAlgorithm", request.encryption.algorithm.empty() ? "AES256" : request.encryption.algorithm);
  put_if_given(writer, "S3SseKmsKeyId", request.encryption.key_id);
  put_failure(writer, state.failure);
  writer.string("ExportFormat", request.ion ? "ION" : "DYNAMODB_JSON");
  if (state.status == ExportState::Status::kCompleted) {
    writer.integer("BilledSizeBytes", state.bytes);
    writer.integer("ItemCount", state.items());
  }
  writer.string("ExportType", increment ? "INCREMENTAL_EXPORT" : "FULL_EXPORT");
  if (increment) {
    ObjectWriter member{writer.key("IncrementalExportSpecification")};
    member.timestamp("ExportFromTime", increment->from);
    member.timestamp("ExportToTime", increment->to);
    member.string("ExportViewType", increment->with_old_images ? "NEW_AND_OLD_IMAGES" : "NEW_IMAGE");
    member.finish();
  }
  if (!request.filter.empty()) writer.raw("FilterSpecification", request.filter);
  writer.finish();
  answer.finish();
}

void append_import_answer(std::string& out, const transfers::LoadCatalog::Pointer& entry) {
  const auto& request = *entry->request;
  const auto& state = entry->state;
  ObjectWriter answer{out};
  ObjectWriter writer{answer.key("ImportTableDescription")};
  writer.string("ImportArn", request.arn);
  writer.string("ImportStatus", to_text(state.status));
  writer.string("TableArn", request.table_arn);
  writer.string("TableId", request.table_id);
  put_token(writer, request.token);
  append_bucket_source(writer.key("S3BucketSource"), request.source);
  writer.integer("ErrorCount", state.is_over() ? state.errors : 0);
  writer.string("InputFormat", to_text(request.format));
  if (!request.csv_options.empty()) writer.raw("InputFormatOptions", request.csv_options);
  writer.string("InputCompressionType", to_text(request.compression));
  writer.raw("TableCreationParameters", request.creation);
  writer.timestamp("StartTime", request.started);
  if (state.ended) {
    writer.timestamp("EndTime", *state.ended);
    writer.integer("ProcessedSizeBytes", state.source_bytes);
  }
  writer.integer("ProcessedItemCount", state.is_over() ? state.processed : 0);
  writer.integer("ImportedItemCount", state.is_over() ? state.written : 0);
  put_failure(writer, state.failure);
  writer.finish();
  answer.finish();
}

void append_bulk_put_answer(std::string& out, const transfers::LoadCatalog::Pointer& entry) {
  const auto& request = *entry->request;
  const auto& state = entry->state;
  ObjectWriter answer{out};
  ObjectWriter writer{answer.key("BulkOperationDescription")};
  writer.string("BulkOperationArn", request.arn);
  writer.string("BulkOperationStatus", to_text(state.status));
  std::string& tables = writer.key("TableDetails");
  tables.push_back('[');
  ObjectWriter table{tables};
  table.string("TableName", request.table_name);
  table.string("TableId", request.table_id);
  table.finish();
  tables.push_back(']');
  put_token(writer, request.token);
  append_bulk_input(writer.key("InputS3Configuration"), request);
  append_bulk_output(writer.key("OutputS3Configuration"), *request.bulk);
  writer.timestamp("StartTime", request.started);
  if (state.ended) writer.timestamp("EndTime", *state.ended);
  writer.integer("ProcessedItemCount", state.processed);
  writer.integer("ProcessedInputBytes", state.input_bytes);
  if (state.total_input_bytes) writer.integer("TotalInputBytes", *state.total_input_bytes);
  append_bulk_usage(writer.key("BulkOperationUsage"), request, state);
  writer.integer("FailedItemCount", state.errors);
  put_failure(writer, state.failure);
  if (request.bulk->most_units) writer.integer("MaxWriteRequestUnits", *request.bulk->most_units);
  writer.string("PerformanceTier", request.bulk->accelerated ? "ACCELERATED" : "STANDARD");
  writer.finish();
  answer.finish();
}

}  // namespace millrace::api
