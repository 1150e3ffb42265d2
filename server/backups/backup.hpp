// A backup: what a table was, and the number as of which its rows can be read. It copies nothing: what changes in the
// table afterwards is kept by storage (storage::Storage::keep_history) for as long as the backup is there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"
#include "server/storage/storage.hpp"

namespace millrace::backups {

/// kSystem: of a table with point-in-time recovery, made when it was deleted.
enum class BackupType : std::uint8_t { kUser, kSystem };
std::string_view to_text(BackupType type);

struct Backup {
  std::string arn;
  std::string name;
  BackupType type{BackupType::kUser};
  TimePoint created{};
  std::optional<TimePoint> expires;  ///< of a system backup
  model::TableDefinition table;      ///< as it was; its rows lie in table.keyspace
  storage::Sequence as_of{0};
  storage::KeyspaceStatistics statistics;

  friend bool operator==(const Backup&, const Backup&) = default;
};

/// Its stored form: one JSON document, named by the ARN (docs/storage-format.md).
inline constexpr std::string_view kBackupDocuments = "backup";
std::string to_document(const Backup& backup);
/// The inverse. Errors: kCorrupt when `text` is not such a document.
StorageResult<Backup> backup_from_document(std::string_view text);

}  // namespace millrace::backups
