// What the operations on backups answer (API reference, 3.17 and appendix B).
#pragma once

#include <string>
#include <string_view>

#include "server/backups/backup.hpp"

namespace millrace::api {

/// Appends BackupDetails.
void append_backup_details(std::string& out, const backups::Backup& backup, std::string_view status);

/// Appends an element of ListBackups' BackupSummaries.
void append_backup_summary(std::string& out, const backups::Backup& backup, std::string_view status);

/// Appends `{"BackupDescription":{…}}`.
void append_backup_description_answer(std::string& out, const backups::Backup& backup, std::string_view status);

}  // namespace millrace::api
