// Members that many item operations have in common: how they are read, and their constraints (API reference, 2.2).
//
// Texts are views into the request's body, which outlives the request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/items/consumed_capacity.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/expression/legacy.hpp"
#include "server/expression/syntax/placeholders.hpp"
#include "server/json/object_reader.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {

enum class ReturnValues : std::uint8_t { kNone, kAllOld, kUpdatedOld, kAllNew, kUpdatedNew };

// --- Enumerations. The check adds a violation, the conversion takes what passed it. ---

void check_return_consumed_capacity(validation::Constraints& constraints, OptionalText text);
CapacityDetail capacity_detail_from(OptionalText text);
void check_conditional_operator(validation::Constraints& constraints, OptionalText text);
ReturnValues return_values_from(OptionalText text);

// --- ExpressionAttributeNames and ExpressionAttributeValues ---

struct PlaceholdersInput {
  expression::Placeholders placeholders;
  std::optional<json::ValueError> value_error;  ///< of the first value that is no AttributeValue
  std::string invalid_placeholder;              ///< whose value that is

  /// Keys of both members first, then the values; in the wording of the operation.
  [[nodiscard]] Result<void> check(Wording wording) const;
};
PlaceholdersInput read_placeholders(json::ObjectReader& in);
/// For operations that have names only (GetItem, BatchGetItem).
expression::Placeholders read_names(json::ObjectReader& in);

// --- Legacy parameters ---

/// `value_error` of the structures below is the first thing that no AttributeValue, or no attribute's name, may be.

/// QueryFilter, ScanFilter, KeyConditions.
struct LegacyConditions {
  std::vector<expression::LegacyCondition> conditions;
  std::vector<OptionalText> operators;  ///< as the request spelled them, one per condition
  std::optional<json::ValueError> value_error;

  /// `path` is the member: `queryFilter`.
  void add_violations(validation::Constraints& constraints, const std::string& path) const;
};
std::optional<LegacyConditions> read_legacy_conditions(json::ObjectReader& in, std::string_view member);

/// Expected.
struct ExpectedInput {
  std::vector<expression::ExpectedAttribute> attributes;
  std::vector<OptionalText> operators;
  std::optional<json::ValueError> value_error;

  void add_violations(validation::Constraints& constraints) const;
};
std::optional<ExpectedInput> read_expected(json::ObjectReader& in);

/// AttributeUpdates.
struct AttributeUpdatesInput {
  std::vector<expression::AttributeUpdate> updates;
  std::vector<OptionalText> actions;
  std::optional<json::ValueError> value_error;

  void add_violations(validation::Constraints& constraints) const;
};
std::optional<AttributeUpdatesInput> read_attribute_updates(json::ObjectReader& in);

/// The element count of AttributesToGet, at least one.
void check_attributes_to_get(validation::Constraints& constraints,
                             const std::optional<std::vector<std::string>>& names);

}  // namespace millrace::api
