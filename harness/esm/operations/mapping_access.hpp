// How operations look at mappings and change them: inside the gate, with an answer that waits for the commit. Part of
// this folder.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "harness/esm/mapping_operations.hpp"
#include "server/rest/awaiting.hpp"
#include "server/rest/operation.hpp"

namespace millrace::esm {

inline constexpr std::string_view kMappings = "/2015-03-31/event-source-mappings";
inline constexpr std::string_view kOneMapping = "/2015-03-31/event-source-mappings/{UUID}";

/// The JSON of EventSourceMappingConfiguration.
inline void append_mapping(std::string& out, const MappingServices& services, const Mapping& mapping,
                           FilterView filters = FilterView::kAlways) {
  append_configuration(out, mapping.definition, mapping.shown_state(services.engine.emulated_time().now()),
                       services.live_mappings.last_processing_result(mapping.definition.uuid), filters);
}

/// A look at the registry: `work` appends the answer to the text it is given, or returns the error.
template <class Work>
rest::Answer read_mappings(const MappingServices& services, Work work) {
  std::string body;
  storage::Ticket ticket = 0;
  Result<void> done;
  {
    const auto entry = services.engine.gate().enter(storage::Access::kRead);
    ticket = entry.ticket();
    done = work(body);
  }
  if (const auto committed = co_await services.engine.committed(ticket); committed.has_error()) {
    co_return base::to_api_error(committed.error());
  }
  if (done.has_error()) co_return done.error();
  co_return rest::json_response(200, std::move(body));
}

/// A change: `work` makes it and returns the mapping it is about. The answer shows the transition; it leaves when the
/// live mapping has acted on the change.
template <class Work>
rest::Answer change_mapping(const MappingServices& services, Work work) {
  std::string body;
  std::string uuid;
  ChangeId changed = 0;
  storage::Ticket ticket = 0;
  Result<void> done;
  {
    const auto entry = services.engine.gate().enter(storage::Access::kWrite);
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
  if (committed.has_error()) co_return base::to_api_error(committed.error());
  if (done.has_error()) co_return done.error();
  {
    const auto entry = services.engine.gate().enter(storage::Access::kRead);
    services.registry.confirm(uuid, changed);
  }
  auto reconcile = [&services, &uuid](auto reconciled) {
    services.live_mappings.reconcile(uuid, std::move(reconciled));
  };
  co_await rest::answered<void>(std::move(reconcile));
  co_return rest::json_response(202, std::move(body));
}

}  // namespace millrace::esm
