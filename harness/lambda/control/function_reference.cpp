#include "harness/lambda/control/function_reference.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/rest/service_error.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::lambda {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_name_character(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_'; }

template <class Accept>
bool all_of(std::string_view text, Accept accept) {
  return !text.empty() && std::all_of(text.begin(), text.end(), accept);
}

bool is_partition(std::string_view part) {
  constexpr std::string_view kAws = "aws";
  const auto in_partition = [](char c) { return is_lower(c) || (c >= 'A' && c <= 'Z') || c == '-'; };
  return part.empty() || (part.starts_with(kAws) && std::all_of(part.begin() + kAws.size(), part.end(), in_partition));
}
/// `[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}`
bool is_region(std::string_view part) {
  const auto skip_letters = [&part](std::size_t most) {
    std::size_t count = 0;
    while (count < most && count < part.size() && is_lower(part[count])) ++count;
    part.remove_prefix(count);
    return count;
  };
  if (skip_letters(2) != 2) return false;
  if (part.starts_with("-gov-")) {
    part.remove_prefix(4);
  } else if (part.starts_with("-iso")) {
    const bool lettered = part.size() > 4 && is_lower(part[4]);
    const std::size_t rest = lettered ? 5 : 4;
    if (part.size() > rest + 1 && part[rest] == '-' && is_lower(part[rest + 1])) part.remove_prefix(rest);
  }
  if (!part.starts_with('-')) return false;
  part.remove_prefix(1);
  return skip_letters(part.size()) > 0 && part.size() == 2 && part[0] == '-' && is_digit(part[1]);
}
bool is_account(std::string_view part) { return part.size() == 12 && std::all_of(part.begin(), part.end(), is_digit); }
bool is_written_name(std::string_view part) {
  return all_of(part, [](char c) { return is_name_character(c) || c == '.'; });
}
bool is_qualifier_in_name(std::string_view part) {
  return part == kLatestVersion || part == "$LATEST.PUBLISHED" || all_of(part, is_name_character);
}

std::vector<std::string_view> split_at_colons(std::string_view text) {
  std::vector<std::string_view> parts;
  for (auto colon = text.find(':'); colon != std::string_view::npos; colon = text.find(':')) {
    parts.push_back(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  parts.push_back(text);
  return parts;
}

/// The optional parts that may stand before the name.
struct Prefix {
  bool region;
  bool account;
  bool function;
};
/// As a regular expression tries them: what can be a prefix is one, unless nothing is left for the name then.
constexpr Prefix kPrefixes[] = {  // NOLINT: a table
    {true, true, true},  {true, true, false},  {true, false, true},  {true, false, false},
    {false, true, true}, {false, true, false}, {false, false, true}, {false, false, false}};

std::optional<FunctionName> match(const std::vector<std::string_view>& parts, std::size_t at, const Prefix& prefix) {
  FunctionName function;
  const auto left = [&] { return parts.size() - at; };
  if (prefix.region) {
    if (left() < 2 || !is_region(parts[at])) return std::nullopt;
    function.region = parts[at++];
  }
  if (prefix.account) {
    if (left() < 2 || !is_account(parts[at])) return std::nullopt;
    function.account_id = parts[at++];
  }
  if (prefix.function) {
    if (left() < 2 || parts[at] != "function") return std::nullopt;
    ++at;
  }
  if (left() > 2 || !is_written_name(parts[at])) return std::nullopt;
  function.name = parts[at++];
  if (left() > 0) {
    if (!is_qualifier_in_name(parts[at])) return std::nullopt;
    function.qualifier = parts[at];
  }
  return function;
}

std::optional<FunctionName> take_apart(std::string_view text) {
  const auto parts = split_at_colons(text);
  std::size_t at = 0;
  if (parts.size() > 3 && parts[0] == "arn" && is_partition(parts[1]) && parts[2] == "lambda") at = 3;
  for (const Prefix& prefix : kPrefixes) {
    if (auto function = match(parts, at, prefix)) return function;
  }
  return std::nullopt;
}

std::optional<FunctionName> check_name(validation::Constraints& constraints, std::string_view text) {
  rest::check_text(constraints, "functionName", std::string{text}, kFunctionNameMember);
  return take_apart(text);
}

}  // namespace

bool is_written_function(std::string_view text) { return take_apart(text).has_value(); }

bool is_written_qualifier(std::string_view text) {
  const auto in_qualifier = [](char c) { return is_name_character(c) || c == '$'; };
  return text == "$LATEST.PUBLISHED" || all_of(text, in_qualifier);
}

Result<FunctionName> parse_function_name(std::string_view text) {
  validation::Constraints constraints;
  auto function = check_name(constraints, text);
  TRY(rest::refuse_violations(constraints));
  return *std::move(function);
}

bool is_function_name(std::string_view text) {
  return text.size() <= kLongestNewName && all_of(text, is_name_character);
}

FunctionKey key_of(const FunctionReference& function) { return {function.account, function.name}; }

std::string arn_of(const FunctionKey& function) { return model::function_arn(function.account, function.name); }
std::string arn_of(const FunctionReference& function) { return model::function_arn(function.account, function.name); }

std::string qualified_arn(const FunctionReference& function) {
  std::string arn = arn_of(function);
  if (!function.qualifier.empty()) arn.append(":").append(function.qualifier);
  return arn;
}

std::string qualified_arn(const model::Account& account, const FunctionName& function) {
  return qualified_arn({.name = function.name,
                        .qualifier = function.qualifier,
                        .account = {.region = function.region.empty() ? account.region : function.region,
                                    .id = function.account_id.empty() ? account.id : function.account_id}});
}

ApiError function_not_found(const FunctionReference& function) {
  return {ErrorKind::kLambdaResourceNotFound, "Function not found: " + qualified_arn(function)};
}

Result<FunctionReference> FunctionResolver::resolve(std::string_view function_name,
                                                    const std::optional<std::string>& qualifier) const {
  validation::Constraints constraints;
  auto function = check_name(constraints, function_name);
  const bool qualified = qualifier && !qualifier->empty();
  if (qualified) rest::check_text(constraints, "qualifier", *qualifier, kQualifierMember);
  TRY(rest::refuse_violations(constraints));
  TRY_ASSIGN(FunctionReference reference, resolve(*std::move(function)));
  if (!qualified) return reference;
  if (!reference.qualifier.empty() && reference.qualifier != *qualifier) {
    return rest::invalid_parameter_value(
        "The derived qualifier from the function name does not match the specified qualifier.");
  }
  reference.qualifier = *qualifier;
  return reference;
}

Result<FunctionReference> FunctionResolver::resolve(FunctionName function) const {
  const model::Account& here = caller_.account;
  if (!function.account_id.empty() && !caller_.is_meant_by(here.region, function.account_id)) {
    return ApiError{ErrorKind::kLambdaResourceNotFound, "Function not found: " + qualified_arn(here, function)};
  }
  if (!function.region.empty() && !caller_.is_meant_by(function.region, here.id)) {
    return ApiError{
        ErrorKind::kLambdaResourceNotFound,
        "Functions from '" + function.region + "' are not reachable in this region ('" + here.region + "')"};
  }
  return FunctionReference{std::move(function.name), std::move(function.qualifier), here};
}

Result<std::string> FunctionResolver::resolve_new(std::string_view function_name) const {
  TRY_ASSIGN(FunctionReference reference, resolve(function_name));
  if (reference.name.size() > kLongestNewName) {
    validation::Constraints constraints;
    constraints.length("functionName", function_name, 1, kLongestNewName);
    return rest::invalid_parameter_value(constraints.finish().error().message);
  }
  if (!reference.means_latest()) {
    return rest::invalid_parameter_value("A function is made without versions and aliases: leave out the qualifier " +
                                         reference.qualifier + ".");
  }
  return std::move(reference.name);
}

}  // namespace millrace::lambda
