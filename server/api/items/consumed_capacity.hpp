// ReturnConsumedCapacity: how answers tell what an operation cost (API reference, 7).
#pragma once

#include <cstdint>
#include <string>

#include "server/json/object_writer.hpp"
#include "server/plan/context/capacity.hpp"

namespace millrace::api {

/// ReturnConsumedCapacity.
enum class CapacityDetail : std::uint8_t { kNone, kTotal, kIndexes };

/// Transactions tell beside the units which they are.
enum class CapacityKind : std::uint8_t { kUnits, kRead, kWrite };

/// Appends the ConsumedCapacity structure. `detail` is not kNone.
void append_consumed_capacity(std::string& out, CapacityDetail detail, const plan::ConsumedCapacity& capacity,
                              CapacityKind kind = CapacityKind::kUnits);

/// Writes the member `ConsumedCapacity`, unless `detail` is kNone.
void write_consumed_capacity(json::ObjectWriter& answer, CapacityDetail detail, const plan::ConsumedCapacity& capacity);

}  // namespace millrace::api
