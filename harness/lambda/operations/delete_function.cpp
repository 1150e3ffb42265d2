// DeleteFunction (API reference of Lambda).
#include "harness/lambda/operations/function_change.hpp"
#include "harness/lambda/operations/named_function.hpp"

namespace millrace::lambda {
namespace {

/// The function to remove.
Result<FunctionReference> find_doomed(const FunctionServices& services, const rest::Call& call) {
  TRY_ASSIGN(const FunctionReference reference, named_function(call));
  if (reference.qualifier == kLatestVersion) {
    return rest::invalid_parameter_value("$LATEST version cannot be deleted without deleting the function.");
  }
  TRY(services.functions.require(reference));
  return reference;
}

rest::Answer delete_function(const FunctionServices& services, rest::Call& call) {
  const auto doomed = find_doomed(services, call);
  if (doomed.has_error()) co_return doomed.error();
  auto removing = change_functions(services, [&](FunctionCatalog& catalog) { return catalog.remove(*doomed); });
  if (const Result<void> removed = co_await std::move(removing); removed.has_error()) co_return removed.error();
  co_return rest::json_response(204, {});
}

}  // namespace

extern const FunctionOperation kDeleteFunction{.name = "DeleteFunction",
                                               .method = "DELETE",
                                               .path = kOneFunction,
                                               .members = named_function_members,
                                               .run = delete_function};

}  // namespace millrace::lambda
