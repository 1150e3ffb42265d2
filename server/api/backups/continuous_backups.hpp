// Continuous backups of a table, as DescribeContinuousBackups and UpdateContinuousBackups tell of them (API reference,
// 3.17).
#pragma once

#include <optional>
#include <string>

#include "server/base/clock.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

struct ContinuousBackups {
  std::optional<model::PointInTimeRecovery> recovery;
  TimePoint now{};
};

/// Appends `{"ContinuousBackupsDescription":{…}}`.
void append_continuous_backups_answer(std::string& out, const ContinuousBackups& backups);

}  // namespace millrace::api
