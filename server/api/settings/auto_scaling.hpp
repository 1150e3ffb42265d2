// Auto scaling of provisioned units (API reference, 3.21; texts measured in October 2026): what an update may say, and
// how it is told. AWS has it of global tables only; here every table has it, a regional one as the only replica.
// Settings are kept and described; nothing scales.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/model/table_settings.hpp"

namespace millrace::api {

// --- Members ---------------------------------------------------------------------------------------------------------

struct TargetTrackingInput {
  std::optional<bool> disable_scale_in;
  std::optional<std::int64_t> scale_in_cooldown;
  std::optional<std::int64_t> scale_out_cooldown;
  std::optional<double> target_value;
};
struct ScalingPolicyInput {
  OptionalText name;
  std::optional<TargetTrackingInput> target_tracking;
};
struct AutoScalingInput {
  std::optional<std::int64_t> minimum_units;
  std::optional<std::int64_t> maximum_units;
  std::optional<bool> disabled;
  OptionalText role_arn;
  std::optional<ScalingPolicyInput> policy;
};

/// Letters, digits, signs and blanks of ASCII.
bool is_printable(std::string_view text);
/// No control characters but those that end lines, and tabs.
bool is_role_text(std::string_view text);

inline constexpr of_tables::MemberTable kTargetTracking{
    "AutoScalingTargetTrackingScalingPolicyConfigurationUpdate",
    of_tables::row(&TargetTrackingInput::disable_scale_in, {.name = "DisableScaleIn"}),
    of_tables::row(&TargetTrackingInput::scale_in_cooldown, {.name = "ScaleInCooldown"}),
    of_tables::row(&TargetTrackingInput::scale_out_cooldown, {.name = "ScaleOutCooldown"}),
    of_tables::row(&TargetTrackingInput::target_value,
                   {.name = "TargetValue", .presence = members::Presence::kRequired}),
};
inline constexpr of_tables::MemberTable kScalingPolicy{
    "AutoScalingPolicyUpdate",
    of_tables::row(&ScalingPolicyInput::name,
                   {.name = "PolicyName", .bounds = {1, 256}, .pattern = "\\p{Print}+", .matches = is_printable}),
    of_tables::row_of<kTargetTracking>(
        &ScalingPolicyInput::target_tracking,
        {.name = "TargetTrackingScalingPolicyConfiguration", .presence = members::Presence::kRequired}),
};
inline constexpr of_tables::MemberTable kAutoScaling{
    "AutoScalingSettingsUpdate",
    of_tables::long_row(&AutoScalingInput::minimum_units, {.name = "MinimumUnits", .bounds = {1, INT64_MAX}}),
    of_tables::long_row(&AutoScalingInput::maximum_units, {.name = "MaximumUnits", .bounds = {1, INT64_MAX}}),
    of_tables::row(&AutoScalingInput::disabled, {.name = "AutoScalingDisabled"}),
    of_tables::row(&AutoScalingInput::role_arn,
                   {.name = "AutoScalingRoleArn",
                    .bounds = {1, 1600},
                    .pattern = "[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*",
                    .matches = is_role_text}),
    of_tables::row_of<kScalingPolicy>(&AutoScalingInput::policy, {.name = "ScalingPolicyUpdate"}),
};

// --- Rules -----------------------------------------------------------------------------------------------------------

enum class ScaledUnits : std::uint8_t { kRead, kWrite };

/// What an update of one kind of units says: settings, or empty to end them. Errors: ValidationException when it says
/// too little or what cannot be.
Result<std::optional<model::AutoScaling>> resolve_auto_scaling(const AutoScalingInput& input, ScaledUnits kind,
                                                               std::string_view table_name);

/// `Failed to update settings for global table with name: ‘T’` and `detail`.
std::string failed_to_update(std::string_view table_name, std::string_view detail);

/// Which units a setting is about, and what AWS calls it in its words for a table that is on demand.
struct ScaledSetting {
  ScaledUnits kind{};
  std::string_view index_name;  ///< empty: of the table
  std::string_view parameter;
};
/// Makes or ends the scaling of `chosen` replicas, which are of `all`. Errors: those of resolve_auto_scaling(), and
/// ValidationException for units of a table that is on demand.
Result<void> set_auto_scaling(std::span<model::TableDefinition> chosen, std::span<const model::TableDefinition> all,
                              const AutoScalingInput& input, const ScaledSetting& setting);
/// Whether there is a global index of that name, and it is filled.
bool has_scaled_index(const model::TableDefinition& table, std::string_view name);

/// The table. Errors: ResourceNotFoundException in the words for global tables.
Result<catalog::TablePointer> require_scaled_table(const OperationContext& context, const model::TableReference& table);

// --- Answers ---------------------------------------------------------------------------------------------------------

/// The table and the other replicas of its global table, in the order of their regions.
std::vector<model::TableDefinition> scaled_replicas(const OperationContext& context,
                                                    const model::TableDefinition& table);

struct AutoScalingDescription {
  std::string table_name;
  std::vector<model::TableDefinition> replicas;
};
/// Appends AutoScalingSettingsDescription: of the table itself when `index_name` is empty.
void append_auto_scaling(std::string& out, const model::TableDefinition& table, const std::string& index_name,
                         ScaledUnits kind);
/// Appends `{"TableAutoScalingDescription": …}`.
void append_auto_scaling_answer(std::string& out, const AutoScalingDescription& description);

}  // namespace millrace::api
