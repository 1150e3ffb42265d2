// DeleteFunction (API reference of Lambda).
#include "harness/lambda/operations/named_function.hpp"

namespace millrace::lambda {
namespace {

Result<FunctionRegistry::Removed> remove(const FunctionServices& services, const rest::Call& call) {
  TRY_ASSIGN(const FunctionReference reference, named_function(call));
  if (reference.qualifier == kLatestVersion) {
    return rest::invalid_parameter_value("$LATEST version cannot be deleted without deleting the function.");
  }
  TRY(services.registry.require(reference));
  return services.registry.remove(reference);
}

rest::Answer delete_function(const FunctionServices& services, rest::Call& call) {
  auto removed = remove(services, call);
  if (removed.has_error()) co_return removed.error();
  if (auto done = co_await services.committed(removed->ticket); done.has_error()) {
    services.registry.undo_remove(removed->definition);
    co_return not_stored(done.error());
  }
  services.registry.finish_remove(removed->definition);
  co_return rest::json_response(204, {});
}

}  // namespace

extern const FunctionOperation kDeleteFunction{.name = "DeleteFunction",
                                               .method = "DELETE",
                                               .path = kOneFunction,
                                               .members = named_function_members,
                                               .run = delete_function};

}  // namespace millrace::lambda
