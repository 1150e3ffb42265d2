#include "server/api/settings/auto_scaling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "server/json/object_writer.hpp"
#include "server/model/arn.hpp"
#include "server/replication/replica_group.hpp"

namespace millrace::api {
namespace {

using base::validation_error;
using json::ObjectWriter;

/// Percent; the second pair is what Application Auto Scaling takes at all.
constexpr double kLeastTarget = 10;
constexpr double kMostTarget = 90;
constexpr double kLeastNumber = 8.51592e-109;

std::string_view metric_of(ScaledUnits kind) {
  return kind == ScaledUnits::kRead ? "DynamoDBReadCapacityUtilization" : "DynamoDBWriteCapacityUtilization";
}

/// As Java prints it.
std::string java_double(double value) {
  const std::string text = fmt::format("{}", value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

Result<void> check_target(double target, ScaledUnits kind) {
  if (!(target >= kLeastNumber)) {
    return validation_error(
        fmt::format("For target tracking scaling, target value must be between '8.51592E-109' and "
                    "'1.174271E108', but was '{}'.",
                    java_double(target)));
  }
  if (target >= kLeastTarget && target <= kMostTarget) return {};
  return validation_error(
      fmt::format("For predefined metric type {}, target value must be between '10.0' and '90.0', "
                  "but was '{}'.",
                  metric_of(kind), java_double(target)));
}

/// The names in AWS's order, in quotes and separated by commas, of those of the three that are or are not there.
std::string parameters(const AutoScalingInput& input, bool present) {
  std::string names;
  const auto add = [&](std::string_view name, bool there) {
    if (there == present) names.append(names.empty() ? "'" : ", '").append(name).append("'");
  };
  add("MaximumUnits", input.maximum_units.has_value());
  add("ScalingPolicyUpdate", input.policy.has_value());
  add("MinimumUnits", input.minimum_units.has_value());
  return names;
}

void append_policy(std::string& out, const model::AutoScaling& scaling, ScaledUnits kind, std::string_view resource) {
  ObjectWriter policy{out};
  policy.string("PolicyName",
                scaling.policy_name.empty() ? fmt::format("{}:{}", metric_of(kind), resource) : scaling.policy_name);
  ObjectWriter tracking{policy.key("TargetTrackingScalingPolicyConfiguration")};
  if (scaling.disable_scale_in) tracking.boolean("DisableScaleIn", *scaling.disable_scale_in);
  if (scaling.scale_in_cooldown) tracking.integer("ScaleInCooldown", *scaling.scale_in_cooldown);
  if (scaling.scale_out_cooldown) tracking.integer("ScaleOutCooldown", *scaling.scale_out_cooldown);
  tracking.decimal("TargetValue", scaling.target_value);
  tracking.finish();
  policy.finish();
}

/// Writes one table's settings, and those of its indexes.
class DescriptionWriter {
 public:
  DescriptionWriter(std::string& out, const model::TableDefinition& table) : out_{out}, table_{table} {}

  void append_replica() {
    ObjectWriter replica{out_};
    replica.string("RegionName", replication::region_of(table_));
    std::vector<const model::IndexDefinition*> indexes;
    for (const auto& index : table_.indexes) {
      if (index.kind == model::IndexKind::kGlobal && !index.is_backfilling()) indexes.push_back(&index);
    }
    json::append_list(replica.key("GlobalSecondaryIndexes"), indexes, [this](const model::IndexDefinition* index) {
      ObjectWriter entry{out_};
      entry.string("IndexName", index->name);
      entry.string("IndexStatus", "ACTIVE");
      write_both(entry, "", index->name);
      entry.finish();
    });
    write_both(replica, "Replica", "");
    replica.string("ReplicaStatus", table_.is_being_replicated() ? "CREATING" : "ACTIVE");
    replica.finish();
  }

 private:
  void write_both(ObjectWriter& writer, std::string_view prefix, const std::string& index_name) {
    append_auto_scaling(writer.key(fmt::format("{}ProvisionedReadCapacityAutoScalingSettings", prefix)), table_,
                        index_name, ScaledUnits::kRead);
    append_auto_scaling(writer.key(fmt::format("{}ProvisionedWriteCapacityAutoScalingSettings", prefix)), table_,
                        index_name, ScaledUnits::kWrite);
  }

  std::string& out_;
  const model::TableDefinition& table_;
};

}  // namespace

void append_auto_scaling(std::string& out, const model::TableDefinition& table, const std::string& index_name,
                         ScaledUnits kind) {
  const auto found = table.settings.auto_scaling.find(index_name);
  std::optional<model::AutoScaling> scaling;
  if (found != table.settings.auto_scaling.end()) {
    scaling = kind == ScaledUnits::kRead ? found->second.read : found->second.write;
  }
  std::string resource = "table/" + table.name;
  if (!index_name.empty()) resource += "/index/" + index_name;
  ObjectWriter settings{out};
  if (scaling) {
    settings.integer("MinimumUnits", scaling->minimum_units);
    settings.integer("MaximumUnits", scaling->maximum_units);
  }
  if (!scaling || table.billing_mode == model::BillingMode::kPayPerRequest) {
    settings.boolean("AutoScalingDisabled", true);
  }
  if (scaling) {
    const auto arn = model::parse_table_arn(table.arn);
    settings.string("AutoScalingRoleArn",
                    scaling->role_arn.empty()
                        ? fmt::format("arn:aws:iam::{}:role/aws-service-role/dynamodb.application-autoscaling."
                                      "amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable",
                                      arn ? arn->account_id : "")
                        : scaling->role_arn);
  }
  std::string& policies = settings.key("ScalingPolicies");
  policies.push_back('[');
  if (scaling) append_policy(policies, *scaling, kind, resource);
  policies.push_back(']');
  settings.finish();
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char letter) { return letter >= ' ' && letter <= '~'; });
}

bool is_role_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char letter) {
    return static_cast<unsigned char>(letter) >= 0x20U || letter == '\r' || letter == '\n' || letter == '\t';
  });
}

std::string failed_to_update(std::string_view table_name, std::string_view detail) {
  return fmt::format("Failed to update settings for global table with name: ‘{}’{}", table_name, detail);
}

Result<std::optional<model::AutoScaling>> resolve_auto_scaling(const AutoScalingInput& input, ScaledUnits kind,
                                                               std::string_view table_name) {
  if (input.disabled.value_or(false)) {
    const auto given = parameters(input, true);
    if (given.empty()) return std::optional<model::AutoScaling>{};
    return validation_error(failed_to_update(
        table_name, fmt::format(": Parameters {} cannot be specified if auto scaling is being disabled.", given)));
  }
  if (const auto missing = parameters(input, false); !missing.empty()) {
    return validation_error(failed_to_update(
        table_name, fmt::format(": Parameters {} are required unless auto scaling is being disabled.", missing)));
  }
  if (*input.maximum_units < *input.minimum_units) {
    return validation_error("Maximum capacity cannot be less than minimum capacity");
  }
  const auto& tracking = *input.policy->target_tracking;
  TRY(check_target(*tracking.target_value, kind));
  return std::optional{model::AutoScaling{.minimum_units = *input.minimum_units,
                                          .maximum_units = *input.maximum_units,
                                          .role_arn = std::string{input.role_arn.value_or("")},
                                          .policy_name = std::string{input.policy->name.value_or("")},
                                          .target_value = *tracking.target_value,
                                          .disable_scale_in = tracking.disable_scale_in,
                                          .scale_in_cooldown = tracking.scale_in_cooldown,
                                          .scale_out_cooldown = tracking.scale_out_cooldown}};
}

Result<void> set_auto_scaling(std::span<model::TableDefinition> chosen, std::span<const model::TableDefinition> all,
                              const AutoScalingInput& input, const ScaledSetting& setting) {
  const auto& table = all.front();
  TRY_ASSIGN(const auto settings, resolve_auto_scaling(input, setting.kind, table.name));
  if (settings && table.billing_mode == model::BillingMode::kPayPerRequest) {
    std::string regions;
    for (const auto& replica : all) {
      regions.append(regions.empty() ? "'" : ", '");
      for (const char letter : replication::region_of(replica)) {
        regions.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(letter))));
      }
      regions.push_back('\'');
    }
    return validation_error(
        fmt::format("Failed to update global table with name ‘{}‘. Replicas {} BillingMode is PayPerRequest. You must "
                    "convert table's BillingMode to PROVISIONED to set parameters: '{}'.",
                    table.name, regions, setting.parameter));
  }
  const std::string index_name{setting.index_name};
  for (auto& replica : chosen) {
    auto& both = replica.settings.auto_scaling[index_name];
    (setting.kind == ScaledUnits::kRead ? both.read : both.write) = settings;
    if (!both.read && !both.write) replica.settings.auto_scaling.erase(index_name);
  }
  return {};
}

bool has_scaled_index(const model::TableDefinition& table, std::string_view name) {
  const auto* const index = table.find_index(name);
  return index != nullptr && index->kind == model::IndexKind::kGlobal && !index->is_backfilling();
}

Result<catalog::TablePointer> require_scaled_table(const OperationContext& context,
                                                   const model::TableReference& table) {
  TRY(context.tables().check_place(table));
  if (auto found = context.tables().find(table.name())) return found;
  return ApiError{ErrorKind::kResourceNotFound,
                  fmt::format("Global table with name: '{}' does not exist.", table.name())};
}

std::vector<model::TableDefinition> scaled_replicas(const OperationContext& context,
                                                    const model::TableDefinition& table) {
  std::vector<model::TableDefinition> replicas{table};
  for (const auto& other : replication::others_of(context.services.tables, table))
    replicas.push_back(other->definition);
  std::ranges::sort(replicas, {}, &replication::region_of);
  return replicas;
}

void append_auto_scaling_answer(std::string& out, const AutoScalingDescription& description) {
  ObjectWriter answer{out};
  ObjectWriter table{answer.key("TableAutoScalingDescription")};
  table.string("TableName", description.table_name);
  table.string("TableStatus", "ACTIVE");
  std::string& replicas = table.key("Replicas");
  json::append_list(replicas, description.replicas, [&replicas](const model::TableDefinition& replica) {
    DescriptionWriter{replicas, replica}.append_replica();
  });
  table.finish();
  answer.finish();
}

}  // namespace millrace::api
