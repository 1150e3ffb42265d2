// `FunctionName` as the API takes it: name, partial ARN or full ARN, each with or without a qualifier.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "server/model/arn.hpp"

namespace millrace::lambda {

struct FunctionReference {
  std::string name;
  std::string qualifier;  ///< as written, empty when there was none
};

/// Takes a FunctionName apart: `F`, `F:$LATEST`, `function:F`, `<account>:function:F`, `arn:aws:lambda:…:function:F:Q`.
/// Errors: ValidationException with the constraint AWS prints for this member.
Result<FunctionReference> parse_function_name(std::string_view text);

/// True for 1 to 64 of [a-zA-Z0-9-_]: what a new function may be called.
bool is_function_name(std::string_view text);

/// The ARN with the qualifier behind it, when there is one.
std::string qualified_arn(const model::Account& account, const FunctionReference& function);

/// `Function not found: arn:…:$LATEST` (reference, 5.6).
ApiError function_not_found(const model::Account& account, const FunctionReference& function);

}  // namespace millrace::lambda
