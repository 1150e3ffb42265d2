// A load: items that are read out of a bucket, by ImportTable into a new table, by StartBulkPutItems into one that is
// there. What was asked for, and how far it has come.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/transfers/format/compression.hpp"
#include "server/transfers/format/record_texts.hpp"
#include "server/transfers/table_export.hpp"

namespace millrace::transfers {

struct LoadRequest : TransferRequest {
  static constexpr std::string_view kDocuments = "load";

  /// What a bulk put has beside what both have.
  struct BulkPut {
    BucketPlace output;
    BucketEncryption encryption;
    bool reports_errors{false};
    bool reports_conditions{false};
    std::optional<std::int64_t> most_units;  ///< MaxWriteRequestUnits: told again
    bool accelerated{false};                 ///< likewise
  };

  std::string table_name;
  BucketPlace source;
  RecordFormat format{RecordFormat::kDynamoDbJson};
  Compression compression{Compression::kNone};
  CsvFormat csv;                ///< with kCsv
  std::string csv_options;      ///< InputFormatOptions as JSON; empty: none
  std::string creation;         ///< TableCreationParameters as JSON, of an import
  std::optional<BulkPut> bulk;  ///< empty: an import

  [[nodiscard]] bool is_import() const { return !bulk.has_value(); }
};

struct LoadState {
  static constexpr std::string_view kDocuments = "load_state";

  enum class Status : std::uint8_t { kInProgress, kCompleted, kCompletedWithErrors, kCancelling, kCancelled, kFailed };

  Status status{Status::kInProgress};
  std::optional<TimePoint> ended;
  std::optional<Failure> failure;

  std::string object;       ///< the one that is read, or the last one; empty: none yet
  bool object_done{false};  ///< nothing more of it is read
  std::int64_t objects{0};  ///< that were begun
  std::int64_t records{0};  ///< of that object that have been dealt with
  std::int64_t processed{0};
  std::int64_t written{0};
  std::int64_t errors{0};
  std::int64_t conditions_failed{0};
  std::int64_t source_bytes{0};                     ///< of the records, uncompressed
  std::int64_t input_bytes{0};                      ///< of the objects that are done
  std::int64_t written_bytes{0};                    ///< of the items
  std::optional<std::int64_t> total_input_bytes{};  ///< of a bulk put, once all objects have been looked at

  model::KeyspaceId report{0};  ///< of what could not be written, while a bulk put keeps it; 0: none
  std::int64_t report_rows{0};

  [[nodiscard]] bool is_over() const { return status != Status::kInProgress && status != Status::kCancelling; }
};

std::string to_document(const LoadRequest& request);
std::string to_document(const LoadState& state);
/// The inverse. Errors: kCorrupt.
StorageResult<void> from_document(std::string_view text, LoadRequest& request);
StorageResult<void> from_document(std::string_view text, LoadState& state);

using LoadCatalog = TransferCatalog<LoadRequest, LoadState>;

/// AWS's spelling.
std::string_view to_text(LoadState::Status status);

}  // namespace millrace::transfers
