#include "harness/admin/fault_request.hpp"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "server/json/tree.hpp"
#include "server/rest/service_error.hpp"

namespace millrace::admin {
namespace {

using Json = nlohmann::json;

Result<std::uint64_t> read_count(const Json& value, std::string_view what) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  return rest::invalid_parameter_value(
      fmt::format("{} must be a whole number from 0 to {}.", what, std::numeric_limits<std::uint64_t>::max()));
}

Result<base::FaultRule> read_rule(std::string_view point, const Json& members) {
  base::FaultRule rule;
  if (!members.is_object()) {
    return rest::invalid_parameter_value(fmt::format(
        "The rule of {} must be an object with probability, times and after, all optional; {{}} fires always.", point));
  }
  for (const auto& [name, value] : members.items()) {
    const std::string what = fmt::format("{} of {}", name, point);
    if (name == "probability") {
      rule.probability = value.is_number() ? value.get<double>() : -1.0;
      if (!(rule.probability >= 0.0 && rule.probability <= 1.0)) {
        return rest::invalid_parameter_value(what + " must be a number between 0 and 1.");
      }
    } else if (name == "times") {
      TRY_ASSIGN(rule.times, read_count(value, what));
    } else if (name == "after") {
      TRY_ASSIGN(rule.after, read_count(value, what));
    } else {
      return rest::invalid_parameter_value(
          fmt::format("The rule of {} has no member '{}'; it has probability, times and after.", point, name));
    }
  }
  return rule;
}

}  // namespace

Result<base::FaultSettings> parse_fault_plan(std::string_view text) {
  const auto document = json::parse_tree(text);
  if (document.has_error()) {
    return rest::invalid_parameter_value("A fault plan cannot be read: " + document.error().reason + ".");
  }
  if (!document->is_object()) return rest::invalid_parameter_value("A fault plan must be a JSON object.");
  base::FaultSettings settings;
  for (const auto& [name, value] : document->items()) {
    if (name == "seed") {
      TRY_ASSIGN(settings.seed, read_count(value, "seed"));
    } else if (name == "points") {
      if (!value.is_object()) {
        return rest::invalid_parameter_value("points must be an object that has a rule for the name of each point.");
      }
      for (const auto& [point_name, members] : value.items()) {
        const auto point = base::find_fault_point(point_name);
        if (!point) {
          return rest::invalid_parameter_value(
              fmt::format("There is no fault point '{}'; there are {}.", point_name, base::list_fault_points()));
        }
        TRY_ASSIGN(settings.rules[*point], read_rule(point_name, members));
      }
    } else {
      return rest::invalid_parameter_value(
          fmt::format("A fault plan has no member '{}'; it has seed and points.", name));
    }
  }
  return settings;
}

}  // namespace millrace::admin
