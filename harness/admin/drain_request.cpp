#include "harness/admin/drain_request.hpp"

#include "server/json/tree.hpp"
#include "server/rest/service_error.hpp"

namespace millrace::admin {
namespace {}  // namespace

Result<DrainRequest> parse_drain_request(std::string_view body) {
  DrainRequest request;
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return request;
  const auto document = json::parse_tree(body);
  if (document.has_error())
    return rest::invalid_parameter_value("The body of a drain cannot be read: " + document.error().reason + ".");
  if (!document->is_object()) return rest::invalid_parameter_value("The body of a drain must be a JSON object.");
  for (const auto& [name, value] : document->items()) {
    if (name == "timeoutSeconds") {
      const double seconds = value.is_number() ? value.get<double>() : -1.0;
      if (!(seconds >= 0.0 && seconds <= static_cast<double>(kMaxDrainSeconds))) {
        return rest::invalid_parameter_value("timeoutSeconds must be a number between 0 and " +
                                             std::to_string(kMaxDrainSeconds) + ".");
      }
      request.timeout = std::chrono::duration_cast<Duration>(std::chrono::duration<double>{seconds});
    } else if (name == "mapping") {
      if (!value.is_string())
        return rest::invalid_parameter_value("mapping must be the UUID of an event source mapping.");
      request.mapping = value.get<std::string>();
    } else {
      return rest::invalid_parameter_value("A drain has no member '" + name + "'; it has timeoutSeconds and mapping.");
    }
  }
  return request;
}

}  // namespace millrace::admin
