// ImportTable (API reference, 3.18): makes the table at once, CREATING; server/transfers fills it from a bucket.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/api/items/request_fingerprint.hpp"
#include "server/api/tables/new_table.hpp"
#include "server/api/tables/table_encryption.hpp"
#include "server/api/transfers/transfer_answers.hpp"
#include "server/api/transfers/transfer_members.hpp"

namespace millrace::api {
namespace {

constexpr std::array<std::string_view, 3> kImportFormats{"DYNAMODB_JSON", "ION", "CSV"};
constexpr std::string_view kDelimiterPattern = "[,;:|\\t ]";
constexpr std::string_view kHeaderPattern = "[\\x20-\\x21\\x23-\\x2B\\x2D-\\x7E]*";

bool matches_delimiter(std::string_view text) {
  return text.size() == 1 && std::string_view{",;:|\t "}.find(text.front()) != std::string_view::npos;
}
bool matches_header(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != ','; });
}

struct CsvInput {
  OptionalText delimiter;
  std::optional<std::vector<std::string>> header;
};
constexpr of_tables::MemberTable kCsvOptions{
    "CsvOptions",
    of_tables::row(&CsvInput::delimiter,
                   {.name = "Delimiter", .bounds = {1, 1}, .pattern = kDelimiterPattern, .matches = matches_delimiter}),
    of_tables::row(&CsvInput::header, {.name = "HeaderList", .bounds = {1, 255}, .elements = {1, 65536}}),
};
struct FormatOptionsInput {
  std::optional<CsvInput> csv;
};
constexpr of_tables::MemberTable kFormatOptions{
    "InputFormatOptions",
    of_tables::row_of<kCsvOptions>(&FormatOptionsInput::csv, {.name = "Csv"}),
};

constexpr of_tables::MemberTable kTableCreation{
    "TableCreationParameters",
    of_tables::row(&NewTableInput::table_name, {.name = "TableName",
                                                .presence = members::Presence::kRequired,
                                                .bounds = {3, 255},
                                                .pattern = of_tables::kNamePattern,
                                                .check = check_resource_name}),
    of_tables::rows_of<of_tables::kAttributeDefinition>(
        &NewTableInput::definitions, {.name = "AttributeDefinitions", .presence = members::Presence::kRequired}),
    of_tables::rows_of<of_tables::kKeyElement>(
        &NewTableInput::key_schema, {.name = "KeySchema", .presence = members::Presence::kRequired, .bounds = {1, 2}}),
    of_tables::row(&NewTableInput::billing_mode, of_tables::kBillingMode),
    of_tables::row_of<of_tables::kThroughput>(&NewTableInput::throughput, {.name = "ProvisionedThroughput"}),
    of_tables::row_of<of_tables::kOnDemandThroughput>(&NewTableInput::on_demand, {.name = "OnDemandThroughput"}),
    of_tables::row_of<of_tables::kEncryption>(&NewTableInput::encryption, {.name = "SSESpecification"}),
    of_tables::rows_of<of_tables::kGlobalIndex>(&NewTableInput::global_indexes, {.name = "GlobalSecondaryIndexes"}),
    of_tables::rows_of<of_tables::kVectorIndex>(&NewTableInput::vector_indexes, {.name = "VectorIndexes"}),
};

struct ImportMembers {
  OptionalText token;
  std::optional<BucketSourceInput> source;
  OptionalText format;
  std::optional<FormatOptionsInput> options;
  OptionalText compression;
  std::optional<NewTableInput> creation;
};
constexpr of_tables::MemberTable kImportMembers{
    "ImportTableInput",
    of_tables::row(&ImportMembers::token, kClientToken),
    of_tables::row_of<kBucketSource>(&ImportMembers::source,
                                     {.name = "S3BucketSource", .presence = members::Presence::kRequired}),
    of_tables::row(&ImportMembers::format,
                   {.name = "InputFormat", .presence = members::Presence::kRequired, .values = kImportFormats}),
    of_tables::row_of<kFormatOptions>(&ImportMembers::options, {.name = "InputFormatOptions"}),
    of_tables::row(&ImportMembers::compression, kInputCompressionType),
    of_tables::row_of<kTableCreation>(&ImportMembers::creation,
                                      {.name = "TableCreationParameters", .presence = members::Presence::kRequired}),
};

struct ImportInput {
  model::TableDefinition table;
  std::optional<EncryptionInput> encryption;
  transfers::LoadRequest request;  ///< what it decides of it
};

Result<void> check_import_members(const ImportMembers& members) {
  validation::Constraints constraints;
  members::check(constraints, kImportMembers, members);
  if (members.options && members.options->csv && members.options->csv->header) {
    const auto& header = *members.options->csv->header;
    for (std::size_t at = 0; at < header.size(); ++at) {
      constraints.pattern(members::element_path("inputFormatOptions.csv.headerList", at), header[at],
                          matches_header(header[at]), kHeaderPattern);
    }
  }
  return constraints.finish();
}

transfers::CsvFormat csv_format(const ImportMembers& members, const model::TableDefinition& table) {
  transfers::CsvFormat csv;
  if (members.options && members.options->csv) {
    const auto& input = *members.options->csv;
    if (input.delimiter) csv.delimiter = input.delimiter->front();
    if (input.header) csv.header = *input.header;
  }
  for (const auto& attribute : table.attribute_definitions) csv.key_types.emplace(attribute.name, attribute.type);
  return csv;
}

Result<ImportInput> parse_import_table(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read<ImportMembers>(body, kImportMembers));
  TRY(check_import_members(members));
  ImportInput input;
  auto& request = input.request;
  request.format = *transfers::record_format_from(*members.format);
  if (members.options && members.options->csv && request.format != transfers::RecordFormat::kCsv) {
    return base::invalid_parameter_values("InputFormatOptions.Csv can only be specified when InputFormat is CSV");
  }
  TRY_ASSIGN(input.table, resolve_new_table(*members.creation));
  input.table.name = *members.creation->table_name;
  input.encryption = members.creation->encryption;
  if (members.token) request.token = std::string{*members.token};
  request.fingerprint = fingerprint_of(
      body, {"S3BucketSource", "InputFormat", "InputFormatOptions", "InputCompressionType", "TableCreationParameters"});
  request.table_name = input.table.name;
  request.source = bucket_place(members.source->bucket, members.source->owner, members.source->prefix);
  if (members.compression) request.compression = *transfers::compression_from(*members.compression);
  if (request.format == transfers::RecordFormat::kCsv) request.csv = csv_format(members, input.table);
  request.csv_options = text_of_member(body, "InputFormatOptions");
  request.creation = text_of_member(body, "TableCreationParameters");
  return input;
}

Result<transfers::LoadCatalog::Pointer> execute_import_table(OperationContext& context, const ImportInput& input) {
  auto& services = context.services;
  const TimePoint now = services.clock.now();
  auto request = input.request;
  if (request.token) {
    const auto known = services.transfers.loads.find_token(context.caller, *request.token, now);
    if (known && known->request->is_import()) {
      if (known->request->fingerprint == request.fingerprint) return known;
      return ApiError{ErrorKind::kImportConflict,
                      "An import with the same client token and other parameters was requested before"};
    }
  }
  if (context.tables().find(input.table.name)) {
    return ApiError{ErrorKind::kResourceInUse, "Table already exists: " + input.table.name};
  }
  auto table = input.table;
  TRY(make_keyspaces(context, table));
  if (input.encryption) apply_encryption(context, context.caller.account, table, *input.encryption);
  request.table_arn = table.arn;
  request.table_id = table.id;
  request.started = now;
  request.arn = model::transfer_arn(table.arn, "import", now, static_cast<std::uint32_t>(services.random.next()));
  table.imported_by = request.arn;
  TRY(services.tables.put(std::move(table)));
  services.transfers.note_begun(request.arn);
  TRY_ASSIGN(auto entry, services.transfers.loads.begin(std::move(request), {}));
  return entry;
}

}  // namespace

extern const Operation kImportTable{
    "DynamoDB_20120810.ImportTable",
    run_operation<parse_import_table, storage::Access::kWrite, execute_import_table, append_import_answer>,
    kImportMembers.members};

}  // namespace millrace::api
