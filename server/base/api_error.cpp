#include "server/base/api_error.hpp"

#include <array>
#include <cstring>
#include <utility>

namespace millrace::base {
namespace {

constexpr std::string_view kCoralService = "com.amazon.coral.service";
constexpr std::string_view kCoralAvailability = "com.amazon.coral.availability";
constexpr std::string_view kCoralValidate = "com.amazon.coral.validate";
constexpr std::string_view kDynamo = "com.amazonaws.dynamodb.v20120810";

// Rows stand in the order of ErrorKind; table_is_in_order() below fails the build when they do not.
constexpr std::array kTable{
    ErrorTraits{ErrorKind::kSerialization, "SerializationException", kCoralService, 400, "Message", ""},
    ErrorTraits{ErrorKind::kUnknownOperation, "UnknownOperationException", kCoralService, 400, "message", ""},
    ErrorTraits{ErrorKind::kMissingAuthenticationToken, "MissingAuthenticationTokenException", kCoralService, 400,
                "message", ""},
    ErrorTraits{ErrorKind::kIncompleteSignature, "IncompleteSignatureException", kCoralService, 400, "message", ""},
    ErrorTraits{ErrorKind::kInvalidSignature, "InvalidSignatureException", kCoralService, 400, "message", ""},
    ErrorTraits{ErrorKind::kUnrecognizedClient, "UnrecognizedClientException", kCoralService, 400, "message", ""},
    ErrorTraits{ErrorKind::kRequestTooLarge, "RequestEntityTooLargeException", kCoralService, 413, "Message", ""},
    ErrorTraits{ErrorKind::kValidation, "ValidationException", kCoralValidate, 400, "message", ""},
    ErrorTraits{ErrorKind::kConditionalCheckFailed, "ConditionalCheckFailedException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kDuplicateItem, "DuplicateItemException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kResourceNotFound, "ResourceNotFoundException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kResourceInUse, "ResourceInUseException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kTableNotFound, "TableNotFoundException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kTableInUse, "TableInUseException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kTableAlreadyExists, "TableAlreadyExistsException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kBackupNotFound, "BackupNotFoundException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kBackupInUse, "BackupInUseException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kGlobalTableAlreadyExists, "GlobalTableAlreadyExistsException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kGlobalTableNotFound, "GlobalTableNotFoundException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kReplicaAlreadyExists, "ReplicaAlreadyExistsException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kReplicaNotFound, "ReplicaNotFoundException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kIndexNotFound, "IndexNotFoundException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kPointInTimeRecoveryUnavailable, "PointInTimeRecoveryUnavailableException", kDynamo, 400,
                "message", ""},
    ErrorTraits{ErrorKind::kInvalidRestoreTime, "InvalidRestoreTimeException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kLimitExceeded, "LimitExceededException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kProvisionedThroughputExceeded, "ProvisionedThroughputExceededException", kDynamo, 400,
                "message", ""},
    ErrorTraits{ErrorKind::kThrottling, "ThrottlingException", kCoralAvailability, 400, "message", ""},
    ErrorTraits{ErrorKind::kExpiredIterator, "ExpiredIteratorException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kTrimmedDataAccess, "TrimmedDataAccessException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kItemCollectionSizeLimitExceeded, "ItemCollectionSizeLimitExceededException", kDynamo, 400,
                "message", ""},
    ErrorTraits{ErrorKind::kTransactionCanceled, "TransactionCanceledException", kDynamo, 400, "Message", ""},
    ErrorTraits{ErrorKind::kTransactionConflict, "TransactionConflictException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kTransactionInProgress, "TransactionInProgressException", kDynamo, 400, "Message", ""},
    ErrorTraits{ErrorKind::kIdempotentParameterMismatch, "IdempotentParameterMismatchException", kDynamo, 400,
                "Message", ""},
    ErrorTraits{ErrorKind::kPolicyNotFound, "PolicyNotFoundException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kExportNotFound, "ExportNotFoundException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kExportConflict, "ExportConflictException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kInvalidExportTime, "InvalidExportTimeException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kImportNotFound, "ImportNotFoundException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kImportConflict, "ImportConflictException", kDynamo, 400, "message", ""},
    ErrorTraits{ErrorKind::kInternalServerError, "InternalServerError", kDynamo, 500, "message", ""},
    ErrorTraits{ErrorKind::kLambdaInvalidParameterValue, "InvalidParameterValueException", "", 400, "message", "User"},
    ErrorTraits{ErrorKind::kLambdaInvalidRequestContent, "InvalidRequestContentException", "", 400, "message", "User"},
    ErrorTraits{ErrorKind::kLambdaResourceConflict, "ResourceConflictException", "", 409, "message", "User"},
    ErrorTraits{ErrorKind::kLambdaResourceNotFound, "ResourceNotFoundException", "", 404, "Message", "User"},
    ErrorTraits{ErrorKind::kLambdaResourceInUse, "ResourceInUseException", "", 400, "Message", "User"},
    ErrorTraits{ErrorKind::kLambdaRequestTooLarge, "RequestTooLargeException", "", 413, "message", "User"},
    ErrorTraits{ErrorKind::kLambdaTooManyRequests, "TooManyRequestsException", "", 429, "message", "User"},
    ErrorTraits{ErrorKind::kLambdaUnsupportedMediaType, "UnsupportedMediaTypeException", "", 415, "message", "User"},
    ErrorTraits{ErrorKind::kLambdaValidation, "ValidationException", "", 400, "message", ""},
    ErrorTraits{ErrorKind::kLambdaService, "ServiceException", "", 500, "Message", "Service"},
};

constexpr bool table_is_in_order() {
  for (std::size_t row = 0; row < kTable.size(); ++row) {
    if (static_cast<std::size_t>(kTable[row].kind) != row) return false;
  }
  return kTable.size() == static_cast<std::size_t>(ErrorKind::kLambdaService) + 1;
}
static_assert(table_is_in_order());

constexpr std::array<char, 16> kHexDigits{'0', '1', '2', '3', '4', '5', '6', '7',
                                          '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

/// Looks at eight bytes at a time for a quote, a backslash or a control character.
bool needs_escape(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word & kHighBits; };
  const auto is_special = [&](std::uint64_t word) {
    const std::uint64_t below_space = (word - kOnes * 0x20U) & ~word & kHighBits;
    return (below_space | has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\'))) != 0;
  };
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof(word));
    if (is_special(word)) return true;
  }
  std::uint64_t word = kOnes * 'x';
  std::memcpy(&word, text.data() + at, text.size() - at);
  return is_special(word);
}

}  // namespace

const ErrorTraits& traits_of(ErrorKind kind) { return kTable[static_cast<std::size_t>(kind)]; }

ApiError validation_error(std::string message) { return {ErrorKind::kValidation, std::move(message)}; }

ApiError invalid_parameter_values(std::string_view detail) {
  return validation_error(std::string{"One or more parameter values were invalid: "}.append(detail));
}

ApiError enveloped_validation_error(std::string_view detail) {
  return validation_error(std::string{"1 validation error detected: "}.append(detail));
}

ApiError serialization_error(std::string message) { return {ErrorKind::kSerialization, std::move(message)}; }

ApiError resource_not_found() { return {ErrorKind::kResourceNotFound, "Requested resource not found"}; }

ApiError table_not_found(std::string_view table_name) {
  return {ErrorKind::kResourceNotFound,
          std::string{"Requested resource not found: Table: "}.append(table_name).append(" not found")};
}

std::string_view cut_message(std::string_view text) {
  if (text.size() <= kMostMessageBytes) return text;
  std::size_t end = kMostMessageBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::string to_body(const ApiError& error) {
  const ErrorTraits& traits = traits_of(error.kind);
  std::string body{"{"};
  if (!traits.type_prefix.empty()) {
    body.append("\"__type\":\"").append(traits.type_prefix).append("#").append(traits.name).append("\"");
  } else if (!traits.fault.empty()) {
    body.append("\"Type\":\"").append(traits.fault).append("\"");
  }
  if (!error.message.empty()) {
    if (body.size() > 1) body.push_back(',');
    body.append("\"").append(traits.text_member).append("\":");
    append_json_string(body, cut_message(error.message));
  }
  if (!error.members.empty()) {
    if (body.size() > 1) body.push_back(',');
    body.append(error.members);
  }
  body.push_back('}');
  return body;
}

void append_json_string(std::string& out, std::string_view text) {
  if (!needs_escape(text)) {  // nearly always: one growth, one copy
    const std::size_t at = out.size();
    out.resize(at + text.size() + 2);
    char* const to = out.data() + at;
    to[0] = '"';
    std::memcpy(to + 1, text.data(), text.size());
    to[text.size() + 1] = '"';
    return;
  }
  out.push_back('"');
  std::size_t clean_from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text, clean_from, at - clean_from);
    clean_from = at + 1;
    switch (byte) {
      case '"': out.append("\\\""); break;
      case '\\': out.append("\\\\"); break;
      case '\n': out.append("\\n"); break;
      case '\r': out.append("\\r"); break;
      case '\t': out.append("\\t"); break;
      case '\b': out.append("\\b"); break;
      case '\f': out.append("\\f"); break;
      default:
        out.append("\\u00");
        out.push_back(kHexDigits[byte >> 4U]);
        out.push_back(kHexDigits[byte & 0xFU]);
    }
  }
  out.append(text, clean_from, text.size() - clean_from);
  out.push_back('"');
}

}  // namespace millrace::base
