// Other units for a table, or none, and what DescribeTable tells of it.
#pragma once

#include "server/base/clock.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

/// Gives the table other units, and notes when they were raised or lowered.
void note_throughput_change(model::TableDefinition& table, const model::Throughput& next, TimePoint now);

/// Makes the table and its indexes on demand, if they are not.
void become_on_demand(model::TableDefinition& table, TimePoint now);

}  // namespace millrace::api
