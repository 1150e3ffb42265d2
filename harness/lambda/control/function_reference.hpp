// Which function a request means: one resolver for every operation, in a path or a body, with or without `Qualifier`.
//
// A request names a function in many ways: `F`, `F:Q`, `function:F`, `<account>:function:F:Q`, `arn:aws:lambda:…`.
// FunctionName is such a text taken apart; FunctionReference is a function of the caller's. Only FunctionResolver makes
// the second from the first, so a name that means another region's or another account's function reaches none of those.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "server/model/caller.hpp"
#include "server/rest/member_table.hpp"

namespace millrace::lambda {

/// The version that every function has, and the only one there is.
inline constexpr std::string_view kLatestVersion = "$LATEST";

/// A FunctionName member as it was written; what it left out is empty.
struct FunctionName {
  std::string region{};
  std::string account_id{};
  std::string name{};
  std::string qualifier{};  ///< `$LATEST`, a version or an alias

  friend bool operator==(const FunctionName&, const FunctionName&) = default;
};

/// A function, which need not exist.
struct FunctionReference {
  std::string name;
  std::string qualifier{};  ///< as written, empty when there was none
  model::Account account{};

  /// False for an alias or a numbered version.
  [[nodiscard]] bool means_latest() const { return qualifier.empty() || qualifier == kLatestVersion; }

  friend bool operator==(const FunctionReference&, const FunctionReference&) = default;
};

/// What functions are kept by: whose it is, and where, and its name. Those of one account in one region follow each
/// other, in the order of their names.
struct FunctionKey {
  model::Account account{};
  std::string name;

  friend auto operator<=>(const FunctionKey&, const FunctionKey&) = default;
};

/// Of the function, whichever version or alias of it is meant.
FunctionKey key_of(const FunctionReference& function);

/// AWS's pattern of the member in every operation but CreateFunction.
inline constexpr std::string_view kFunctionNamePattern =
    R"((arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?)"
    R"(([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?)";
inline constexpr std::string_view kQualifierPattern = R"(\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+)";

/// Whether a text can be taken apart: it matches kFunctionNamePattern, found out without a regular expression.
bool is_written_function(std::string_view text);
/// The same for kQualifierPattern.
bool is_written_qualifier(std::string_view text);

/// The row of the member in the tables of operations that name a function in a body; for others set `place`.
inline constexpr rest::Member kFunctionNameMember{.name = "FunctionName",
                                                  .type = rest::MemberType::kString,
                                                  .presence = rest::Presence::kRequired,
                                                  .bounds = {1, 256},
                                                  .pattern = kFunctionNamePattern,
                                                  .matches = is_written_function};
inline constexpr rest::Member kQualifierMember{.name = "Qualifier",
                                               .type = rest::MemberType::kString,
                                               .place = rest::Place::kQuery,
                                               .bounds = {1, 128},
                                               .pattern = kQualifierPattern,
                                               .matches = is_written_qualifier};

/// Takes a FunctionName apart. Errors: ValidationException with the constraint AWS prints for this member.
Result<FunctionName> parse_function_name(std::string_view text);

/// Characters of a new function's name.
inline constexpr std::size_t kLongestNewName = 64;

/// True for 1 to 64 of [a-zA-Z0-9-_]: what a new function may be called.
bool is_function_name(std::string_view text);

/// The ARN without the qualifier: what documents of functions are named by.
std::string arn_of(const FunctionReference& function);
std::string arn_of(const FunctionKey& function);
/// The ARN with the qualifier behind it, when there is one.
std::string qualified_arn(const FunctionReference& function);
/// The same for a name as written; `account` stands in for what it left out.
std::string qualified_arn(const model::Account& account, const FunctionName& function);

/// `Function not found: arn:…:$LATEST` (reference, 5.6).
ApiError function_not_found(const FunctionReference& function);

/// Immutable; any thread.
class FunctionResolver {
 public:
  /// Whose functions are meant.
  explicit FunctionResolver(model::Caller caller) : caller_{std::move(caller)} {}

  [[nodiscard]] const model::Account& account() const { return caller_.account; }

  /// The function that a request names by the member and, where it has one, the `Qualifier` parameter; an empty one
  /// counts as none. Errors: ValidationException; ResourceNotFoundException for another region or account;
  /// InvalidParameterValueException when the two qualifiers disagree.
  [[nodiscard]] Result<FunctionReference> resolve(std::string_view function_name,
                                                  const std::optional<std::string>& qualifier = {}) const;
  /// The same for a name that was taken apart before.
  [[nodiscard]] Result<FunctionReference> resolve(FunctionName function) const;

  /// The name of the function that CreateFunction is to make. Errors: as above; InvalidParameterValueException for a
  /// name of over 64 characters, or with a qualifier that no new function has.
  [[nodiscard]] Result<std::string> resolve_new(std::string_view function_name) const;

 private:
  model::Caller caller_;
};

}  // namespace millrace::lambda
