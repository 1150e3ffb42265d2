#include "harness/lambda/function_name.hpp"

#include <algorithm>

namespace millrace::lambda {
namespace {

constexpr std::string_view kPattern =
    R"((arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?)"
    R"(([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?)";
constexpr std::size_t kLongest = 256;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_';
}

ApiError not_a_function_name(std::string_view text) {
  std::string message{"1 validation error detected: Value '"};
  message.append(text).append("' at 'functionName' failed to satisfy constraint: Member must ");
  if (text.size() > kLongest) {
    message.append("have length less than or equal to 256");
  } else {
    message.append("satisfy regular expression pattern: ").append(kPattern);
  }
  return {ErrorKind::kLambdaValidation, std::move(message)};
}

/// Cuts off the text up to the first colon when `accept` likes it.
template <class Accept>
bool skip_part(std::string_view& text, Accept accept) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !accept(text.substr(0, colon))) return false;
  text.remove_prefix(colon + 1);
  return true;
}

bool is_region(std::string_view part) {
  return part.size() > 5 && std::count(part.begin(), part.end(), '-') >= 2 && is_digit(part.back()) &&
         part[part.size() - 2] == '-' &&
         std::all_of(part.begin(), part.end() - 1, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

bool is_account(std::string_view part) { return part.size() == 12 && std::all_of(part.begin(), part.end(), is_digit); }

}  // namespace

Result<FunctionReference> parse_function_name(std::string_view text) {
  if (text.size() > kLongest) return not_a_function_name(text);
  std::string_view rest = text;
  if (rest.starts_with("arn:")) {
    rest.remove_prefix(4);
    const auto partition = [](std::string_view part) { return part.empty() || part.starts_with("aws"); };
    const auto service = [](std::string_view part) { return part == "lambda"; };
    if (!skip_part(rest, partition) || !skip_part(rest, service)) return not_a_function_name(text);
  }
  skip_part(rest, is_region);
  skip_part(rest, is_account);
  skip_part(rest, [](std::string_view part) { return part == "function"; });

  const auto colon = rest.find(':');
  FunctionReference reference{std::string{rest.substr(0, colon)}, {}};
  const auto in_name = [](char c) { return is_name_character(c) || c == '.'; };
  bool valid = !reference.name.empty() && std::all_of(reference.name.begin(), reference.name.end(), in_name);
  if (colon != std::string_view::npos) {
    reference.qualifier = rest.substr(colon + 1);
    const std::string& qualifier = reference.qualifier;
    valid = valid && (qualifier == "$LATEST" || qualifier == "$LATEST.PUBLISHED" ||
                      (!qualifier.empty() && std::all_of(qualifier.begin(), qualifier.end(), is_name_character)));
  }
  if (!valid) return not_a_function_name(text);
  return reference;
}

bool is_function_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), is_name_character);
}

std::string qualified_arn(const model::Account& account, const FunctionReference& function) {
  std::string arn = model::function_arn(account, function.name);
  if (!function.qualifier.empty()) arn.append(":").append(function.qualifier);
  return arn;
}

ApiError function_not_found(const model::Account& account, const FunctionReference& function) {
  return {ErrorKind::kLambdaResourceNotFound, "Function not found: " + qualified_arn(account, function)};
}

}  // namespace millrace::lambda
