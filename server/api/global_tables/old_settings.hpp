// Settings of a 2017.11.29 global table (API reference, 3.21): units, auto scaling and classes of its tables, which
// DescribeGlobalTableSettings and UpdateGlobalTableSettings show and change for all of them at once.
#pragma once

#include <string>
#include <vector>

#include "server/api/global_tables/old_global_table.hpp"
#include "server/api/operation.hpp"

namespace millrace::api {

struct GlobalTableSettings {
  std::string name;
  std::vector<model::TableDefinition> replicas;  ///< in the order of their regions
};

/// What both operations answer.
void append_global_table_settings(std::string& out, const GlobalTableSettings& settings);

}  // namespace millrace::api
