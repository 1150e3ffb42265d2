#include "server/backups/backup.hpp"

#include <new>
#include <stdexcept>
#include <utility>

#include "server/catalog/table_document.hpp"
#include "server/json/object_writer.hpp"
#include "server/json/tree.hpp"

namespace millrace::backups {

std::string_view to_text(BackupType type) { return type == BackupType::kUser ? "USER" : "SYSTEM"; }

std::string to_document(const Backup& backup) {
  std::string document;
  json::ObjectWriter writer{document};
  writer.string("arn", backup.arn);
  writer.string("name", backup.name);
  writer.string("type", to_text(backup.type));
  writer.integer("created", backup.created.time_since_epoch().count());
  if (backup.expires) writer.integer("expires", backup.expires->time_since_epoch().count());
  writer.integer("asOf", static_cast<std::int64_t>(backup.as_of));
  writer.integer("rows", backup.statistics.row_count);
  writer.integer("bytes", backup.statistics.item_bytes);
  writer.raw("table", catalog::to_document(backup.table));
  writer.finish();
  return document;
}

StorageResult<Backup> backup_from_document(std::string_view text) {
  try {
    const auto read = json::parse_tree(text, json::kStoredDocument);
    if (read.has_error()) throw std::runtime_error(read.error().reason);
    const auto& document = *read;
    const auto time_of = [&](const char* name) { return TimePoint{Duration{document.at(name).get<std::int64_t>()}}; };
    Backup backup;
    backup.arn = document.at("arn").get<std::string>();
    backup.name = document.at("name").get<std::string>();
    backup.type = document.at("type").get<std::string>() == to_text(BackupType::kSystem) ? BackupType::kSystem
                                                                                         : BackupType::kUser;
    backup.created = time_of("created");
    if (document.contains("expires")) backup.expires = time_of("expires");
    backup.as_of = document.at("asOf").get<storage::Sequence>();
    backup.statistics = {document.at("rows").get<std::int64_t>(), document.at("bytes").get<std::int64_t>()};
    auto table = catalog::table_from_document(json::print_tree(document.at("table")));
    if (table.has_error()) return std::move(table).error();
    backup.table = *std::move(table);
    return backup;
  } catch (const std::bad_alloc&) {
    return StorageError{StorageErrorKind::kOutOfMemory, "out of memory while reading the document of a backup"};
  } catch (const std::exception& reason) {  // the JSON library reports every kind of damage by throwing
    return StorageError{StorageErrorKind::kCorrupt, std::string{"document of a backup: "}.append(reason.what())};
  }
}

}  // namespace millrace::backups
