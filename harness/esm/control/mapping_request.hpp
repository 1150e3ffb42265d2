// The requests about event source mappings: shape and constraints by the tables of mapping_members.hpp, no I/O
// (reference, 3.3 and 3.6). A parameter that Millrace cannot honour yet is refused in plain words, never ignored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/esm/control/mapping.hpp"
#include "harness/lambda/control/function_reference.hpp"
#include "server/base/result.hpp"
#include "server/rest/request_members.hpp"

namespace millrace::esm {

using lambda::FunctionName;

/// Members that both requests have; an absent one keeps its value (update) or its default (create).
struct MappingChanges {
  std::optional<FunctionName> function;
  std::optional<bool> enabled;
  std::optional<std::int64_t> batch_size;
  std::optional<std::int64_t> batching_window_seconds;
  std::optional<std::int64_t> maximum_record_age_seconds;
  std::optional<std::int64_t> maximum_retry_attempts;
  std::optional<bool> bisect_batch_on_function_error;
  std::optional<bool> report_batch_item_failures;
  std::optional<std::int64_t> parallelization_factor;
  std::optional<std::int64_t> tumbling_window_seconds;
  std::optional<std::vector<std::string>> filters;  ///< an empty list takes those there are away
  std::optional<std::string> on_failure;            ///< an empty text likewise
  std::optional<std::string> kms_key_arn;
  std::optional<std::vector<std::string>> metrics;

  /// Why the request cannot be honoured although its form is right: parameters that are not emulated, a record age
  /// below a minute, metrics of other event sources. Full messages, reported after everything AWS checks, so that AWS's
  /// own errors show first.
  std::vector<std::string> refusals;
  /// `DestinationConfig.OnSuccess` was given: AWS refuses it before it looks at the function.
  bool has_on_success{false};
  /// Why a pattern is none, with the number of its filter: AWS refuses it without saying why. Empty: all are patterns.
  std::string bad_filter{};
};

struct CreateRequest {
  MappingChanges changes;
  std::optional<std::string> event_source_arn;
  std::optional<std::string> starting_position;
  std::map<std::string, std::string> tags;
};

struct UpdateRequest {
  std::string uuid;
  MappingChanges changes;
};

/// The query of ListEventSourceMappings.
struct ListQuery {
  std::string event_source_arn{};          ///< empty: of all sources
  std::optional<FunctionName> function{};  ///< empty: of all functions
  std::string marker{};                    ///< NextMarker of the page before
  std::size_t max_items{100};
};

/// Errors: InvalidRequestContentException for a body that is not a JSON object or a member of a wrong type,
/// ValidationException listing every violated constraint.
Result<CreateRequest> parse_create_request(const rest::RequestParts& request);
Result<UpdateRequest> parse_update_request(const rest::RequestParts& request);

/// The UUID of GetEventSourceMapping and DeleteEventSourceMapping. Errors: ValidationException.
Result<std::string> parse_named_request(const rest::RequestParts& request);

/// Errors: ValidationException.
Result<ListQuery> parse_list_query(const rest::RequestParts& request);

/// Writes the members that are present over those of `mapping`, the function's excepted.
void apply(const MappingChanges& changes, MappingDefinition& mapping);

}  // namespace millrace::esm
