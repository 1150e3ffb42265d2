// ReturnConsumedCapacity: how answers tell what an operation cost (API reference, 7).
#pragma once

#include <cstdint>
#include <string>

#include "server/json/object_writer.hpp"
#include "server/plan/capacity.hpp"

namespace millrace::api {

/// ReturnConsumedCapacity.
enum class CapacityDetail : std::uint8_t { kNone, kTotal, kIndexes };

/// Appends the ConsumedCapacity structure. `detail` is not kNone.
void append_consumed_capacity(std::string& out, CapacityDetail detail, const plan::ConsumedCapacity& capacity);

/// Writes the member `ConsumedCapacity`, unless `detail` is kNone.
void write_consumed_capacity(json::ObjectWriter& answer, CapacityDetail detail, const plan::ConsumedCapacity& capacity);

}  // namespace millrace::api
