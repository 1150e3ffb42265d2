#include "server/api/backups/continuous_backups.hpp"

#include "server/backups/row_keeping.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {

void append_continuous_backups_answer(std::string& out, const ContinuousBackups& table) {
  json::ObjectWriter writer{out};
  json::ObjectWriter description{writer.key("ContinuousBackupsDescription")};
  description.string("ContinuousBackupsStatus", "ENABLED");
  json::ObjectWriter recovery{description.key("PointInTimeRecoveryDescription")};
  recovery.string("PointInTimeRecoveryStatus", table.recovery ? "ENABLED" : "DISABLED");
  if (table.recovery) {
    recovery.integer("RecoveryPeriodInDays", table.recovery->period_in_days);
    recovery.timestamp("EarliestRestorableDateTime", backups::earliest_restorable(*table.recovery, table.now));
    recovery.timestamp("LatestRestorableDateTime", table.now);
  }
  recovery.finish();
  description.finish();
  writer.finish();
}

}  // namespace millrace::api
