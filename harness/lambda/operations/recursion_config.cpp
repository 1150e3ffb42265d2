// GetFunctionRecursionConfig and PutFunctionRecursionConfig (API reference of Lambda, 2024-08-31). What is put is shown
// again: loops that AWS detects go through services that are not here (docs/compatibility.md).
#include <memory>
#include <utility>

#include "harness/lambda/operations/function_change.hpp"
#include "harness/lambda/operations/named_function.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::lambda {
namespace {

constexpr std::string_view kRecursionConfig = "/2024-08-31/functions/{FunctionName}/recursion-config";

http::Response show(std::string_view recursive_loop) {
  std::string body;
  json::ObjectWriter object{body};
  object.string("RecursiveLoop", recursive_loop);
  object.finish();
  return rest::json_response(200, std::move(body));
}

Result<FunctionReference> function_in(const rest::Call& call, const nlohmann::json& members) {
  return FunctionResolver{call.caller}.resolve(*rest::read_text(members, "FunctionName"), std::nullopt);
}

Result<http::Response> read_recursion_config(const FunctionServices& services, const rest::Call& call) {
  TRY_ASSIGN(const nlohmann::json members, rest::read_members(call.parts(), get_recursion_config_members()));
  TRY_ASSIGN(const FunctionReference reference, function_in(call, members));
  TRY_ASSIGN(const FunctionPointer definition, services.functions.require(reference));
  return show(definition->recursive_loop);
}

rest::Answer get_function_recursion_config(const FunctionServices& services, rest::Call& call) {
  co_return read_recursion_config(services, call);
}

rest::Answer put_function_recursion_config(const FunctionServices& services, rest::Call& call) {
  const auto members = rest::read_members(call.parts(), put_recursion_config_members());
  if (members.has_error()) co_return members.error();
  const auto reference = function_in(call, *members);
  if (reference.has_error()) co_return reference.error();
  if (const auto known = services.functions.require(*reference); known.has_error()) co_return known.error();
  const std::string loop = *rest::read_text(*members, "RecursiveLoop");
  auto changing = change_functions(services, [&](FunctionCatalog& catalog) {
    return catalog.change(*reference, [&](FunctionDefinition& definition) { definition.recursive_loop = loop; });
  });
  if (const Result<void> changed = co_await std::move(changing); changed.has_error()) co_return changed.error();
  co_return show(loop);
}

}  // namespace

extern const FunctionOperation kGetFunctionRecursionConfig{.name = "GetFunctionRecursionConfig",
                                                           .method = "GET",
                                                           .path = kRecursionConfig,
                                                           .members = get_recursion_config_members,
                                                           .run = get_function_recursion_config};
extern const FunctionOperation kPutFunctionRecursionConfig{.name = "PutFunctionRecursionConfig",
                                                           .method = "PUT",
                                                           .path = kRecursionConfig,
                                                           .members = put_recursion_config_members,
                                                           .run = put_function_recursion_config};

}  // namespace millrace::lambda
