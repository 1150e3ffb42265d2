// Warm throughput: how many units a second a table or a global index can take at once (API reference, 3.1 and 3.2;
// texts measured in October 2026). It is at least what the billing mode gives, can be asked to be more, and never
// becomes less. It is kept and told; plan::ThroughputLimits begins with it where throttling is asked for.
#pragma once

#include <optional>
#include <string_view>

#include "server/api/members/table_members.hpp"
#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

/// What the table can take, and one of its global indexes.
model::Throughput warm_throughput_of(const model::TableDefinition& table);
model::Throughput warm_throughput_of(const model::TableDefinition& table, const model::IndexDefinition& index);

/// Notes what the table and its indexes can take now, so that it stays when their units or the billing mode change.
void keep_warm_throughput(model::TableDefinition& table);

/// What a new table (empty `index_name`) or index is to take, zeros when nothing is asked for. `provisioned` are its
/// units. Errors: ValidationException when it is less than what the billing mode gives.
Result<model::Throughput> resolve_warm_throughput(const std::optional<WarmThroughputInput>& input,
                                                  model::BillingMode mode, const model::Throughput& provisioned,
                                                  std::string_view index_name);

/// What an existing table or index is to take, which can take `current`. Errors: ValidationException when that is more.
Result<model::Throughput> raise_warm_throughput(const WarmThroughputInput& input, const model::Throughput& current,
                                                std::string_view index_name);

/// An update must ask for something. Errors: ValidationException.
Result<void> check_warm_throughput_given(const WarmThroughputInput& input, std::string_view index_name);

}  // namespace millrace::api
