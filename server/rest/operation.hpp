// An operation of a REST API as one row: AWS's name, where it is served, what its requests consist of, what it does.
//
//   Answer get_function(const FunctionServices& services, Call& call);
//   extern const Operation<FunctionServices> kGetFunction{
//       .name = "GetFunction", .method = "GET", .path = "/2015-03-31/functions/{FunctionName}",
//       .members = named_function_members, .run = get_function};
//
// The list of an API's operations is given to add_operations(), which puts them behind a router, and to whoever wants
// to tell what is served.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "server/base/result.hpp"
#include "server/http/routing/authentication.hpp"
#include "server/http/routing/router.hpp"
#include "server/model/caller.hpp"
#include "server/rest/member_table.hpp"
#include "server/rest/request_members.hpp"

namespace millrace::rest {

/// One request on its way through an operation. Lives until its answer is returned.
struct Call {
  http::Request& request;
  http::PathParameters path;
  model::Caller caller;

  /// For read_members().
  [[nodiscard]] RequestParts parts() const {
    return {.path = path, .query = request.query, .header = request.header, .body = request.body};
  }
};

/// What comes of a call: an answer that was meant, or the error to answer with.
using Answer = boost::asio::awaitable<Result<http::Response>>;

template <class Services>
struct Operation {
  std::string_view name;    ///< AWS's, or ours under /_millrace
  std::string_view method;  ///< upper case
  std::string_view path;    ///< as Router::add() takes it
  /// All that AWS's model has. Null: the request has none, or no table describes it.
  std::span<const Member> (*members)(){nullptr};
  /// Reads the request and answers it. `services` and `call` live until then.
  Answer (*run)(const Services& services, Call& call);
  /// The refusal of a body that is too large calls it `name`, unless it has another one there.
  http::BodyLimit body_limit{};
};

/// An answer with a body of JSON.
http::Response json_response(std::uint16_t status, std::string body);

/// The answer to an error. A failure of ours has Lambda's name: ServiceException.
http::Response to_response(const ApiError& error);

template <class Services>
boost::asio::awaitable<http::Response> answer(const Operation<Services>& operation,
                                              std::shared_ptr<const Services> services, Call call) {
  auto running = operation.run(*services, call);
  Result<http::Response> answer = co_await std::move(running);
  co_return answer.has_error() ? to_response(answer.error()) : *std::move(answer);
}

/// Serves the operations, which live as long as the router. `worlds` says whose a request is.
template <class Services>
void add_operations(http::Router& router, std::span<const Operation<Services>* const> operations, Services services,
                    const model::Worlds& worlds) {
  const auto shared = std::make_shared<const Services>(std::move(services));
  for (const Operation<Services>* const operation : operations) {
    http::BodyLimit limit = operation->body_limit;
    if (limit.operation.empty()) limit.operation = operation->name;
    router.add(
        operation->method, operation->path,
        [operation, shared, worlds](http::Request& request, http::PathParameters path) {
          return answer(*operation, shared, Call{request, std::move(path), http::caller_of(request, worlds)});
        },
        limit);
  }
}

}  // namespace millrace::rest
