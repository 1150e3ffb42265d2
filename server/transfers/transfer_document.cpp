#include "server/transfers/transfer_document.hpp"

#include "server/model/base64.hpp"

namespace millrace::transfers {

void put_request(json::ObjectWriter& writer, const TransferRequest& request) {
  writer.string("arn", request.arn);
  writer.string("tableArn", request.table_arn);
  writer.string("tableId", request.table_id);
  if (request.token) writer.string("token", *request.token);
  writer.string("fingerprint", request.fingerprint);
  writer.integer("started", to_number(request.started));
}

void read_request(const nlohmann::json& document, TransferRequest& request) {
  request.arn = document.at("arn").get<std::string>();
  request.table_arn = document.at("tableArn").get<std::string>();
  request.table_id = document.at("tableId").get<std::string>();
  if (document.contains("token")) request.token = document.at("token").get<std::string>();
  request.fingerprint = document.at("fingerprint").get<std::string>();
  request.started = time_from(document.at("started"));
}

void put_place(json::ObjectWriter& writer, std::string_view name, const BucketPlace& place) {
  json::ObjectWriter member{writer.key(name)};
  member.string("bucket", place.bucket);
  if (!place.owner.empty()) member.string("owner", place.owner);
  if (!place.prefix.empty()) member.string("prefix", place.prefix);
  member.finish();
}

BucketPlace place_from(const nlohmann::json& value) {
  return {value.at("bucket").get<std::string>(), value.value("owner", std::string{}),
          value.value("prefix", std::string{})};
}

void put_encryption(json::ObjectWriter& writer, const BucketEncryption& encryption) {
  if (!encryption.algorithm.empty()) writer.string("encryption", encryption.algorithm);
  if (!encryption.key_id.empty()) writer.string("encryptionKey", encryption.key_id);
}

BucketEncryption encryption_from(const nlohmann::json& document) {
  return {document.value("encryption", std::string{}), document.value("encryptionKey", std::string{})};
}

void put_end(json::ObjectWriter& writer, const std::optional<TimePoint>& ended, const std::optional<Failure>& failure) {
  if (ended) writer.integer("ended", to_number(*ended));
  if (failure) {
    writer.string("failureCode", failure->code);
    writer.string("failureMessage", failure->message);
  }
}

void read_end(const nlohmann::json& document, std::optional<TimePoint>& ended, std::optional<Failure>& failure) {
  if (document.contains("ended")) ended = time_from(document.at("ended"));
  if (document.contains("failureCode")) {
    failure = Failure{document.at("failureCode").get<std::string>(), document.at("failureMessage").get<std::string>()};
  }
}

std::string bytes_from(const nlohmann::json& document, const char* name) {
  auto bytes = model::decode_base64(document.value(name, std::string{}));
  return bytes.has_value() ? *std::move(bytes) : std::string{};
}

}  // namespace millrace::transfers
