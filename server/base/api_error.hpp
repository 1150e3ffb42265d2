// The errors a caller sees: one kind per AWS exception, one table that says how each goes over the wire.
//
// A kind exists here only when some code treats it differently or a client can catch it by name. Everything about its
// wire form (prefix, HTTP status, spelling of the text member) is in the table in api_error.cpp and nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::base {

enum class ErrorKind : std::uint8_t {
  // DynamoDB and DynamoDB Streams (AWS JSON 1.0)
  kSerialization,
  kUnknownOperation,
  kMissingAuthenticationToken,
  kIncompleteSignature,
  kInvalidSignature,
  kUnrecognizedClient,
  kRequestTooLarge,
  kValidation,
  kConditionalCheckFailed,
  kDuplicateItem,
  kResourceNotFound,
  kResourceInUse,
  kTableNotFound,
  kTableInUse,
  kTableAlreadyExists,
  kBackupNotFound,
  kBackupInUse,
  kGlobalTableAlreadyExists,
  kGlobalTableNotFound,
  kReplicaAlreadyExists,
  kReplicaNotFound,
  kIndexNotFound,
  kPointInTimeRecoveryUnavailable,
  kInvalidRestoreTime,
  kLimitExceeded,
  kProvisionedThroughputExceeded,
  kThrottling,
  kExpiredIterator,
  kTrimmedDataAccess,
  kItemCollectionSizeLimitExceeded,
  kTransactionCanceled,
  kTransactionConflict,
  kTransactionInProgress,
  kIdempotentParameterMismatch,
  kPolicyNotFound,
  kExportNotFound,
  kExportConflict,
  kInvalidExportTime,
  kImportNotFound,
  kImportConflict,
  kInternalServerError,
  // Lambda (REST-JSON, 2015-03-31)
  kLambdaInvalidParameterValue,
  kLambdaInvalidRequestContent,
  kLambdaResourceConflict,
  kLambdaResourceNotFound,
  kLambdaResourceInUse,
  kLambdaRequestTooLarge,
  kLambdaTooManyRequests,
  kLambdaUnsupportedMediaType,
  kLambdaValidation,
  kLambdaService,
};

/// How one kind is written on the wire.
struct ErrorTraits {
  ErrorKind kind;
  std::string_view name;         ///< `ValidationException`
  std::string_view type_prefix;  ///< `com.amazon.coral.validate`; empty for REST-JSON kinds
  std::uint16_t http_status;
  std::string_view text_member;  ///< `message` or `Message`: AWS spells it differently per exception
  std::string_view fault;        ///< value of the REST-JSON member `Type` (`User`, `Service`); empty when absent
};

/// The row of the table for `kind`. Never fails.
const ErrorTraits& traits_of(ErrorKind kind);

/// A failure that is the caller's to see. `members` is raw JSON for further top-level members, without braces or a
/// leading comma (for example `"Item":{…}`), empty for most kinds.
struct [[nodiscard]] ApiError {
  ErrorKind kind{};
  std::string message{};
  std::string members{};

  friend bool operator==(const ApiError&, const ApiError&) = default;
};

/// `ValidationException` with exactly this text.
ApiError validation_error(std::string message);
/// `ValidationException`: "One or more parameter values were invalid: " followed by `detail`.
ApiError invalid_parameter_values(std::string_view detail);
/// `ValidationException`: "1 validation error detected: " followed by `detail`. The envelope of AWS's newer
/// validation framework (reference, 2.4).
ApiError enveloped_validation_error(std::string_view detail);
/// `SerializationException`; an empty text is left out of the body.
ApiError serialization_error(std::string message = {});
/// `ResourceNotFoundException` with the text of the data plane, "Requested resource not found".
ApiError resource_not_found();
/// `ResourceNotFoundException` with the text of the control plane, "Requested resource not found: Table: T not found".
ApiError table_not_found(std::string_view table_name);

/// What of a message goes over the wire at most. AWS echoes parts of requests in many texts; of a request of 16 MB that
/// is enough.
inline constexpr std::size_t kMostMessageBytes = std::size_t{64} << 10U;
/// `text`, or as much of it as kMostMessageBytes allow; never half a character.
std::string_view cut_message(std::string_view text);

/// The body of an error answer, its message cut. JSON 1.0 kinds carry `__type`, REST-JSON kinds carry `Type` where AWS
/// does.
std::string to_body(const ApiError& error);

/// Appends `text` as a JSON string, quotes included.
void append_json_string(std::string& out, std::string_view text);

}  // namespace millrace::base

namespace millrace {
using base::ApiError;
using base::ErrorKind;
}  // namespace millrace
