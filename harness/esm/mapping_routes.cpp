#include "harness/esm/mapping_routes.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "harness/esm/control/mapping_request.hpp"
#include "server/http/authentication.hpp"
#include "server/json/object_writer.hpp"
#include "server/rest/service_error.hpp"

namespace millrace::esm {
namespace {

namespace asio = boost::asio;
using storage::Access;

constexpr std::string_view kCollection = "/2015-03-31/event-source-mappings";
constexpr std::string_view kMember = "/2015-03-31/event-source-mappings/{UUID}";

constexpr std::uint16_t kOk = 200;
constexpr std::uint16_t kAccepted = 202;

http::Response answer(std::uint16_t status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

/// Lambda calls our failures ServiceException.
http::Response refuse(ApiError error) {
  if (error.kind == ErrorKind::kInternalServerError) {
    error = rest::to_service_error("An error occurred and the request cannot be processed", error);
  }
  return http::to_rest_response(error);
}

void append_mapping(std::string& out, const MappingServices& services, const Mapping& mapping) {
  append_configuration(out, mapping.definition, mapping.state,
                       services.runner.last_processing_result(mapping.definition.uuid));
}

asio::awaitable<void> reconciled(Runner& runner, std::string uuid) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [&runner, uuid = std::move(uuid)](auto handler) {
        auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
        runner.reconcile(uuid, [waiting] {
          asio::post(asio::get_associated_executor(*waiting), [waiting] { std::move (*waiting)(); });
        });
      },
      asio::use_awaitable);
}

/// A look at the registry: `work` appends the answer or returns the error.
template <class Work>
asio::awaitable<http::Response> read(MappingServices services, Work work) {
  std::string body;
  storage::Ticket ticket = 0;
  Result<void> done;
  {
    const auto entry = services.engine.gate().enter(Access::kRead);
    ticket = entry.ticket();
    done = work(body);
  }
  if (const auto committed = co_await services.engine.committed(ticket); committed.has_error()) {
    co_return refuse(base::to_api_error(committed.error()));
  }
  co_return done.has_error() ? refuse(done.error()) : answer(kOk, std::move(body));
}

/// A change: `work` makes it and returns the mapping it is about. The answer shows the transition; it leaves when the
/// runner has acted on the change.
template <class Work>
asio::awaitable<http::Response> change(MappingServices services, Work work) {
  std::string body;
  std::string uuid;
  ChangeId changed = 0;
  storage::Ticket ticket = 0;
  Result<void> done;
  {
    const auto entry = services.engine.gate().enter(Access::kWrite);
    ticket = entry.ticket();
    if (entry.status().has_error()) {
      done = base::to_api_error(entry.status().error());
    } else if (const Result<const Mapping*> mapping = work(); mapping.has_error()) {
      done = mapping.error();
    } else {
      uuid = (*mapping)->definition.uuid;
      changed = (*mapping)->unconfirmed->change;
      append_mapping(body, services, **mapping);
    }
  }
  const auto committed = co_await services.engine.committed(ticket);
  // First: a conflict may be one with what was lost.
  if (committed.has_error()) co_return refuse(base::to_api_error(committed.error()));
  if (done.has_error()) co_return refuse(done.error());
  {
    const auto entry = services.engine.gate().enter(Access::kRead);
    services.registry.confirm(uuid, changed);
  }
  co_await reconciled(services.runner, std::move(uuid));
  co_return answer(kAccepted, std::move(body));
}

asio::awaitable<http::Response> list_mappings(MappingServices services, model::Caller caller, ListQuery query) {
  return read(services,
              [services, caller = std::move(caller), query = std::move(query)](std::string& body) -> Result<void> {
                const MappingPage page = services.registry.list(caller, query);
                json::ObjectWriter object{body};
                json::append_list(object.key("EventSourceMappings"), page.mappings,
                                  [&](const Mapping* mapping) { append_mapping(body, services, *mapping); });
                if (!page.next_marker.empty()) object.string("NextMarker", page.next_marker);
                object.finish();
                return {};
              });
}

}  // namespace

void add_event_source_mapping_routes(http::Router& router, MappingServices services) {
  router.add("POST", kCollection,
             [services](http::Request& request, http::PathParameters) -> asio::awaitable<http::Response> {
               auto parsed = parse_create_request(request.body);
               if (parsed.has_error()) co_return refuse(parsed.error());
               const model::Caller caller = http::caller_of(request, services.worlds);
               co_return co_await change(services, [&] { return services.registry.create(caller, *parsed); });
             });
  router.add("GET", kCollection,
             [services](http::Request& request, http::PathParameters) -> asio::awaitable<http::Response> {
               auto query = parse_list_query(request.query);
               if (query.has_error()) co_return refuse(query.error());
               co_return co_await list_mappings(services, http::caller_of(request, services.worlds), *std::move(query));
             });
  router.add("GET", kMember,
             [services](http::Request& request, http::PathParameters parameters) -> asio::awaitable<http::Response> {
               const model::Caller caller = http::caller_of(request, services.worlds);
               co_return co_await read(services, [&](std::string& body) -> Result<void> {
                 TRY_ASSIGN(const std::string uuid, parse_named_request(parameters.front()));
                 TRY_ASSIGN(const Mapping* const mapping, services.registry.require(caller, uuid));
                 append_mapping(body, services, *mapping);
                 return {};
               });
             });
  router.add("PUT", kMember,
             [services](http::Request& request, http::PathParameters parameters) -> asio::awaitable<http::Response> {
               auto parsed = parse_update_request(parameters.front(), request.body);
               if (parsed.has_error()) co_return refuse(parsed.error());
               const model::Caller caller = http::caller_of(request, services.worlds);
               co_return co_await change(services,
                                         [&] { return services.registry.update(caller, parameters.front(), *parsed); });
             });
  router.add("DELETE", kMember,
             [services](http::Request& request, http::PathParameters parameters) -> asio::awaitable<http::Response> {
               const auto uuid = parse_named_request(parameters.front());
               if (uuid.has_error()) co_return refuse(uuid.error());
               const model::Caller caller = http::caller_of(request, services.worlds);
               co_return co_await change(services, [&] { return services.registry.remove(caller, *uuid); });
             });
}

}  // namespace millrace::esm
