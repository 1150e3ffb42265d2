// An export: what was asked for, and how far it has come.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"
#include "server/storage/storage.hpp"
#include "server/transfers/transfer_catalog.hpp"

namespace millrace::transfers {

/// A place in a bucket, as requests name it.
struct BucketPlace {
  std::string bucket;
  std::string owner;   ///< empty: none was given
  std::string prefix;  ///< likewise
  friend bool operator==(const BucketPlace&, const BucketPlace&) = default;
};

/// How objects are to be encrypted. Told again, and nothing else: here nothing is encrypted.
struct BucketEncryption {
  std::string algorithm;  ///< empty: none was given
  std::string key_id;     ///< likewise
  friend bool operator==(const BucketEncryption&, const BucketEncryption&) = default;
};

/// Why a transfer has failed, as descriptions tell it.
struct Failure {
  std::string code;
  std::string message;
  friend bool operator==(const Failure&, const Failure&) = default;
};

struct ExportRequest : TransferRequest {
  static constexpr std::string_view kDocuments = "export";

  /// The changes of a span of time instead of what there is at its end.
  struct Increment {
    TimePoint from{};  ///< inclusive
    TimePoint to{};    ///< exclusive
    bool with_old_images{true};
    storage::Sequence as_of{0};  ///< as of which there is what there was before `from`
  };

  model::TableDefinition table;  ///< as it was; its rows lie in table.keyspace
  TimePoint time{};              ///< as of which a full export is
  storage::Sequence as_of{0};    ///< as of which the rows are read
  BucketPlace place;
  BucketEncryption encryption;
  bool ion{false};
  std::optional<Increment> increment;
  std::string filter;  ///< FilterSpecification as JSON; empty: none

  /// What rows were is needed from here on.
  [[nodiscard]] storage::Sequence oldest_need() const { return increment ? increment->as_of : as_of; }
  /// Where its files lie: `prefix/AWSDynamoDB/<id>/`, and `prefix/AWSDynamoDB/`.
  [[nodiscard]] std::string folder() const;
  [[nodiscard]] std::string parent_folder() const;
  [[nodiscard]] std::string manifest_key() const { return folder() + "manifest-summary.json"; }
};

struct ExportState {
  static constexpr std::string_view kDocuments = "export_state";

  enum class Status : std::uint8_t { kInProgress, kCompleted, kFailed };
  struct File {
    std::string key;
    std::int64_t items{0};
    std::string md5;  ///< 16 bytes
    friend bool operator==(const File&, const File&) = default;
  };

  Status status{Status::kInProgress};
  std::optional<TimePoint> ended;
  std::optional<Failure> failure;
  std::vector<File> files;  ///< that are complete
  std::string next;         ///< the row key at which it goes on
  bool all_read{false};     ///< nothing is left to read
  std::int64_t bytes{0};    ///< of the items that were read

  [[nodiscard]] bool is_over() const { return status != Status::kInProgress; }
  [[nodiscard]] std::int64_t items() const;
};

std::string to_document(const ExportRequest& request);
std::string to_document(const ExportState& state);
/// The inverse. Errors: kCorrupt.
StorageResult<void> from_document(std::string_view text, ExportRequest& request);
StorageResult<void> from_document(std::string_view text, ExportState& state);

using ExportCatalog = TransferCatalog<ExportRequest, ExportState>;

/// AWS's spelling.
std::string_view to_text(ExportState::Status status);

}  // namespace millrace::transfers
