// Carries out an export: reads rows as they were, a portion at a time, and makes files of some 10 MB of text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/json/document.hpp"
#include "server/transfers/export_filter.hpp"
#include "server/transfers/format/compression.hpp"
#include "server/transfers/mover.hpp"
#include "server/transfers/surroundings.hpp"
#include "server/transfers/table_export.hpp"

namespace millrace::transfers {

class ExportMover final : public Mover {
 public:
  /// Both outlive the mover. `entry` is not over.
  ExportMover(const Surroundings& surroundings, ExportCatalog& exports, const ExportCatalog::Pointer& entry);

  [[nodiscard]] storage::Access access(const StoreAnswer& answer) const override;
  StorageResult<Wish> step(const storage::Budget& budget, StoreAnswer answer, storage::Ticket group) override;

 private:
  enum class Stage : std::uint8_t {
    kBegin,
    kRead,
    kPacked,         ///< what was read has been packed
    kFileWritten,    ///< the data file has been put
    kFilesManifest,  ///< everything but the manifests has
    kFilesChecksum,
    kSummary,
    kSummaryChecksum,
    kEnd,
  };
  /// What lay under a key: the texts of items, empty for none. Of a full export there is no old one.
  struct Change {
    std::string key;
    std::string old_item;
    std::string new_item;
    std::int64_t written_second{0};  ///< of an increment: the second of the last write
  };
  struct OpenFile {
    GzipWriter writer;
    std::size_t text_bytes{0};
    std::int64_t items{0};
  };

  StorageResult<Wish> read(const storage::Budget& budget);
  StorageResult<void> read_rows(const storage::Budget& budget);
  StorageResult<void> read_changes(const storage::Budget& budget);
  StorageResult<std::int64_t> second_of_last_write(const Change& change) const;
  [[nodiscard]] storage::KeyRange rest() const;

  // On any thread:
  void pack();
  void append_line(std::string& text, const Change& change);
  void append_item(std::string& text, std::string_view item_json);

  StorageResult<Wish> note_file();
  Wish put_manifest(std::string name, std::string text, Stage next);
  StorageResult<Wish> end(ExportState::Status status, std::optional<Failure> failure);

  const Surroundings surroundings_;
  ExportCatalog& exports_;
  const std::shared_ptr<const ExportRequest> request_;
  ExportState state_;  ///< as it is stored; `next` and `all_read` run ahead until the file is written
  Result<ExportFilter> filter_;
  std::int64_t bytes_read_{0};  ///< of the open file
  Stage stage_{Stage::kBegin};
  std::vector<Change> changes_;
  std::optional<OpenFile> file_;
  std::string packed_;  ///< a file that is complete
  std::string sum_;     ///< its MD5
  std::string summary_;
  TimePoint ended_{};
  json::Parser parser_;
};

}  // namespace millrace::transfers
