#include "server/transfers/manifest.hpp"

#include <fmt/format.h>

#include "server/json/object_writer.hpp"
#include "server/model/arn.hpp"
#include "server/model/base64.hpp"
#include "server/transfers/format/checksum.hpp"

namespace millrace::transfers {
namespace {

/// `2020-11-04T07:28:34.028Z`.
std::string time_text(TimePoint time) { return model::stream_label(time) + "Z"; }

void put_text_or_null(json::ObjectWriter& writer, std::string_view name, const std::string& text) {
  if (text.empty()) {
    writer.raw(name, "null");
  } else {
    writer.string(name, text);
  }
}

}  // namespace

std::string summary_manifest(const ExportRequest& request, const ExportState& state, TimePoint ended) {
  const auto& increment = request.increment;
  std::string text;
  json::ObjectWriter writer{text};
  writer.string("version", increment ? "2023-08-01" : "2020-06-30");
  writer.string("exportArn", request.arn);
  writer.string("startTime", time_text(request.started));
  writer.string("endTime", time_text(ended));
  writer.string("tableArn", request.table_arn);
  writer.string("tableId", request.table_id);
  if (increment) {
    writer.string("exportFromTime", time_text(increment->from));
    writer.string("exportToTime", time_text(increment->to));
  } else {
    writer.string("exportTime", time_text(request.time));
  }
  writer.string("s3Bucket", request.place.bucket);
  put_text_or_null(writer, "s3Prefix", request.place.prefix);
  writer.string("s3SseAlgorithm", request.encryption.algorithm.empty() ? "AES256" : request.encryption.algorithm);
  put_text_or_null(writer, "s3SseKmsKeyId", request.encryption.key_id);
  writer.string("manifestFilesS3Key", request.folder() + "manifest-files.json");
  writer.integer("billedSizeBytes", state.bytes);
  writer.integer("itemCount", state.items());
  writer.string("outputFormat", request.ion ? "ION" : "DYNAMODB_JSON");
  if (increment) writer.string("outputView", increment->with_old_images ? "NEW_AND_OLD_IMAGES" : "NEW_IMAGE");
  writer.string("exportType", increment ? "INCREMENTAL_EXPORT" : "FULL_EXPORT");
  writer.finish();
  return text;
}

std::string files_manifest(const ExportState& state) {
  std::string text;
  for (const auto& file : state.files) {
    json::ObjectWriter writer{text};
    writer.integer("itemCount", file.items);
    writer.string("md5Checksum", model::encode_base64(file.md5));
    writer.string("etag", to_hex(file.md5));
    writer.string("dataFileS3Key", file.key);
    writer.finish();
    text.push_back('\n');
  }
  return text;
}

std::string checksum_text(const std::string& manifest) { return model::encode_base64(md5(manifest)); }

std::string data_file_key(const ExportRequest& request, std::size_t number) {
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";
  constexpr std::size_t kLength = 26;
  const std::string sum = md5(fmt::format("{}#{}", request.arn, number));
  std::string name;
  for (std::size_t at = 0; at < kLength; ++at) {
    name.push_back(kDigits[static_cast<unsigned char>(sum[at % sum.size()] + static_cast<char>(at / sum.size())) %
                           kDigits.size()]);
  }
  // The files of all incremental exports lie together.
  const std::string folder = request.increment ? request.parent_folder() : request.folder();
  return fmt::format("{}data/{}.{}.gz", folder, name, request.ion ? "ion" : "json");
}

}  // namespace millrace::transfers
