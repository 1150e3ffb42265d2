// What the documents of all transfers have in common. Theirs alone.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "server/json/object_writer.hpp"
#include "server/json/tree.hpp"
#include "server/transfers/table_export.hpp"

namespace millrace::transfers {

/// Reads a document with `read(tree)`, which may throw as the library of JSON does. Errors: kCorrupt.
template <class Read>
StorageResult<void> read_document(std::string_view text, const Read& read) {
  const auto tree = json::parse_tree(text, json::kStoredDocument);
  if (tree.has_error())
    return StorageError{StorageErrorKind::kCorrupt, "document of a transfer: " + tree.error().reason};
  try {
    read(*tree);
    return {};
  } catch (const nlohmann::json::exception& reason) {
    return StorageError{StorageErrorKind::kCorrupt, std::string{"document of a transfer: "}.append(reason.what())};
  }
}

inline std::int64_t to_number(TimePoint time) { return time.time_since_epoch().count(); }
inline TimePoint time_from(const nlohmann::json& value) { return TimePoint{Duration{value.get<std::int64_t>()}}; }

void put_request(json::ObjectWriter& writer, const TransferRequest& request);
void read_request(const nlohmann::json& document, TransferRequest& request);
void put_place(json::ObjectWriter& writer, std::string_view name, const BucketPlace& place);
BucketPlace place_from(const nlohmann::json& value);
void put_encryption(json::ObjectWriter& writer, const BucketEncryption& encryption);
BucketEncryption encryption_from(const nlohmann::json& document);
void put_end(json::ObjectWriter& writer, const std::optional<TimePoint>& ended, const std::optional<Failure>& failure);
void read_end(const nlohmann::json& document, std::optional<TimePoint>& ended, std::optional<Failure>& failure);

/// Bytes as text.
std::string bytes_from(const nlohmann::json& document, const char* name);

}  // namespace millrace::transfers
