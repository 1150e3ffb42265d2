#include "server/api/transfers/transfer_members.hpp"

#include <algorithm>

#include "server/json/object_writer.hpp"
#include "server/transfers/format/checksum.hpp"

namespace millrace::api {
namespace {

constexpr std::size_t kWordBytes = 8;        // 16 digits
constexpr std::size_t kShortestToken = 112;  // digits

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
int hex_value(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

}  // namespace

bool matches_bucket(std::string_view text) {
  const auto may_follow = [](char c) { return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_'; };
  return text.size() >= 2 && is_letter_or_digit(text.front()) && is_letter_or_digit(text.back()) &&
         std::ranges::all_of(text, may_follow);
}

bool matches_account(std::string_view text) {
  return text.size() == 12 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool matches_token(std::string_view text) { return !text.empty() && text.find('$') == std::string_view::npos; }

bool matches_hex_of_words(std::string_view text) {
  return !text.empty() && text.size() % (2 * kWordBytes) == 0 && std::ranges::all_of(text, is_hex);
}

transfers::BucketPlace bucket_place(OptionalText bucket, OptionalText owner, OptionalText prefix) {
  return {std::string{bucket.value_or("")}, std::string{owner.value_or("")}, std::string{prefix.value_or("")}};
}

transfers::BucketEncryption bucket_encryption(OptionalText algorithm, OptionalText key_id) {
  return {std::string{algorithm.value_or("")}, std::string{key_id.value_or("")}};
}

void append_bucket_source(std::string& out, const transfers::BucketPlace& place) {
  json::ObjectWriter writer{out};
  if (!place.owner.empty()) writer.string("S3BucketOwner", place.owner);
  writer.string("S3Bucket", place.bucket);
  if (!place.prefix.empty()) writer.string("S3KeyPrefix", place.prefix);
  writer.finish();
}

std::string next_token_of(const std::string& arn) {
  std::string bytes = arn;
  bytes.resize(std::max((bytes.size() + kWordBytes - 1) / kWordBytes * kWordBytes, kShortestToken / 2), '\0');
  return transfers::to_hex(bytes);
}

Result<std::string> arn_of_next_token(OptionalText token) {
  std::string arn;
  if (!token) return arn;
  const auto invalid = [] { return base::validation_error("The provided NextToken is invalid"); };
  if (!matches_hex_of_words(*token)) return invalid();
  for (std::size_t at = 0; at < token->size(); at += 2) {
    arn.push_back(static_cast<char>(hex_value((*token)[at]) * 16 + hex_value((*token)[at + 1])));
  }
  while (arn.ends_with('\0')) arn.pop_back();
  if (!model::parse_transfer_arn(arn)) return invalid();
  return arn;
}

std::string text_of_member(const json::Object& body, std::string_view name) {
  json::Element element;
  if (body.at_key(name).get(element) != simdjson::SUCCESS || element.is_null()) return {};
  return simdjson::minify(element);
}

}  // namespace millrace::api
