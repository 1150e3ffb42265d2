// CreateFunction (API reference of Lambda). What takes long of it: function_upload.hpp.
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "harness/lambda/control/create_function_members.hpp"
#include "harness/lambda/function_upload.hpp"
#include "harness/lambda/operations/function_change.hpp"
#include "harness/lambda/operations/named_function.hpp"

namespace millrace::lambda {
namespace {

// A zip of 50 MB as base64 in JSON.
constexpr http::BodyLimit kBody{.bytes = 70'167'211};

http::Response too_many_uploads() {
  http::Response response =
      http::to_rest_response({ErrorKind::kLambdaTooManyRequests, "Rate exceeded: too many uploads wait to be read.",
                              R"("Reason":"CallerRateLimitExceeded")"});
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Result<PreparedFunction> prepare(LiveFunctions& functions, FunctionUpload& upload) {
  TRY_ASSIGN(FunctionDefinition definition, upload.take());
  return functions.prepare(std::move(definition));
}

rest::Answer create_function(const FunctionServices& services, rest::Call& call) {
  LiveFunctions& functions = services.functions;
  http::Request& request = call.request;
  const auto upload =
      std::make_shared<FunctionUpload>(services.catalog, functions, call.caller, std::move(request.body));
  if (upload->is_small()) {
    upload->read();
  } else {
    if (request.hold) request.hold(upload->bytes(), [upload] { upload->give_up(); });
    std::function<void()> work = [upload] { upload->read(); };
    auto reading = functions.services().run_work(std::move(work));
    const bool was_read = co_await std::move(reading);
    if (!was_read || upload->is_given_up()) co_return too_many_uploads();
  }
  const auto prepared = prepare(functions, *upload);
  if (prepared.has_error()) co_return prepared.error();
  const FunctionPointer& made = prepared->definition();
  auto creating = change_functions(services, [&](FunctionCatalog& catalog) { return catalog.create(made); });
  if (const Result<void> created = co_await std::move(creating); created.has_error()) co_return created.error();
  co_return rest::json_response(201, to_configuration(*made));
}

}  // namespace

extern const FunctionOperation kCreateFunction{.name = "CreateFunction",
                                               .method = "POST",
                                               .path = kFunctions,
                                               .members = create_function_members,
                                               .run = create_function,
                                               .body_limit = kBody};

}  // namespace millrace::lambda
