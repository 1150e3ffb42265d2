// Members of requests that move items between tables and buckets (API reference, 3.18): where objects lie, the token
// that makes a request idempotent, and the token of a list's next page.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/transfers/table_export.hpp"

namespace millrace::api {

bool matches_bucket(std::string_view text);
bool matches_account(std::string_view text);
bool matches_token(std::string_view text);
bool matches_hex_of_words(std::string_view text);

inline constexpr std::array<std::string_view, 2> kBucketEncryptions{"AES256", "KMS"};
inline constexpr std::array<std::string_view, 3> kCompressions{"GZIP", "ZSTD", "NONE"};

inline constexpr members::Member kClientToken{.name = "ClientToken", .pattern = "^[^\\$]+$", .matches = matches_token};
inline constexpr members::Member kS3Bucket{.name = "S3Bucket",
                                           .presence = members::Presence::kRequired,
                                           .bounds = {0, 255},
                                           .pattern = "^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$",
                                           .matches = matches_bucket};
inline constexpr members::Member kS3BucketOwner{
    .name = "S3BucketOwner", .pattern = "[0-9]{12}", .matches = matches_account};
inline constexpr members::Member kS3SseAlgorithm{.name = "S3SseAlgorithm", .values = kBucketEncryptions};
inline constexpr members::Member kS3SseKmsKeyId{.name = "S3SseKmsKeyId", .bounds = {1, 2048}};
inline constexpr members::Member kInputCompressionType{.name = "InputCompressionType", .values = kCompressions};

/// A place that items are read from: S3BucketSource.
struct BucketSourceInput {
  OptionalText owner;
  OptionalText bucket;
  OptionalText prefix;
};
inline constexpr of_tables::MemberTable kBucketSource{
    "S3BucketSource",
    of_tables::row(&BucketSourceInput::owner, kS3BucketOwner),
    of_tables::row(&BucketSourceInput::bucket, kS3Bucket),
    of_tables::row(&BucketSourceInput::prefix, {.name = "S3KeyPrefix", .bounds = {0, 1024}}),
};

/// Of texts that are there or not.
transfers::BucketPlace bucket_place(OptionalText bucket, OptionalText owner, OptionalText prefix);
transfers::BucketEncryption bucket_encryption(OptionalText algorithm, OptionalText key_id);
void append_bucket_source(std::string& out, const transfers::BucketPlace& place);

/// The ARN of a transfer, as hexadecimal digits of whole words.
std::string next_token_of(const std::string& arn);
/// The inverse. Errors: ValidationException.
Result<std::string> arn_of_next_token(OptionalText token);

/// The JSON text of a member of the request; empty when it is not there.
std::string text_of_member(const json::Object& body, std::string_view name);

/// The request of an operation that names one transfer and asks for nothing else.
struct NamedTransfer {
  OptionalText arn;
};
constexpr auto named_transfer(std::string_view structure, std::string_view member) {
  return of_tables::MemberTable{
      structure, of_tables::row(&NamedTransfer::arn,
                                {.name = member, .presence = members::Presence::kRequired, .bounds = {37, 1024}})};
}
template <const auto& kMembers>
Result<std::string> parse_named_transfer(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<NamedTransfer>(body, kMembers));
  return std::string{*members.arn};
}

}  // namespace millrace::api
