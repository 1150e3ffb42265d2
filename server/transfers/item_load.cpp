#include "server/transfers/item_load.hpp"

#include <array>

#include "server/json/object_writer.hpp"
#include "server/transfers/transfer_document.hpp"

namespace millrace::transfers {
namespace {

constexpr std::array<std::string_view, 6> kLoadStatuses{"IN_PROGRESS", "COMPLETED", "COMPLETED_WITH_ERRORS",
                                                        "CANCELLING",  "CANCELLED", "FAILED"};

model::AttributeType key_type_from(std::string_view text) {
  if (text == "N") return model::AttributeType::kN;
  return text == "B" ? model::AttributeType::kB : model::AttributeType::kS;
}

void put_csv(json::ObjectWriter& writer, const CsvFormat& csv) {
  std::string& out = writer.key("csv");
  json::ObjectWriter member{out};
  member.string("delimiter", std::string(1, csv.delimiter));
  json::append_list(member.key("header"), csv.header,
                    [&out](const std::string& name) { base::append_json_string(out, name); });
  json::ObjectWriter types{member.key("keyTypes")};
  for (const auto& [name, type] : csv.key_types) types.string(name, model::type_name(type));
  types.finish();
  member.finish();
}

CsvFormat csv_from(const nlohmann::json& value) {
  CsvFormat csv;
  csv.delimiter = value.at("delimiter").get<std::string>().at(0);
  csv.header = value.at("header").get<std::vector<std::string>>();
  for (const auto& [name, type] : value.at("keyTypes").items()) {
    csv.key_types.emplace(name, key_type_from(type.get<std::string>()));
  }
  return csv;
}

void put_bulk(json::ObjectWriter& writer, const LoadRequest::BulkPut& bulk) {
  json::ObjectWriter member{writer.key("bulk")};
  put_place(member, "output", bulk.output);
  put_encryption(member, bulk.encryption);
  member.boolean("reportsErrors", bulk.reports_errors);
  member.boolean("reportsConditions", bulk.reports_conditions);
  if (bulk.most_units) member.integer("mostUnits", *bulk.most_units);
  member.boolean("accelerated", bulk.accelerated);
  member.finish();
}

LoadRequest::BulkPut bulk_from(const nlohmann::json& value) {
  LoadRequest::BulkPut bulk;
  bulk.output = place_from(value.at("output"));
  bulk.encryption = encryption_from(value);
  bulk.reports_errors = value.at("reportsErrors").get<bool>();
  bulk.reports_conditions = value.at("reportsConditions").get<bool>();
  if (value.contains("mostUnits")) bulk.most_units = value.at("mostUnits").get<std::int64_t>();
  bulk.accelerated = value.at("accelerated").get<bool>();
  return bulk;
}

/// A number of LoadState and its name.
struct Count {
  const char* name;
  std::int64_t LoadState::*field;
};
constexpr std::array kCounts{
    Count{"objects", &LoadState::objects},
    Count{"records", &LoadState::records},
    Count{"processed", &LoadState::processed},
    Count{"written", &LoadState::written},
    Count{"errors", &LoadState::errors},
    Count{"conditionsFailed", &LoadState::conditions_failed},
    Count{"sourceBytes", &LoadState::source_bytes},
    Count{"inputBytes", &LoadState::input_bytes},
    Count{"writtenBytes", &LoadState::written_bytes},
    Count{"report", &LoadState::report},
    Count{"reportRows", &LoadState::report_rows},
};

}  // namespace

std::string_view to_text(LoadState::Status status) { return kLoadStatuses[static_cast<std::size_t>(status)]; }

std::string to_document(const LoadRequest& request) {
  std::string document;
  json::ObjectWriter writer{document};
  put_request(writer, request);
  writer.string("tableName", request.table_name);
  put_place(writer, "source", request.source);
  writer.string("format", to_text(request.format));
  writer.string("compression", to_text(request.compression));
  if (request.format == RecordFormat::kCsv) put_csv(writer, request.csv);
  if (!request.csv_options.empty()) writer.string("csvOptions", request.csv_options);
  if (!request.creation.empty()) writer.string("creation", request.creation);
  if (request.bulk) put_bulk(writer, *request.bulk);
  writer.finish();
  return document;
}

StorageResult<void> from_document(std::string_view text, LoadRequest& request) {
  return read_document(text, [&](const nlohmann::json& document) {
    read_request(document, request);
    request.table_name = document.at("tableName").get<std::string>();
    request.source = place_from(document.at("source"));
    request.format = record_format_from(document.at("format").get<std::string>()).value_or(RecordFormat{});
    request.compression = compression_from(document.at("compression").get<std::string>()).value_or(Compression{});
    if (document.contains("csv")) request.csv = csv_from(document.at("csv"));
    request.csv_options = document.value("csvOptions", std::string{});
    request.creation = document.value("creation", std::string{});
    if (document.contains("bulk")) request.bulk = bulk_from(document.at("bulk"));
  });
}

std::string to_document(const LoadState& state) {
  std::string document;
  json::ObjectWriter writer{document};
  writer.string("status", to_text(state.status));
  put_end(writer, state.ended, state.failure);
  writer.string("object", state.object);
  writer.boolean("objectDone", state.object_done);
  for (const auto& [name, field] : kCounts) writer.integer(name, state.*field);
  if (state.total_input_bytes) writer.integer("totalInputBytes", *state.total_input_bytes);
  writer.finish();
  return document;
}

StorageResult<void> from_document(std::string_view text, LoadState& state) {
  return read_document(text, [&](const nlohmann::json& document) {
    const auto status = document.at("status").get<std::string>();
    for (std::size_t at = 0; at < kLoadStatuses.size(); ++at) {
      if (kLoadStatuses[at] == status) state.status = static_cast<LoadState::Status>(at);
    }
    read_end(document, state.ended, state.failure);
    state.object = document.at("object").get<std::string>();
    state.object_done = document.at("objectDone").get<bool>();
    for (const auto& [name, field] : kCounts) state.*field = document.at(name).get<std::int64_t>();
    if (document.contains("totalInputBytes")) {
      state.total_input_bytes = document.at("totalInputBytes").get<std::int64_t>();
    }
  });
}

}  // namespace millrace::transfers
