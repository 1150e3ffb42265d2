#include "server/catalog/settings_document.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "server/json/object_writer.hpp"

namespace millrace::catalog {
namespace {

using millrace::json::ObjectWriter;

/// `{"key": …, …}`, unless there are none.
template <class Map, class AppendValue>
void append_map(ObjectWriter& writer, std::string_view name, const Map& map, AppendValue append_value) {
  if (map.empty()) return;
  ObjectWriter entries{writer.key(name)};
  for (const auto& [key, value] : map) append_value(entries.key(key), value);
  entries.finish();
}

template <class Value, class ReadValue>
void read_map(const nlohmann::json& settings, const char* name, std::map<std::string, Value>& map,
              ReadValue read_value) {
  const auto found = settings.find(name);
  if (found == settings.end()) return;
  for (const auto& [key, value] : found->items()) map.emplace(key, read_value(value));
}

void append_policy(std::string& out, const model::ResourcePolicy& policy) {
  ObjectWriter writer{out};
  writer.string("document", policy.document);
  writer.string("revisionId", policy.revision_id);
  writer.finish();
}

model::ResourcePolicy policy_from(const nlohmann::json& value) {
  return {value.at("document").get<std::string>(), value.at("revisionId").get<std::string>()};
}

TimePoint stored_time(const nlohmann::json& value) { return TimePoint{Duration{value.get<std::int64_t>()}}; }

void append_insights(std::string& out, const model::ContributorInsights& insights) {
  ObjectWriter writer{out};
  writer.boolean("enabled", insights.enabled);
  writer.boolean("throttledOnly", insights.mode == model::ContributorInsightsMode::kThrottledKeys);
  writer.integer("rulesMade", insights.rules_made.time_since_epoch().count());
  writer.integer("changed", insights.changed.time_since_epoch().count());
  writer.finish();
}

model::ContributorInsights insights_from(const nlohmann::json& value) {
  using enum model::ContributorInsightsMode;
  return {.enabled = value.at("enabled").get<bool>(),
          .mode = value.at("throttledOnly").get<bool>() ? kThrottledKeys : kAccessedAndThrottledKeys,
          .rules_made = stored_time(value.at("rulesMade")),
          .changed = stored_time(value.at("changed"))};
}

void append_destination(std::string& out, const model::KinesisDestination& destination) {
  using enum model::KinesisDestination::Status;
  ObjectWriter writer{out};
  writer.string("streamArn", destination.stream_arn);
  writer.string("status", destination.status == kActive     ? "ACTIVE"
                          : destination.status == kDisabled ? "DISABLED"
                                                            : "ENABLE_FAILED");
  if (!destination.why_failed.empty()) writer.string("whyFailed", destination.why_failed);
  if (!destination.log_arn.empty()) writer.string("log", destination.log_arn);
  if (destination.precision) {
    writer.boolean("microseconds", *destination.precision == model::TimePrecision::kMicrosecond);
  }
  writer.integer("changed", destination.changed.time_since_epoch().count());
  writer.finish();
}

model::KinesisDestination destination_from(const nlohmann::json& value) {
  using enum model::KinesisDestination::Status;
  model::KinesisDestination destination;
  destination.stream_arn = value.at("streamArn").get<std::string>();
  const auto status = value.at("status").get<std::string>();
  if (status == "DISABLED") {
    destination.status = kDisabled;
  } else if (status == "ENABLE_FAILED") {
    destination.status = kEnableFailed;
  } else if (status != "ACTIVE") {
    throw std::runtime_error("no status of a destination: " + status);
  }
  destination.why_failed = value.value("whyFailed", std::string{});
  destination.log_arn = value.value("log", std::string{});
  if (const auto micro = value.find("microseconds"); micro != value.end()) {
    destination.precision =
        micro->get<bool>() ? model::TimePrecision::kMicrosecond : model::TimePrecision::kMillisecond;
  }
  destination.changed = stored_time(value.at("changed"));
  return destination;
}

void put_number(ObjectWriter& writer, std::string_view name, const std::optional<std::int64_t>& number) {
  if (number) writer.integer(name, *number);
}

void append_auto_scaling(std::string& out, const model::AutoScaling& scaling) {
  ObjectWriter writer{out};
  writer.integer("minimum", scaling.minimum_units);
  writer.integer("maximum", scaling.maximum_units);
  writer.string("role", scaling.role_arn);
  writer.string("policy", scaling.policy_name);
  writer.decimal("target", scaling.target_value);
  if (scaling.disable_scale_in) writer.boolean("disableScaleIn", *scaling.disable_scale_in);
  put_number(writer, "scaleInCooldown", scaling.scale_in_cooldown);
  put_number(writer, "scaleOutCooldown", scaling.scale_out_cooldown);
  writer.finish();
}

template <class Value>
void read_optional(const nlohmann::json& object, const char* name, std::optional<Value>& value) {
  if (const auto found = object.find(name); found != object.end()) value = found->get<Value>();
}

model::AutoScaling auto_scaling_from(const nlohmann::json& value) {
  model::AutoScaling scaling;
  scaling.minimum_units = value.at("minimum").get<std::int64_t>();
  scaling.maximum_units = value.at("maximum").get<std::int64_t>();
  scaling.role_arn = value.at("role").get<std::string>();
  scaling.policy_name = value.at("policy").get<std::string>();
  scaling.target_value = value.at("target").get<double>();
  read_optional(value, "disableScaleIn", scaling.disable_scale_in);
  read_optional(value, "scaleInCooldown", scaling.scale_in_cooldown);
  read_optional(value, "scaleOutCooldown", scaling.scale_out_cooldown);
  return scaling;
}

void append_both_scalings(std::string& out, const model::ReadWriteAutoScaling& both) {
  ObjectWriter writer{out};
  if (both.read) append_auto_scaling(writer.key("read"), *both.read);
  if (both.write) append_auto_scaling(writer.key("write"), *both.write);
  writer.finish();
}

model::ReadWriteAutoScaling both_scalings_from(const nlohmann::json& value) {
  model::ReadWriteAutoScaling both;
  if (value.contains("read")) both.read = auto_scaling_from(value.at("read"));
  if (value.contains("write")) both.write = auto_scaling_from(value.at("write"));
  return both;
}

}  // namespace

void append_settings(std::string& out, const model::TableSettings& settings) {
  ObjectWriter writer{out};
  append_map(writer, "policies", settings.policies, append_policy);
  append_map(writer, "contributorInsights", settings.contributor_insights, append_insights);
  append_map(writer, "autoScaling", settings.auto_scaling, append_both_scalings);
  if (!settings.kinesis_destinations.empty()) {
    json::append_list(writer.key("kinesisDestinations"), settings.kinesis_destinations,
                      [&out](const model::KinesisDestination& destination) { append_destination(out, destination); });
  }
  writer.finish();
}

model::TableSettings settings_from(const nlohmann::json& value) {
  model::TableSettings settings;
  read_map(value, "policies", settings.policies, policy_from);
  read_map(value, "contributorInsights", settings.contributor_insights, insights_from);
  read_map(value, "autoScaling", settings.auto_scaling, both_scalings_from);
  if (const auto destinations = value.find("kinesisDestinations"); destinations != value.end()) {
    for (const auto& destination : *destinations) {
      settings.kinesis_destinations.push_back(destination_from(destination));
    }
  }
  return settings;
}

}  // namespace millrace::catalog
