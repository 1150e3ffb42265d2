#include "server/api/tables/tags.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace millrace::api {
namespace {

using base::validation_error;

constexpr std::size_t kMostTags = 50;
constexpr std::size_t kLongestKey = 128;
constexpr std::size_t kLongestValue = 256;

/// Letters and digits of any script, blanks, and `+ - = . _ : / @`.
bool is_tag_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char letter) {
    constexpr std::string_view kSigns = " +-=._:/@";
    const bool ascii_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    return ascii_letter || (letter >= '0' && letter <= '9') || static_cast<unsigned char>(letter) >= 0x80U ||
           kSigns.find(letter) != std::string_view::npos;
  });
}

/// Code points: bytes of UTF-8 but for those that continue one.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

Result<void> check_tag(const TagInput& tag) {
  const std::string key{tag.key.value_or("")};
  if (key.empty() || characters(key) > kLongestKey || !is_tag_text(key)) {
    return validation_error("The Tag Key provided is invalid, Key: " + key);
  }
  if (!tag.value || characters(*tag.value) > kLongestValue || !is_tag_text(*tag.value)) {
    return validation_error("The Tag Value provided is invalid, Value: " + std::string{tag.value.value_or("")});
  }
  if (key.starts_with("aws:")) return validation_error("Tag Key cannot be prefixed with aws:, Key: " + key);
  return {};
}

}  // namespace

Result<void> check_tag_count(std::size_t count) {
  if (count <= kMostTags) return {};
  return validation_error("Number of Tags exceed the current limit for the provided ResourceArn");
}

Result<void> check_tags(const std::vector<TagInput>& tags) {
  TRY(check_tag_count(tags.size()));
  std::set<std::string_view> keys;
  for (const auto& tag : tags) {
    TRY(check_tag(tag));
    if (!keys.insert(*tag.key).second) {
      return validation_error("Duplicate Tag Keys provided as input: Duplicate Tag Key found " + std::string{*tag.key});
    }
  }
  return {};
}

void add_tags(std::map<std::string, std::string>& to, const std::vector<TagInput>& tags) {
  for (const auto& tag : tags) to.insert_or_assign(std::string{*tag.key}, std::string{*tag.value});
}

Result<model::TableReference> parse_resource_arn(OptionalText arn) {
  if (!arn || arn->empty()) return validation_error("Invalid TableArn");
  const std::string text{*arn};
  if (!text.starts_with("arn:")) return base::invalid_parameter_values("ARNs must start with 'arn:': " + text);
  model::TableReference table{text};
  if (!table.is_foreign_arn()) return table;
  if (text.find(":table/") != std::string::npos && text.find("/index/") != std::string::npos) {
    return base::invalid_parameter_values(
        "Invalid resource arn provided, only table or stream is accepted. Provided resource arn: " + text);
  }
  constexpr std::string_view kPartition = "arn:aws:";  // what follows is the service
  if (text.starts_with(kPartition) && !std::string_view{text}.substr(kPartition.size()).starts_with("dynamodb:")) {
    return base::invalid_parameter_values("Provided Arn is not a DynamoDB resource arn: " + text);
  }
  return validation_error("Invalid TableArn: Invalid ResourceArn provided as input " + text);
}

Result<catalog::TablePointer> require_resource(const OperationContext& context, const model::TableReference& table) {
  auto found = table.may_be_of(context.caller) ? context.tables().find(table.name()) : nullptr;
  if (found) return found;
  // The spelling is AWS's.
  return ApiError{ErrorKind::kResourceNotFound,
                  "Requested resource not found: ResourcArn: " + table.text() + " not found"};
}

}  // namespace millrace::api
