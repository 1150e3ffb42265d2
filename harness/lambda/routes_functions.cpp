#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "harness/lambda/control/function_members.hpp"
#include "harness/lambda/control/function_reference.hpp"
#include "harness/lambda/function_upload.hpp"
#include "harness/lambda/routes.hpp"
#include "server/http/authentication.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/base64.hpp"
#include "server/rest/member_reading.hpp"
#include "server/rest/request_members.hpp"
#include "server/rest/service_error.hpp"

namespace millrace::lambda {
namespace {

using http::PathParameters;
using http::Request;
using http::Response;
using ResponseTask = boost::asio::awaitable<Response>;

constexpr std::string_view kFunctions = "/2015-03-31/functions";
constexpr std::string_view kFunction = "/2015-03-31/functions/{FunctionName}";
// A zip of 50 MB as base64 in JSON.
constexpr http::BodyLimit kCreateBody{.bytes = 70'167'211, .operation = "CreateFunction"};
constexpr std::size_t kLargestPage = 50;

Response answer(std::uint16_t status, std::string body) {
  return {.status = status, .body = std::move(body), .headers = {}};
}

/// The function that path and query name.
Result<FunctionReference> function_of(const Request& request, const PathParameters& parameters,
                                      const model::Worlds& worlds) {
  TRY_ASSIGN(const nlohmann::json members,
             rest::read_checked_parameters({.path = parameters, .query = request.query}, named_function_members()));
  const FunctionResolver resolver{http::caller_of(request, worlds)};
  return resolver.resolve(*rest::read_text(members, "FunctionName"), rest::read_text(members, "Qualifier"));
}

class FunctionRoutes {
 public:
  FunctionRoutes(FunctionRegistry& registry, CommitWaiter committed)
      : registry_{registry}, committed_{std::move(committed)} {}

  ResponseTask create(Request& request) {
    const auto upload =
        std::make_shared<FunctionUpload>(registry_, http::caller_of(request, worlds()), std::move(request.body));
    if (upload->is_small()) {
      upload->read();
    } else {
      if (request.hold) request.hold(upload->bytes(), [upload] { upload->give_up(); });
      std::function<void()> work = [upload] { upload->read(); };
      auto reading = registry_.services().run_work(std::move(work));
      const bool was_read = co_await std::move(reading);
      if (!was_read || upload->is_given_up()) co_return too_many_uploads();
    }
    auto created = add(*upload);
    if (created.has_error()) co_return http::to_rest_response(created.error());
    if (auto done = co_await committed_(created->ticket); done.has_error()) {
      registry_.undo_create(created->definition);
      co_return http::to_rest_response(lost(done.error()));
    }
    registry_.finish_create(created->definition);
    co_return answer(201, to_configuration(created->definition));
  }

  ResponseTask remove(Request& request, PathParameters parameters) {
    const auto reference = function_of(request, parameters, worlds());
    if (reference.has_error()) co_return http::to_rest_response(reference.error());
    if (reference->qualifier == kLatestVersion) {
      co_return http::to_rest_response({ErrorKind::kLambdaInvalidParameterValue,
                                        "$LATEST version cannot be deleted without deleting the function."});
    }
    const auto definition = registry_.require(*reference);
    if (definition.has_error()) co_return http::to_rest_response(definition.error());
    auto removed = registry_.remove(*reference);
    if (removed.has_error()) co_return http::to_rest_response(removed.error());
    if (auto done = co_await committed_(removed->ticket); done.has_error()) {
      registry_.undo_remove(removed->definition);
      co_return http::to_rest_response(lost(done.error()));
    }
    registry_.finish_remove(removed->definition);
    co_return answer(204, {});
  }

  ResponseTask get(Request& request, PathParameters parameters) {
    co_return show(request, parameters, to_get_function);
  }

  ResponseTask get_configuration(Request& request, PathParameters parameters) {
    co_return show(request, parameters, to_configuration);
  }

  ResponseTask list(Request& request) {
    auto page = list_page(http::caller_of(request, worlds()), request.query);
    if (page.has_error()) co_return http::to_rest_response(page.error());
    co_return answer(200, *std::move(page));
  }

 private:
  [[nodiscard]] const model::Worlds& worlds() const { return registry_.services().options.worlds; }

  static Response too_many_uploads() {
    Response response =
        http::to_rest_response({ErrorKind::kLambdaTooManyRequests, "Rate exceeded: too many uploads wait to be read.",
                                R"("Reason":"CallerRateLimitExceeded")"});
    response.headers.emplace_back("Retry-After", "1");
    return response;
  }

  static ApiError lost(const StorageError& error) {
    return rest::to_service_error("An error occurred while storing the function", base::to_api_error(error));
  }

  template <class Print>
  Response show(const Request& request, const PathParameters& parameters, Print print) {
    const auto reference = function_of(request, parameters, worlds());
    if (reference.has_error()) return http::to_rest_response(reference.error());
    const auto definition = registry_.require(*reference);
    if (definition.has_error()) return http::to_rest_response(definition.error());
    return answer(200, print(*definition, reference->qualifier));
  }

  Result<FunctionRegistry::Created> add(FunctionUpload& upload) {
    TRY_ASSIGN(FunctionDefinition definition, upload.take());
    const bool was_uploaded = definition.code.kind == CodeKind::kZip;
    std::string folder = definition.code.location;
    auto created = registry_.create(std::move(definition));
    if (created.has_error() && was_uploaded) registry_.discard_code(std::move(folder));
    return created;
  }

  [[nodiscard]] Result<std::string> list_page(const model::Caller& caller, std::string_view query) const {
    TRY_ASSIGN(const nlohmann::json members, rest::read_checked_parameters({.query = query}, list_functions_members()));
    TRY(rest::check_emulated(members, list_functions_members()));
    const auto max_items = static_cast<std::size_t>(rest::read_integer(members, "MaxItems").value_or(kLargestPage));
    const std::size_t most = std::min(max_items, kLargestPage);
    // Every function has one version, which ALL names.
    const std::string_view version = rest::read_text(members, "FunctionVersion") ? kLatestVersion : std::string_view{};
    std::string after;
    if (const auto marker = rest::read_text(members, "Marker")) {
      auto name = model::decode_base64(*marker);
      if (name.has_error()) return ApiError{ErrorKind::kLambdaInvalidParameterValue, "Invalid Marker"};
      after = *std::move(name);
    }
    auto functions = registry_.list(caller.account, after, most + 1);
    const bool more = functions.size() > most;
    if (more) functions.pop_back();
    std::string body;
    json::ObjectWriter writer{body};
    json::append_list(writer.key("Functions"), functions,
                      [&](const FunctionDefinition& function) { body.append(to_configuration(function, version)); });
    if (more) writer.string("NextMarker", model::encode_base64(functions.back().name));
    writer.finish();
    return body;
  }

  FunctionRegistry& registry_;
  CommitWaiter committed_;
};

}  // namespace

void add_function_routes(http::Router& router, FunctionRegistry& registry, CommitWaiter committed) {
  // Shared by the routes, which live as long as the router.
  const auto routes = std::make_shared<FunctionRoutes>(registry, std::move(committed));
  router.add(
      "POST", kFunctions, [routes](Request& request, PathParameters) { return routes->create(request); }, kCreateBody);
  router.add("GET", kFunctions, [routes](Request& request, PathParameters) { return routes->list(request); });
  router.add("GET", kFunction, [routes](Request& request, PathParameters parameters) {
    return routes->get(request, std::move(parameters));
  });
  router.add("DELETE", kFunction, [routes](Request& request, PathParameters parameters) {
    return routes->remove(request, std::move(parameters));
  });
  router.add("GET", std::string{kFunction}.append("/configuration"),
             [routes](Request& request, PathParameters parameters) {
               return routes->get_configuration(request, std::move(parameters));
             });
}

void add_lambda_routes(http::Router& router, FunctionRegistry& registry, CommitWaiter committed) {
  add_function_routes(router, registry, std::move(committed));
  add_invoke_routes(router, registry, std::make_shared<EventInvocations>(registry, registry.services()));
}

}  // namespace millrace::lambda
