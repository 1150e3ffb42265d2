#include "server/transfers/table_export.hpp"

#include <array>
#include <numeric>

#include "server/catalog/table_document.hpp"
#include "server/model/base64.hpp"
#include "server/transfers/transfer_document.hpp"

namespace millrace::transfers {
namespace {

constexpr std::array<std::string_view, 3> kExportStatuses{"IN_PROGRESS", "COMPLETED", "FAILED"};

}  // namespace

std::string_view to_text(ExportState::Status status) { return kExportStatuses[static_cast<std::size_t>(status)]; }

std::string ExportRequest::parent_folder() const {
  std::string folder = place.prefix;
  // Keys with an empty part would be two ways to say one thing.
  while (folder.ends_with('/')) folder.pop_back();
  if (!folder.empty()) folder.push_back('/');
  return folder.append("AWSDynamoDB/");
}

std::string ExportRequest::folder() const {
  return parent_folder().append(arn, arn.rfind('/') + 1, std::string::npos).append("/");
}

std::int64_t ExportState::items() const {
  return std::accumulate(files.begin(), files.end(), std::int64_t{0},
                         [](std::int64_t sum, const File& file) { return sum + file.items; });
}

std::string to_document(const ExportRequest& request) {
  std::string document;
  json::ObjectWriter writer{document};
  put_request(writer, request);
  writer.integer("time", to_number(request.time));
  writer.integer("asOf", static_cast<std::int64_t>(request.as_of));
  put_place(writer, "place", request.place);
  put_encryption(writer, request.encryption);
  writer.boolean("ion", request.ion);
  if (const auto& increment = request.increment) {
    json::ObjectWriter member{writer.key("increment")};
    member.integer("from", to_number(increment->from));
    member.integer("to", to_number(increment->to));
    member.boolean("withOldImages", increment->with_old_images);
    member.integer("asOf", static_cast<std::int64_t>(increment->as_of));
    member.finish();
  }
  if (!request.filter.empty()) writer.string("filter", request.filter);
  writer.raw("table", catalog::to_document(request.table));
  writer.finish();
  return document;
}

StorageResult<void> from_document(std::string_view text, ExportRequest& request) {
  std::string table_text;
  auto read = read_document(text, [&](const nlohmann::json& document) {
    read_request(document, request);
    request.time = time_from(document.at("time"));
    request.as_of = document.at("asOf").get<storage::Sequence>();
    request.place = place_from(document.at("place"));
    request.encryption = encryption_from(document);
    request.ion = document.at("ion").get<bool>();
    if (const auto increment = document.find("increment"); increment != document.end()) {
      request.increment = {time_from(increment->at("from")), time_from(increment->at("to")),
                           increment->at("withOldImages").get<bool>(), increment->at("asOf").get<storage::Sequence>()};
    }
    request.filter = document.value("filter", std::string{});
    table_text = json::print_tree(document.at("table"));
  });
  if (read.has_error()) return read;
  auto table = catalog::table_from_document(table_text);
  if (table.has_error()) return std::move(table).error();
  request.table = *std::move(table);
  return {};
}

std::string to_document(const ExportState& state) {
  std::string document;
  json::ObjectWriter writer{document};
  writer.string("status", to_text(state.status));
  put_end(writer, state.ended, state.failure);
  if (!state.next.empty()) writer.string("next", model::encode_base64(state.next));
  writer.boolean("allRead", state.all_read);
  writer.integer("bytes", state.bytes);
  json::append_list(writer.key("files"), state.files, [&document](const ExportState::File& file) {
    json::ObjectWriter member{document};
    member.string("key", file.key);
    member.integer("items", file.items);
    member.string("md5", model::encode_base64(file.md5));
    member.finish();
  });
  writer.finish();
  return document;
}

StorageResult<void> from_document(std::string_view text, ExportState& state) {
  return read_document(text, [&](const nlohmann::json& document) {
    const auto status = document.at("status").get<std::string>();
    for (std::size_t at = 0; at < kExportStatuses.size(); ++at) {
      if (kExportStatuses[at] == status) state.status = static_cast<ExportState::Status>(at);
    }
    read_end(document, state.ended, state.failure);
    state.next = bytes_from(document, "next");
    state.all_read = document.at("allRead").get<bool>();
    state.bytes = document.at("bytes").get<std::int64_t>();
    for (const auto& file : document.at("files")) {
      state.files.push_back(
          {file.at("key").get<std::string>(), file.at("items").get<std::int64_t>(), bytes_from(file, "md5")});
    }
  });
}

}  // namespace millrace::transfers
